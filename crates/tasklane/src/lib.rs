//! The `tasklane` program: its settings and commands, the composition root, and everything around the
//! HTTP API that makes a process of it.

pub mod cli;
pub mod commands;
pub mod composition;
pub mod config;
pub mod database;
mod doctor;
pub mod healthcheck;
pub mod housekeeping;
pub mod management;
pub mod metrics;
pub mod open_files;
pub mod serve;
pub mod shutdown;
mod size;
pub mod telemetry;
