//! The cluster that the tests are given. All of them use one database of it, one after the other: a
//! database of a cluster is not made by the way.

use std::time::Duration;

use tasklane_infrastructure::postgres::{PostgresSettings, PostgresStore};
use tokio_postgres::{Client, NoTls};

/// Names a database on the coordinator.
const URL: &str = "TASKLANE_TEST_CITUS_URL";
/// How its name must begin: its tables are emptied and dropped.
const PREFIX: &str = "tasklane_test";
/// Whoever uses the database holds this advisory lock.
const LOCK: i64 = 0x7461_736b_6369_7475;

/// The database, for as long as the value lives.
pub(crate) struct Cluster {
    url: String,
    /// Its session holds the lock.
    beside: Client,
}

impl Cluster {
    /// With Tasklane's tables spread over it, and nothing in them.
    pub(crate) async fn empty() -> Self {
        let cluster = Self::as_it_is().await;
        let distributed = cluster.store().distribute().await;
        distributed.expect("the tables can be distributed");
        cluster
            .execute(
                "TRUNCATE users, tasks, accounts, account_emails, account_links, sessions, \
                 spent_secrets, known_addresses",
            )
            .await;
        cluster
    }

    /// With Tasklane's tables in one place, and nothing in them.
    pub(crate) async fn undistributed() -> Self {
        let cluster = Self::as_it_is().await;
        let store = cluster.store();
        // Whatever was left is complete enough to be taken down.
        store.distribute().await.expect("the tables are complete");
        store.revert_all().await.expect("the tables can be dropped");
        store.migrate().await.expect("the tables can be made");
        cluster
    }

    async fn as_it_is() -> Self {
        let url = std::env::var(URL).ok().filter(|url| !url.is_empty());
        let url = url.expect("TASKLANE_TEST_CITUS_URL must name a database; see docs/scaling.md");
        let (beside, connection) = tokio_postgres::connect(&url, NoTls)
            .await
            .expect("the cluster of TASKLANE_TEST_CITUS_URL can be reached");
        tokio::spawn(connection);
        let cluster = Self { url, beside };
        let name: String = cluster.value("SELECT current_database()::text").await;
        assert!(
            name.starts_with(PREFIX),
            "the database's name must begin with {PREFIX}, since its tables are emptied: {name}"
        );
        cluster
            .execute(&format!("SELECT pg_advisory_lock({LOCK})"))
            .await;
        cluster
    }

    /// Where it is.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// A store on it.
    pub(crate) fn store(&self) -> PostgresStore {
        PostgresStore::open(&PostgresSettings {
            url: self.url.clone().into(),
            direct_url: None,
            pool_size: 8,
            pool_wait: Duration::from_secs(10),
            statement_cache: true,
        })
        .expect("a store")
    }

    /// Executes something beside the store.
    pub(crate) async fn execute(&self, statements: &str) {
        self.beside
            .batch_execute(statements)
            .await
            .expect(statements);
    }

    /// The single value that a query gives.
    pub(crate) async fn value<T>(&self, query: &str) -> T
    where
        T: for<'a> tokio_postgres::types::FromSql<'a>,
    {
        self.beside.query_one(query, &[]).await.expect(query).get(0)
    }
}
