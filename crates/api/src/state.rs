//! What handlers hold.

use std::sync::Arc;

use actix_web::web::Bytes;
use tasklane_domain::id::IdGenerator;
use tasklane_domain::service::{
    AccessService, AccountService, TaskService, TrashService, UserService,
};

use crate::closing::Closing;
use crate::cursor::Cursors;
use crate::health::Health;
use crate::usage::Usage;

/// What handlers hold.
#[derive(Clone)]
pub struct AppState {
    /// What users do with tasks.
    pub tasks: TaskService,
    /// What happens to deleted tasks in the end.
    pub trash: TrashService,
    /// What people do with local accounts.
    pub accounts: AccountService,
    /// What users do with their own profile.
    pub users: UserService,
    /// Who calls.
    pub access: AccessService,
    /// Whether the server can serve.
    pub health: Health,
    /// Whether the server is used.
    pub usage: Usage,
    /// Whether the server stops.
    pub closing: Closing,
    /// Makes request ids.
    pub ids: Arc<dyn IdGenerator>,
    /// Seals cursors.
    pub cursors: Cursors,
    /// The JWK set of local tokens, as JSON.
    pub signing_keys: Bytes,
}
