//! The harness of the black-box tests: it starts the `tasklane` program as it is shipped, on a free
//! port and on data of its own, and talks to it over HTTP and nothing else.
//!
//! A test is an async function under [`both_stores`], and so runs twice, once on each store:
//!
//! ```ignore
//! #[apply(both_stores)]
//! async fn a_deleted_task_is_gone(app: &App) {
//!     let ada = app.user("ada").await;
//!     let id = ada.create(json!({ "title": "Buy milk" })).await.id();
//!     ada.delete(&format!("/api/tasks/{id}")).await.is(204);
//!     ada.get(&format!("/api/tasks/{id}")).await.problem(404, "not_found");
//! }
//! ```
//!
//! With `app: &App` it gets a running server; with `store: &Store` only the place for the data, to
//! start, stop and kill servers on as it likes.

#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "whatever goes wrong here fails the test, and a test fails by panicking"
)]
#![expect(
    clippy::must_use_candidate,
    clippy::return_self_not_must_use,
    reason = "an assertion that gives something for further questions need not be asked any"
)]

pub mod answer;
pub mod app;
pub mod certificates;
pub mod client;
pub mod collector;
pub mod companion;
mod document;
pub mod event_stream;
pub mod hook_server;
pub mod issuer;
pub mod key_server;
pub mod mail_server;
pub mod own_postgres;
pub mod postgres;
pub mod problem;
pub mod process;
pub mod program;
pub mod proxy;
pub mod running;
pub mod scrape;
pub mod server;
#[cfg(target_os = "linux")]
pub mod shifted_clock;
pub mod signing_key;
pub mod socket;
pub mod store;
pub mod switch;
pub mod task;
pub mod tokens;
pub mod user;
