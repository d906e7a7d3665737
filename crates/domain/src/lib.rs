//! Tasklane's domain: what a task and a user are, what may be done with them, and what that needs
//! from outside.
//!
//! The crate has no database, no web framework and no runtime in tow. It is three layers deep:
//!
//! - **Values and entities** ([`task`], [`user`], [`page`], …): types that cannot hold a bad value.
//! - **Ports** ([`port`]): one trait a file, each promise of its documentation a test in
//!   `testing::contract`.
//! - **Services** ([`service`]): the use cases, written against the ports.
//!
//! With the feature `testing` come mocks of every port, in-memory stores, a fixed clock and the
//! contract suite that every store must pass.

pub mod clock;
pub mod error;
pub mod id;
pub mod page;
pub mod port;
pub mod search;
pub mod service;
pub mod task;
#[cfg(feature = "testing")]
pub mod testing;
mod text;
pub mod user;

/// The examples of the guide, as documentation tests.
#[cfg(all(doctest, feature = "testing"))]
#[doc = include_str!("../../../docs/domain.md")]
struct Guide;
