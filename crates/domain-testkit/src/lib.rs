//! For tests of what is built on the domain: an in-memory store, predictable ports, builders, and the
//! contract suite that every store must pass.
//!
//! mockall mocks of the ports are beside their traits in [`tasklane_domain::port`], under the
//! domain's feature `testing`: they are for what must be called and what must not. The in-memory
//! store is for state.

#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "a test says by panicking what is wrong"
)]

pub mod builders;
mod clock;
pub mod contract;
mod ids;
mod keyed_hash;
mod mail;
mod memory;
pub mod model;
mod notifications;
mod passwords;
mod revocation_check;
mod secrets;
mod tokens;
mod writes;

pub use clock::FixedClock;
pub use ids::{SequentialIds, random_uuid};
pub use keyed_hash::PlainKeyedHash;
pub use mail::RecordedMail;
pub use memory::MemoryStore;
pub use notifications::RecordedNotifications;
pub use passwords::PlainHasher;
pub use revocation_check::DirectRevocationCheck;
pub use secrets::SequentialSecrets;
pub use tokens::PlainTokens;
pub use writes::Writes;

/// The examples of the guide, as documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/domain.md")]
struct Guide;
