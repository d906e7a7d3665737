//! The HTTP contract and the program's behaviour, tested from outside on both stores.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "whatever goes wrong fails the test, and a test fails by panicking"
)]

mod auth;
mod backup;
mod batch;
mod ceilings;
mod changes;
mod clock;
mod commands;
mod concurrency;
mod copy;
mod copy_at_scale;
mod copy_refusals;
mod cors;
mod crash;
mod dashboards;
mod disabling;
mod docs;
mod doctor;
mod doctor_issuers;
mod event_ends;
mod events;
mod fair_shares;
mod fields;
mod finding;
mod frozen_database;
mod full_disk;
mod health;
mod idempotency;
mod identity;
mod identity_guide;
mod idle_streams;
mod isolation;
mod key_rotation;
mod links;
mod list_fuzz;
mod lists;
mod logs;
mod lost_file;
mod memory;
mod merge_patch;
mod metadata;
mod metrics;
mod offline_first;
mod order;
mod outage;
mod pgbouncer;
mod postgres_as_found;
mod preconditions;
mod private_authority;
mod problems;
mod public_url;
mod purge;
mod rate_limits;
mod recurrence;
mod resync;
mod rolling_restart;
mod security_headers;
mod sessions;
mod shutdown;
mod silence;
mod slow_clients;
mod startup;
mod subtasks;
mod tasks;
mod tls_matrix;
mod token_flood;
mod tokens;
mod traces;
mod trash;
mod unprivileged;
mod users;
mod web_page;
