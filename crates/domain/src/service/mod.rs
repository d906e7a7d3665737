//! Services: the use cases, written against the ports.

mod access_service;
mod account;
mod hourly_limit;
mod mail_service;
mod operator_service;
mod resync_service;
mod task_service;
mod trash_service;
mod user_service;

pub use access_service::{AccessError, AccessService};
pub use account::{
    AccountPolicy, AccountPorts, AccountService, LinkError, LoginError, PasswordError,
    RefreshError, Registration, RegistrationError, SignedIn, TooManyGuesses,
};
pub use mail_service::{LinkService, MailService, SendError};
pub use operator_service::OperatorService;
pub use resync_service::ResyncService;
pub use task_service::{CreateError, Creation, ListAnswer, SummaryAnswer, TaskService};
pub use trash_service::TrashService;
pub use user_service::{EraseError, UserService};
