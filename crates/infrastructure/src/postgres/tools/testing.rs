//! A PostgreSQL database of its own for each test.
//!
//! `TEST_DATABASE_URL` names a server on which databases may be created; without it, tests fail.
//! The first test of all migrates a template, and every database is a copy of it.

#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test says by panicking what is wrong"
)]

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::time::Duration;

use diesel::QueryableByName;
use diesel::sql_types::Text;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use tasklane_domain::clock::Clock;
use tasklane_domain::id::IdGenerator;
use uuid::Uuid;

use crate::postgres::PostgresSettings;
use crate::postgres::PostgresStore;
use crate::postgres::connection::address::Address;
use crate::postgres::connection::pool;
use crate::system::{RandomIds, SystemClock};

/// The variable that names the server.
pub const SERVER_URL: &str = "TEST_DATABASE_URL";

const PREFIX: &str = "tasklane_test_";
/// After this time nobody can be using a test's database any more.
const LEFT_OVER: Duration = Duration::from_hours(1);
/// Whoever makes the template holds this advisory lock.
const TEMPLATE_LOCK: i64 = 0x7461_736b_7465_7374;
const MIGRATIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/postgres");

/// A database that is dropped with this value.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    url: String,
    server: String,
}

impl TestDatabase {
    /// A migrated database.
    pub async fn create() -> Self {
        let server = server_url();
        let mut connection = connect(&server).await;
        drop_left_over(&mut connection).await;
        let template = template(&server, &mut connection).await;
        Self::copy_of(&template, server, connection).await
    }

    /// A database without any table.
    pub async fn create_empty() -> Self {
        let server = server_url();
        let connection = connect(&server).await;
        Self::copy_of("template0", server, connection).await
    }

    /// A database of another encoding than UTF-8 with all tables, as an older program may have made
    /// it.
    pub async fn create_in(encoding: &str) -> Self {
        let server = server_url();
        let connection = connect(&server).await;
        let template = format!("template0 ENCODING '{encoding}' LOCALE 'C'");
        let database = Self::copy_of(&template, server, connection).await;
        let mut connection = database.connect().await;
        for folder in sorted_entries(Path::new(MIGRATIONS)) {
            let up = fs::read_to_string(folder.join("up.sql")).expect("a migration");
            run(&mut connection, &up).await;
        }
        database
    }

    async fn copy_of(template: &str, server: String, mut connection: AsyncPgConnection) -> Self {
        let name = format!("{PREFIX}{}", RandomIds.next_id().simple());
        run(
            &mut connection,
            &format!("CREATE DATABASE {name} TEMPLATE {template}"),
        )
        .await;
        Self {
            url: with_database(&server, &name),
            name,
            server,
        }
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Settings for a store on it, with few connections and little patience.
    #[must_use]
    pub fn settings(&self) -> PostgresSettings {
        PostgresSettings {
            url: self.url.clone().into(),
            direct_url: None,
            pool_size: 8,
            pool_wait: Duration::from_secs(10),
            statement_cache: true,
        }
    }

    /// A store on it.
    #[must_use]
    pub fn store(&self) -> PostgresStore {
        PostgresStore::open(&self.settings()).expect("a store")
    }

    /// A connection beside any store's.
    pub async fn connect(&self) -> AsyncPgConnection {
        connect(&self.url).await
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        // The runtime that this may be dropped on must not be blocked on.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.expect("a runtime").block_on(async {
                let mut connection = connect(&server).await;
                run(&mut connection, &drop_statement(&name)).await;
            });
        });
        if dropping.join().is_err() {
            tracing::warn!(database = self.name, "a test's database was left behind");
        }
    }
}

fn server_url() -> String {
    std::env::var(SERVER_URL)
        .ok()
        .filter(|url| !url.is_empty())
        .expect("TEST_DATABASE_URL must name a PostgreSQL server; `cargo xtask test` starts one")
}

/// The same server, another database.
fn with_database(url: &str, name: &str) -> String {
    let (server, query) = url.split_once('?').unwrap_or((url, ""));
    let (scheme, rest) = server.split_once("://").expect("a URL with a scheme");
    let host = rest.split_once('/').map_or(rest, |(host, _)| host);
    let separator = if query.is_empty() { "" } else { "?" };
    format!("{scheme}://{host}/{name}{separator}{query}")
}

async fn connect(url: &str) -> AsyncPgConnection {
    let address = Address::parse(url).expect("a database URL");
    pool::connect(&address)
        .await
        .expect("a connection to the server of TEST_DATABASE_URL")
}

async fn run(connection: &mut AsyncPgConnection, sql: &str) {
    connection.batch_execute(sql).await.expect(sql);
}

fn drop_statement(name: &str) -> String {
    format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")
}

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Names of databases that match a pattern of SQL's `LIKE`.
async fn databases(connection: &mut AsyncPgConnection, pattern: &str) -> Vec<String> {
    let names: Vec<Named> =
        diesel::sql_query("SELECT datname::text AS name FROM pg_database WHERE datname LIKE $1")
            .bind::<Text, _>(pattern)
            .load(connection)
            .await
            .expect("the names of databases");
    names.into_iter().map(|named| named.name).collect()
}

/// Drops what tests that were killed could not.
async fn drop_left_over(connection: &mut AsyncPgConnection) {
    let oldest = SystemClock.now().before(LEFT_OVER).as_micros() / 1_000_000;
    for name in databases(connection, &format!("{PREFIX}%")).await {
        let made_at = Uuid::parse_str(name.trim_start_matches(PREFIX))
            .ok()
            .and_then(|id| id.get_timestamp())
            .and_then(|timestamp| i64::try_from(timestamp.to_unix().0).ok());
        if made_at.is_some_and(|made_at| made_at < oldest) {
            // Another test may be dropping it too.
            let _ = connection.batch_execute(&drop_statement(&name)).await;
        }
    }
}

/// The name of the template with the present migrations, made if it is not there.
async fn template(server: &str, connection: &mut AsyncPgConnection) -> String {
    let name = format!("tasklane_template_{:016x}", fingerprint());
    if !databases(connection, &name).await.is_empty() {
        return name;
    }
    run(
        connection,
        &format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})"),
    )
    .await;
    if databases(connection, &name).await.is_empty() {
        // It gets its name when it is complete.
        let draft = format!("{name}_draft");
        run(connection, &drop_statement(&draft)).await;
        run(
            connection,
            &format!("CREATE DATABASE {draft} TEMPLATE template0"),
        )
        .await;
        migrate(&with_database(server, &draft)).await;
        run(
            connection,
            &format!("ALTER DATABASE {draft} RENAME TO {name}"),
        )
        .await;
    }
    run(
        connection,
        &format!("SELECT pg_advisory_unlock({TEMPLATE_LOCK})"),
    )
    .await;
    name
}

async fn migrate(url: &str) {
    let settings = PostgresSettings {
        url: url.into(),
        direct_url: None,
        pool_size: 1,
        pool_wait: Duration::from_secs(10),
        statement_cache: true,
    };
    let store = PostgresStore::open(&settings).expect("a store");
    store.migrate().await.expect("migrations that apply");
}

/// A number that changes with every migration.
fn fingerprint() -> u64 {
    let mut hasher = DefaultHasher::new();
    for folder in sorted_entries(Path::new(MIGRATIONS)) {
        for file in sorted_entries(&folder) {
            file.file_name().hash(&mut hasher);
            fs::read(&file).expect("a migration").hash(&mut hasher);
        }
    }
    hasher.finish()
}

fn sorted_entries(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder of migrations");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a path").path()).collect();
    paths.sort();
    paths
}
