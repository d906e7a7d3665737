//! The composition root: it puts the adapters behind the ports, and the services on top.
//!
//! | file | what it builds |
//! |---|---|
//! | `store` | the store that the settings name |
//! | `ports` | the ports that a store implements |
//! | `identity` | the adapters that check and issue tokens |
//! | `mail` | how links reach users |
//! | `inspection` | a look at the store from the side, for `doctor` and `backup` |
//! | `server` | what the HTTP server is told |
//! | `error` | why something could not be built |

mod error;
mod identity;
mod inspection;
mod mail;
mod ports;
mod server;
mod store;

use std::sync::Arc;

use tasklane_api::closing::Closing;
use tasklane_api::cursor::Cursors;
use tasklane_api::health::Health;
use tasklane_api::state::AppState;
use tasklane_api::usage::Usage;
use tasklane_domain::clock::Clock;
use tasklane_domain::id::IdGenerator;
use tasklane_domain::service::{
    AccessService, AccountPolicy, AccountPorts, AccountService, LinkService, OperatorService,
    TaskService, UserService,
};
use tasklane_domain::task::{Quotas, WriteRules};
use tasklane_infrastructure::system::{RandomIds, SystemClock};

use crate::config::{RegistrationPolicy, Settings};

use identity::Identity;
pub(crate) use identity::{check_signing_key, inspect_issuer};
pub(crate) use inspection::{Inspector, Migrations, StoreFacts, back_up, now};
pub(crate) use mail::mail_gaps;
pub(crate) use server::server_settings;

pub use error::StartError;
pub use store::{Store, distribute, serve_lock};

/// What handlers hold, and the services of the operator's commands.
pub struct Services {
    /// What handlers hold.
    pub state: AppState,
    /// What an operator does about accounts.
    pub operator: OperatorService,
    /// Makes links for users.
    pub links: LinkService,
}

/// Builds the services on the store.
///
/// # Errors
/// A key or secret cannot be read or used.
pub fn build(settings: &Settings, store: &Store) -> Result<Services, StartError> {
    let ports = store.ports();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids: Arc<dyn IdGenerator> = Arc::new(RandomIds);
    let identity = Identity::build(settings, ports.users.clone())?;
    let links = LinkService::new(
        ports.accounts.clone(),
        identity.secrets.clone(),
        clock.clone(),
        mail::addresses(settings),
        settings.auth.reset_ttl,
    );
    let account_ports = AccountPorts {
        accounts: ports.accounts,
        sessions: ports.sessions,
        hasher: identity.hasher,
        tokens: identity.signer,
        revocations: identity.revocations.clone(),
        ids: ids.clone(),
        secrets: identity.secrets,
        keyed_hash: identity.keyed_hash,
        mail: mail::queue(settings, links.clone(), clock.clone())?,
        clock: clock.clone(),
    };
    let operator = OperatorService::new(account_ports.clone(), ports.directory);
    let accounts = AccountService::new(account_ports, account_policy(settings));
    let rules = write_rules(settings);
    let state = AppState {
        tasks: TaskService::new(
            ports.tasks,
            ports.changes,
            clock.clone(),
            ids.clone(),
            rules,
        ),
        trash: store.trash_service(settings),
        users: UserService::new(
            ports.users,
            accounts.clone(),
            identity.revocations.clone(),
            clock.clone(),
        ),
        access: AccessService::new(identity.verifier, identity.revocations, clock),
        accounts,
        health: Health::new(ports.readiness),
        usage: Usage::default(),
        closing: Closing::default(),
        ids,
        cursors: Cursors::new(&identity.cursor_key),
        signing_keys: identity.signing_keys.into(),
    };
    Ok(Services {
        state,
        operator,
        links,
    })
}

fn account_policy(settings: &Settings) -> AccountPolicy {
    AccountPolicy {
        registration_open: settings.auth.registration == RegistrationPolicy::Open,
        access_lifetime: settings.auth.access_ttl,
        session_lifetime: settings.auth.refresh_ttl,
        refresh_grace: settings.auth.refresh_grace,
        verified_email_required: settings.auth.require_verified_email,
    }
}

pub(crate) fn write_rules(settings: &Settings) -> WriteRules {
    let limit = |setting: u64| Some(setting).filter(|limit| *limit > 0);
    let quota = &settings.quota;
    WriteRules {
        quotas: Quotas {
            open_tasks: limit(quota.tasks_per_user.into()),
            items: limit(quota.items_per_user.into()),
            bytes: limit(quota.bytes_per_user),
        },
        require_precondition: settings.api.require_if_match,
    }
}
