//! What each write means: the rules of an operation, a patch, a ledger and a session.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says by panicking what is wrong"
)]

mod ledger;
mod operation;
mod patch;
mod session;
