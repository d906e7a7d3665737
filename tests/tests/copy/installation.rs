//! A SQLite installation, and the PostgreSQL database that it is to move to.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use tasklane_tests::program::{Finished, Program};
use tasklane_tests::running::Running;
use tasklane_tests::server::Server;
use tasklane_tests::store::{Kind, Store};
use tokio_postgres::NoTls;

/// Both places, each with its program.
pub(crate) struct Installation {
    source: Store,
    target: Store,
}

impl Installation {
    /// Nothing is there yet.
    pub(crate) async fn create() -> Self {
        Self {
            source: Store::create(Kind::Sqlite).await,
            target: Store::create_empty(Kind::Postgres).await,
        }
    }

    pub(crate) fn source_url(&self) -> String {
        self.source.url()
    }

    pub(crate) fn target_url(&self) -> String {
        self.target.url()
    }

    pub(crate) fn source_program(&self) -> Program {
        self.source.program()
    }

    pub(crate) fn target_program(&self) -> Program {
        self.target.program()
    }

    pub(crate) async fn serve_source(&self) -> Server {
        self.source_program().serve().await
    }

    pub(crate) async fn serve_target(&self) -> Server {
        self.target_program().serve().await
    }

    /// What an operator does to the source at a console.
    pub(crate) async fn source_console(&self, arguments: &[&str]) {
        self.source_program().run(arguments).await.succeeded();
    }

    /// Starts a copy with more arguments.
    pub(crate) fn start_copy(&self, more: &[&str]) -> Running {
        let (from, to) = (self.source_url(), self.target_url());
        let arguments = [&["copy", "--from", &from, "--to", &to], more].concat();
        self.source_program().start(&arguments)
    }

    /// Copies, with more arguments.
    pub(crate) async fn copy(&self, more: &[&str]) -> Finished {
        self.start_copy(more).finished().await
    }

    /// Copies, which must fail with one line on stderr. Gives it.
    pub(crate) async fn refused_copy(&self, more: &[&str]) -> String {
        let (from, to) = (self.source_url(), self.target_url());
        let arguments = [&["copy", "--from", &from, "--to", &to], more].concat();
        let program = self.source_program().set("log.level", "error");
        let finished = program.run(&arguments).await;
        assert_eq!(finished.stdout, "");
        finished.failed_with_one_line().to_owned()
    }

    /// Runs statements on the source's file.
    pub(crate) fn at_source(&self, statements: &str) {
        let url = self.source_url();
        let path = url.strip_prefix("sqlite:").expect("a file");
        let mut connection = SqliteConnection::establish(path).expect("the file is there");
        let done = connection.batch_execute(statements);
        done.unwrap_or_else(|error| panic!("{statements}: {error}"));
    }

    /// Runs statements on the target.
    pub(crate) async fn at_target(&self, statements: &str) {
        let client = self.connect().await;
        let done = client.batch_execute(statements).await;
        done.unwrap_or_else(|error| panic!("{statements}: {error:?}"));
    }

    /// How many users the target has; none while it has no tables.
    pub(crate) async fn users_at_target(&self) -> i64 {
        let client = self.connect().await;
        let counted = client.query_one("SELECT count(*) FROM users", &[]).await;
        counted.map_or(0, |row| row.get(0))
    }

    /// How many of those users whom [`fill`] made lack some of their tasks at the target.
    pub(crate) async fn users_without_all_tasks(&self) -> i64 {
        let client = self.connect().await;
        let count = "SELECT count(*) FROM users WHERE issuer = 'company' AND revision <>
            (SELECT count(*) FROM tasks WHERE owner_id = users.id)";
        let row = client.query_one(count, &[]).await;
        row.expect("it answers").get(0)
    }

    /// The ids of the target's users, in order.
    pub(crate) async fn ids_at_target(&self) -> Vec<String> {
        let client = self.connect().await;
        let select = "SELECT id::text FROM users ORDER BY id";
        let rows = client.query(select, &[]).await.expect("it answers");
        rows.iter().map(|row| row.get(0)).collect()
    }

    async fn connect(&self) -> tokio_postgres::Client {
        let connecting = tokio_postgres::connect(&self.target_url(), NoTls).await;
        let (client, connection) = connecting.expect("the server can be reached");
        tokio::spawn(connection);
        client
    }
}

/// Statements that add users to a SQLite file, each with `tasks_of_each` tasks, whose descriptions
/// have `description` letters. Every tenth task is in the trash.
pub(crate) fn fill(users: u32, tasks_of_each: u32, description: u32) -> String {
    format!(
        "INSERT INTO users (id, version, revision, purge_horizon, open_tasks, items, bytes,
             created_at, updated_at, issuer, subject, name)
         WITH RECURSIVE numbers (number) AS (
             SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < {users}
         )
         SELECT randomblob(16), 1, {tasks_of_each}, 0, {tasks_of_each} - {tasks_of_each} / 10,
             {tasks_of_each}, {tasks_of_each} * (16 + {description}),
             1700000000123456 + number, 1700000000123457 + number, 'company', 'subject ' || number,
             'Näme ' || number
         FROM numbers;
         INSERT INTO tasks (owner_id, id, revision, priority, created_at, updated_at, deleted_at,
             due_at, due_date, title, title_key, tags, tag_keys, tag_search_key, position,
             description, description_key)
         WITH RECURSIVE numbers (number) AS (
             SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < {tasks_of_each}
         )
         SELECT users.id, randomblob(16), number, number % 5, 1700000000123456 + number,
             1700000000123457 + number,
             CASE WHEN number % 10 = 0 THEN 1700000000123458 + number END,
             CASE WHEN number % 3 = 0 THEN 1767225600000000 END,
             CASE WHEN number % 3 = 0 THEN '2026-01-01' END,
             'Task ' || number, 'task ' || number, 'déjà' || char(10) || 'vu', 'deja vu', 'deja vu', 'a0', text,
             text
         FROM users, numbers, (SELECT substr(hex(randomblob({description})), 1, {description}) AS text)
         WHERE users.issuer = 'company' AND {tasks_of_each} > 0;"
    )
}
