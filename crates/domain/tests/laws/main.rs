//! Laws that hold whatever the values are, tried on many.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says by panicking what is wrong"
)]

mod ledger;
mod lists;
mod moves;
mod order_key;
mod patch;
mod recurrence;
mod strategies;
