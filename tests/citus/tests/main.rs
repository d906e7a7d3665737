//! Tasklane on a Citus cluster. `cargo xtask test --citus URL` runs these; a plain `cargo xtask test`
//! leaves the package out, since nothing here installs Citus.

#![expect(
    clippy::expect_used,
    reason = "whatever goes wrong fails the test, and a test fails by panicking"
)]

mod cluster;
mod contract;
mod distribution;
mod life_cycle;
