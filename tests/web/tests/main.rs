//! Tasklane beside the web software that it is meant to be used with. `cargo xtask test --web` runs
//! these; a plain `cargo xtask test` leaves the package out, since they need Node.js.

#![expect(
    clippy::expect_used,
    reason = "whatever goes wrong fails the test, and a test fails by panicking"
)]

mod better_auth;
mod browser;
mod measurements;
mod openapi;
mod page_build;
mod process;
mod python;
mod service;
mod shipping;
mod typescript;
