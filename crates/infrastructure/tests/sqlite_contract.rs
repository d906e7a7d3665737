//! The `SQLite` store keeps every promise of the ports.

#![cfg(feature = "sqlite")]
#![expect(clippy::expect_used, reason = "a test says by panicking what is wrong")]

use std::time::Duration;

use tasklane_domain_testkit::contract::Stores;
use tasklane_infrastructure::sqlite::{SqliteSettings, SqliteStore};

async fn stores() -> Stores {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("tasklane.db");
    let settings = SqliteSettings {
        path,
        readers: 4,
        wait: Duration::from_secs(30),
    };
    let store = SqliteStore::open(&settings).expect("a store");
    store.migrate().await.expect("a schema");
    Stores::of(store).keeping(folder)
}

tasklane_domain_testkit::contract_suite!(stores().await);
