//! The HTTP contract and the program's behaviour, tested from outside on both stores.

mod auth;
mod batch;
mod changes;
mod commands;
mod concurrency;
mod crash;
mod docs;
mod fields;
mod finding;
mod health;
mod idempotency;
mod isolation;
mod lists;
mod logs;
mod merge_patch;
mod outage;
mod preconditions;
mod problems;
mod sessions;
mod shutdown;
mod startup;
mod tasks;
mod tokens;
mod trash;
