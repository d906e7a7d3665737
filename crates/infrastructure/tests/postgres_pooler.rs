//! What every store promises, on PostgreSQL behind a real PgBouncer in transaction mode.

#![cfg(feature = "postgres")]
#![allow(clippy::unwrap_used, reason = "a test says by panicking what is wrong")]

use tasklane_domain_testkit::contract::Stores;
use tasklane_infrastructure::postgres::testing::TestDatabase;
use tasklane_infrastructure::postgres::{PostgresSettings, PostgresStore};
use tasklane_tests::companion::Companion;

async fn stores() -> Stores {
    let database = TestDatabase::create().await;
    let pooler = Companion::pgbouncer(database.url());
    let store = PostgresStore::open(&PostgresSettings {
        url: pooler.url(database.url()).into(),
        statement_cache: false,
        ..database.settings()
    });
    Stores::of(store.unwrap()).keeping((pooler, database))
}

tasklane_domain_testkit::contract_suite!(stores().await);
