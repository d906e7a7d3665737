//! What every store promises, on PostgreSQL.

#![cfg(feature = "postgres")]

use tasklane_domain_testkit::contract::Stores;
use tasklane_infrastructure::postgres::testing::TestDatabase;

async fn stores() -> Stores {
    let database = TestDatabase::create().await;
    Stores::of(database.store()).keeping(database)
}

tasklane_domain_testkit::contract_suite!(stores().await);
