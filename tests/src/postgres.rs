//! A PostgreSQL database for each test, cloned from a template that the program migrated once.
//!
//! Who uses a database or a template holds an advisory lock on its name for as long. Whatever
//! nobody holds is left over from a run that is dead, or from another build, and is dropped.

use reqwest::Url;
use tokio_postgres::{Client, NoTls};

use crate::program::{Program, build_id};

/// Where the tests find a PostgreSQL in which they may create databases.
const SERVER_URL: &str = "TEST_DATABASE_URL";
/// Names of their own: the stores' own tests may run beside these, and hold no locks.
const TEST: &str = "tasklane_http_test_";
const TEMPLATE: &str = "tasklane_http_template_";

/// A database that is dropped with the value.
#[derive(Debug)]
pub struct Database {
    name: String,
    url: String,
    /// Its session holds the lock on the name.
    admin: Client,
}

impl Database {
    /// A database with the whole schema and no rows.
    pub async fn migrated() -> Self {
        let admin = connect(&server_url()).await;
        sweep(&admin).await;
        let template = ensure_template(&admin).await;
        let database = Self::make(admin, &format!("TEMPLATE {template}")).await;
        // Others may have the template dropped from here on.
        database
            .execute(&format!(
                "SELECT pg_advisory_unlock_shared({})",
                lock(&template)
            ))
            .await;
        database
    }

    /// A database with nothing in it.
    pub async fn empty() -> Self {
        let admin = connect(&server_url()).await;
        Self::make(admin, "TEMPLATE template0").await
    }

    /// A superuser's URL of it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    async fn make(admin: Client, origin: &str) -> Self {
        let session: i32 = admin
            .query_one("SELECT pg_backend_pid()", &[])
            .await
            .expect("the session has a process")
            .get(0);
        let name = format!("{TEST}{session}");
        let url = url_of(&name);
        let database = Self { name, url, admin };
        database
            .execute(&format!(
                "SELECT pg_advisory_lock({})",
                lock(&database.name)
            ))
            .await;
        // A session of the same number may have died with its database.
        database
            .execute(&format!(
                "DROP DATABASE IF EXISTS {} WITH (FORCE)",
                database.name
            ))
            .await;
        database
            .execute(&format!("CREATE DATABASE {} {origin}", database.name))
            .await;
        database
    }

    async fn execute(&self, statement: &str) {
        execute(&self.admin, statement).await;
    }
}

impl Drop for Database {
    #[expect(
        clippy::print_stderr,
        reason = "the test's own output is where to say it"
    )]
    fn drop(&mut self) {
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // A runtime cannot wait within a runtime; a thread of its own can.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.expect("a runtime can be made").block_on(async {
                execute(&connect(&server_url()).await, &statement).await;
            });
        });
        if dropping.join().is_err() {
            eprintln!(
                "the database {} is left to be swept by the next run",
                self.name
            );
        }
    }
}

fn server_url() -> Url {
    let url = std::env::var(SERVER_URL).ok().filter(|url| !url.is_empty());
    let url = url.unwrap_or_else(|| {
        panic!(
            "{SERVER_URL} is not set: run `cargo xtask test`, which starts a PostgreSQL, or set it \
             to the URL of one in which a superuser may create databases"
        )
    });
    url.parse()
        .unwrap_or_else(|error| panic!("{SERVER_URL} is no URL: {error}"))
}

fn url_of(database: &str) -> String {
    let mut url = server_url();
    url.set_path(database);
    url.into()
}

async fn connect(url: &Url) -> Client {
    let (client, connection) = tokio_postgres::connect(url.as_str(), NoTls)
        .await
        .unwrap_or_else(|error| panic!("the server of {SERVER_URL} cannot be reached: {error}"));
    tokio::spawn(connection);
    client
}

async fn execute(admin: &Client, statement: &str) {
    let done = admin.batch_execute(statement).await;
    done.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
}

/// The advisory lock on a name, as an SQL expression.
fn lock(name: &str) -> String {
    format!("hashtextextended('{name}', 0)")
}

/// The template of this build, made unless it is there, and locked against being dropped.
async fn ensure_template(admin: &Client) -> String {
    let template = format!("{TEMPLATE}{}", build_id());
    let lock = lock(&template);
    execute(admin, &format!("SELECT pg_advisory_lock_shared({lock})")).await;
    if !exists(admin, &template).await {
        execute(admin, &format!("SELECT pg_advisory_unlock_shared({lock})")).await;
        execute(admin, &format!("SELECT pg_advisory_lock({lock})")).await;
        if !exists(admin, &template).await {
            make_template(admin, &template).await;
        }
        execute(admin, &format!("SELECT pg_advisory_lock_shared({lock})")).await;
        execute(admin, &format!("SELECT pg_advisory_unlock({lock})")).await;
    }
    template
}

/// Only a finished template ever has the name of one.
async fn make_template(admin: &Client, template: &str) {
    let draft = format!("{template}_draft");
    execute(
        admin,
        &format!("DROP DATABASE IF EXISTS {draft} WITH (FORCE)"),
    )
    .await;
    execute(
        admin,
        &format!("CREATE DATABASE {draft} TEMPLATE template0"),
    )
    .await;
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let program = Program::for_tests(folder.path()).variable("DATABASE_URL", &url_of(&draft));
    program.run(&["migrate"]).await.succeeded();
    execute(
        admin,
        &format!("ALTER DATABASE {draft} RENAME TO {template}"),
    )
    .await;
}

async fn exists(admin: &Client, name: &str) -> bool {
    let found = admin
        .query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&name])
        .await;
    found.expect("the catalogue can be read").is_some()
}

/// Drops what dead runs and other builds left over.
async fn sweep(admin: &Client) {
    let current = format!("{TEMPLATE}{}", build_id());
    let names = admin
        .query(
            "SELECT datname::text FROM pg_database
             WHERE (starts_with(datname, $1) OR starts_with(datname, $2))
               AND NOT starts_with(datname, $3)",
            &[&TEST, &TEMPLATE, &current],
        )
        .await
        .expect("the catalogue can be read");
    for name in names.iter().map(|row| row.get::<_, String>(0)) {
        let free = format!("SELECT pg_try_advisory_lock({})", lock(&name));
        let free = admin
            .query_one(&free, &[])
            .await
            .expect("a lock can be tried");
        if free.get(0) {
            // Another sweeper may have been quicker, or may be at it.
            let _ = admin
                .batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
                .await;
            execute(
                admin,
                &format!("SELECT pg_advisory_unlock({})", lock(&name)),
            )
            .await;
        }
    }
}
