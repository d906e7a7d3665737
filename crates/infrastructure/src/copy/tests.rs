//! That the tables to be copied are all that the stores have, with all their columns.

#![allow(clippy::unwrap_used, reason = "a test says by panicking what is wrong")]

use std::collections::BTreeSet;
use std::time::Duration;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::sqlite::SqliteConnection;

use super::tables::{Kind, TABLES};
use crate::postgres::testing::TestDatabase;
use crate::sqlite::{SqliteSettings, SqliteStore};

/// `table.column type`, for all that are to be copied.
fn to_be_copied(name_of_type: impl Fn(Kind) -> &'static str) -> BTreeSet<String> {
    let mut columns = BTreeSet::new();
    for table in &TABLES {
        for (column, kind) in table.columns {
            columns.insert(format!("{}.{column} {}", table.name, name_of_type(*kind)));
        }
    }
    columns
}

#[tokio::test]
async fn every_column_of_sqlite_is_copied() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tasklane.db");
    let settings = SqliteSettings {
        path: path.clone(),
        readers: 1,
        wait: Duration::from_secs(10),
    };
    SqliteStore::open(&settings)
        .unwrap()
        .migrate()
        .await
        .unwrap();
    let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    let columns = sql::<Text>(
        "SELECT format('%s.%s %s', tables.name, columns.name, columns.type)
         FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
         WHERE tables.type = 'table' AND tables.name NOT IN ('__diesel_schema_migrations', 'search_keys')
             AND tables.name NOT LIKE 'sqlite%'",
    );
    let columns: Vec<String> = RunQueryDsl::load(columns, &mut connection).unwrap();
    let name_of_type = |kind| match kind {
        Kind::Id | Kind::Bytes => "BLOB",
        Kind::Int2 | Kind::Int8 | Kind::Instant => "INTEGER",
        Kind::Date | Kind::Text => "TEXT",
    };
    assert_eq!(BTreeSet::from_iter(columns), to_be_copied(name_of_type));
}

#[tokio::test]
async fn every_column_of_postgres_is_copied() {
    let database = TestDatabase::create().await;
    let columns = sql::<Text>(
        "SELECT format('%s.%s %s', columns.table_name, columns.column_name, columns.udt_name)
         FROM information_schema.columns AS columns
         WHERE columns.table_schema = 'public'
             AND columns.table_name NOT IN ('__diesel_schema_migrations', 'search_keys')",
    );
    let connection = &mut database.connect().await;
    let columns: Vec<String> = diesel_async::RunQueryDsl::load(columns, connection)
        .await
        .unwrap();
    let name_of_type = |kind| match kind {
        Kind::Id => "uuid",
        Kind::Int2 => "int2",
        Kind::Int8 => "int8",
        Kind::Instant => "timestamptz",
        Kind::Date => "date",
        Kind::Text => "text",
        Kind::Bytes => "bytea",
    };
    assert_eq!(BTreeSet::from_iter(columns), to_be_copied(name_of_type));
}
