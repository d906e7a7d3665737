//! What Tasklane is measured with.
//!
//! `cargo xtask bench` fills a store with [`seed`], sends it [`requests`], and has PostgreSQL run the
//! same [`statements`] without Tasklane. The [`steps`] of a request are timed by `cargo bench -p
//! tasklane-bench`, and their instructions are counted by `cargo xtask instructions`.

pub mod population;
pub mod requests;
pub mod seed;
pub mod server;
pub mod statements;
pub mod steps;
mod tokens;

/// Why something could not be done, for the person who runs it.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
