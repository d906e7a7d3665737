//! Tasklane's domain: what tasks and users are, what can be done with them, and what that needs from
//! outside. It depends on no database, no web framework and no runtime.
//!
//! - **Values and entities** ([`task`], [`user`], [`page`], [`search`]): types that cannot hold a bad
//!   value.
//! - **Ports** ([`port`]): what the domain needs from outside, one trait a file. Each promise in
//!   their documentation is a case of `tasklane_domain_testkit::contract`.
//! - **Services** ([`service`]): the use cases, written against the ports.
//! - **Accounts of work** ([`work`]): whom a store's work is charged to.
//!
//! A value that exists is valid. It is made by parsing, and an error says which rule was broken:
//!
//! ```
//! use tasklane_domain::task::{Priority, Tag, Tags, TaskDraft, Title};
//!
//! let draft = TaskDraft {
//!     priority: Priority::High,
//!     tags: Tags::new(vec![Tag::parse("Home")?, Tag::parse("home")?])?,
//!     ..TaskDraft::titled(Title::parse("  Buy milk ")?)
//! };
//! assert_eq!(draft.title.as_str(), "Buy milk");
//! assert_eq!(draft.tags.len(), 1);
//!
//! let violation = Title::parse("x".repeat(201)).unwrap_err();
//! assert_eq!(violation.code, "too_long");
//! assert_eq!(violation.to_string(), "must be at most 200 characters");
//! # Ok::<(), tasklane_domain::error::Violation>(())
//! ```
//!
//! The guide, `docs/domain.md`, shows a program with tasks, a store of your own and tests of both.
//!
//! # Features
//!
//! `testing` adds a mockall mock of each port. In-memory stores, fakes, builders and the contract
//! suite that every store must pass are in the crate `tasklane-domain-testkit`.

pub mod clock;
pub mod error;
pub mod id;
pub mod kind;
pub mod page;
pub mod port;
pub mod search;
pub mod service;
pub mod task;
mod text;
pub mod user;
pub mod work;
