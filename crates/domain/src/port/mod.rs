//! Ports: what the domain needs from outside, one trait a file.
//!
//! Every method of a store takes the owner first, so that a query without one cannot be written.
//! Each MUST in the documentation is a case of `tasklane_domain_testkit::contract`.

mod access_token;
mod account_store;
mod change_notifier;
mod keyed_hash;
mod mail_queue;
mod mailer;
mod password_hasher;
mod readiness;
mod resync;
mod revocation_check;
mod secret_generator;
mod session_store;
mod task_repository;
mod trash_purger;
mod user_directory;
mod user_repository;

pub use access_token::{TokenError, TokenIssuer, TokenVerifier};
pub use account_store::{AccountStore, RegisterError};
pub use change_notifier::{ChangeNotifier, NotificationStream};
pub use keyed_hash::KeyedHash;
pub use mail_queue::{MailQueue, NoMail};
pub use mailer::{MailError, Mailer};
pub use password_hasher::{HashError, PasswordHasher};
pub use readiness::Readiness;
pub use resync::{Resync, ResyncReport};
pub use revocation_check::RevocationCheck;
pub use secret_generator::SecretGenerator;
pub use session_store::SessionStore;
pub use task_repository::TaskRepository;
pub use trash_purger::{PurgeReport, TrashPurger};
pub use user_directory::{DirectoryEntry, UserDirectory};
pub use user_repository::UserRepository;

#[cfg(feature = "testing")]
pub use {
    access_token::{MockTokenIssuer, MockTokenVerifier},
    account_store::MockAccountStore,
    change_notifier::MockChangeNotifier,
    mail_queue::MockMailQueue,
    mailer::MockMailer,
    password_hasher::MockPasswordHasher,
    readiness::MockReadiness,
    resync::MockResync,
    revocation_check::MockRevocationCheck,
    secret_generator::MockSecretGenerator,
    session_store::MockSessionStore,
    task_repository::MockTaskRepository,
    trash_purger::MockTrashPurger,
    user_directory::MockUserDirectory,
    user_repository::MockUserRepository,
};
