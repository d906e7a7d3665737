//! Tasklane's HTTP API: routes, what they read and answer, middleware, rate limits, and the OpenAPI
//! document that describes them.

pub mod admission;
pub mod closing;
pub mod connection;
pub mod cors;
pub mod cursor;
pub mod error;
pub mod etag;
pub mod extract;
pub mod health;
pub mod metrics;
pub mod middleware;
pub mod openapi;
pub mod operation;
pub mod problem;
pub mod public_url;
pub mod rate_limit;
mod request_account;
pub mod routes;
mod schema;
mod seconds;
pub mod server;
pub mod shares;
pub mod state;
pub mod trace;
pub mod usage;
pub mod web_page;
