//! Tasklane's domain: what a task and a user are, what may be done with them, and what that needs
//! from outside.
//!
//! The crate has no database, no web framework and no runtime in tow. It is three layers deep:
//!
//! - **Values and entities** ([`task`], [`user`], [`page`], …): types that cannot hold a bad value.
//! - **Ports** ([`port`]): one trait a file, each promise of its documentation a case of
//!   `tasklane_domain_testkit::contract`.
//! - **Services** ([`service`]): the use cases, written against the ports.
//!
//! The feature `testing` adds a mockall mock of each port. In-memory stores, fakes, builders and the
//! contract suite that every store must pass are in the crate `tasklane-domain-testkit`.

pub mod clock;
pub mod error;
pub mod id;
pub mod page;
pub mod port;
pub mod search;
pub mod service;
pub mod task;
mod text;
pub mod user;
