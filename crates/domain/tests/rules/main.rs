//! What each write means: the rules of an operation, a patch and a ledger.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says by panicking what is wrong"
)]

mod ledger;
mod operation;
mod patch;
