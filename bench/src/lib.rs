//! The data, requests and steps with which Tasklane is measured.
//!
//! `cargo xtask bench` and `cargo xtask instructions` run the scripts beside this crate, which fill
//! stores by [`seed`], send [`requests`], and count the instructions of the [`steps`] of a request;
//! `cargo bench -p tasklane-bench` times the steps.

mod population;
pub mod requests;
pub mod seed;
pub mod steps;
mod tokens;

pub use population::Population;
pub use tokens::Algorithm;
