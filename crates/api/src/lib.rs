//! Tasklane's HTTP API and everything around it: settings, the composition root, the OpenAPI
//! document and the commands of the `tasklane` binary.

pub mod admission;
pub mod cli;
pub mod commands;
pub mod config;
pub mod connection;
pub mod cors;
mod doctor;
pub mod error;
pub mod etag;
pub mod extract;
pub mod health;
pub mod healthcheck;
pub mod housekeeping;
pub mod management;
pub mod metrics;
pub mod middleware;
mod one_line;
pub mod open_files;
pub mod openapi;
pub mod problem;
pub mod rate_limit;
pub mod routes;
pub mod server;
pub mod shutdown;
mod size;
pub mod state;
pub mod telemetry;
pub mod web_page;
