//! How often clients may call.
//!
//! Two policies, each with a quota for every key that it knows:
//!
//! | policy | counts | by |
//! |---|---|---|
//! | `api` | a request whose caller is known | user |
//! | `api` | a request that is refused for its credentials | client address |
//! | `auth` | registering, signing in, refreshing, changing the password | client address |
//! | `auth` | signing in | email too |
//!
//! What an IPv6 client has is its network of 64 bits. Everything is counted in this process alone.

mod client_address;
mod count;
mod headers;
mod key;
mod policy;
mod states;

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use actix_web::http::header::HeaderValue;
use actix_web::{HttpRequest, web};
use ipnet::IpNet;
use tasklane_domain::user::Email;

pub use count::{AuthLimit, count_access};
pub use headers::rate_limit_headers;

use crate::config::Settings;
use client_address::client_address;
use key::Key;
use policy::{Policy, PolicyName, QuotaState};

/// The names of the policies, as operators see them.
pub const POLICY_NAMES: [&str; 2] = ["api", "auth"];

/// How often keys are forgotten whose quota is whole again.
const SWEEP_INTERVAL: Duration = Duration::from_secs(10);

/// The policies and what they know of clients, as data of the application.
pub struct RateLimits {
    policies: Option<Policies>,
    trusted_proxies: Vec<IpNet>,
    email_hasher: RandomState,
}

struct Policies {
    api: Policy,
    auth: Policy,
}

impl Policies {
    fn get(&self, name: PolicyName) -> &Policy {
        match name {
            PolicyName::Api => &self.api,
            PolicyName::Auth => &self.auth,
        }
    }
}

impl RateLimits {
    /// The policies that the settings name; none where they are switched off.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        let limits = &settings.rate_limit;
        Self {
            policies: limits.enabled.then(|| Policies {
                api: Policy::new(PolicyName::Api, limits.api),
                auth: Policy::new(PolicyName::Auth, limits.auth),
            }),
            trusted_proxies: settings.server.trusted_proxies.clone(),
            email_hasher: RandomState::new(),
        }
    }

    /// Keeps memory bounded for as long as the process runs.
    pub async fn sweep(limits: web::Data<Self>) {
        let Some(policies) = &limits.policies else {
            return;
        };
        loop {
            tokio::time::sleep(SWEEP_INTERVAL).await;
            policies.api.sweep();
            policies.auth.sweep();
        }
    }

    fn of(request: &HttpRequest) -> Option<&Self> {
        request
            .app_data::<web::Data<Self>>()
            .map(|limits| &***limits)
    }

    fn check(&self, policy: PolicyName, key: &Key) -> Option<QuotaState> {
        let policies = self.policies.as_ref()?;
        Some(policies.get(policy).check(key))
    }

    fn policy_field(&self, policy: PolicyName) -> Option<&HeaderValue> {
        let policies = self.policies.as_ref()?;
        Some(policies.get(policy).field())
    }

    fn address(&self, request: &HttpRequest) -> Key {
        client_address(request, &self.trusted_proxies).into()
    }

    fn email(&self, email: &Email) -> Key {
        Key::Email(self.email_hasher.hash_one(email.key()))
    }
}
