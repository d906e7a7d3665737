//! Every rule of the services, on mocks. A mock fails its test when it gets a call that the test does
//! not expect.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says by panicking what is wrong"
)]

mod access_service;
mod account_service;
mod clock_jumps;
mod resync_service;
mod task_service;
mod trash_service;
mod user_service;

use tasklane_domain::error::StoreError;

fn outage() -> StoreError {
    StoreError::unavailable("the disk is full")
}
