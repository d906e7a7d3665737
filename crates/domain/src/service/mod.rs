//! Services: the use cases, written against the ports.

mod access_service;
mod account_service;
mod operator_service;
mod task_service;
mod trash_service;
mod user_service;

pub use access_service::{AccessError, AccessService};
pub use account_service::{
    AccountPolicy, AccountPorts, AccountService, LoginError, PasswordError, RefreshError,
    Registration, RegistrationError, SignedIn,
};
pub use operator_service::OperatorService;
pub use task_service::{CreateError, Creation, ListAnswer, TaskService};
pub use trash_service::TrashService;
pub use user_service::{EraseError, UserService};
