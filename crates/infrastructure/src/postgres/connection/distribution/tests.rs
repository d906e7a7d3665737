//! That the tables can be spread, as the catalogue of a migrated database has them, and that no
//! statement needs rows of two places.

#![allow(clippy::unwrap_used, reason = "a test says by panicking what is wrong")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use diesel::dsl::sql;
use diesel::sql_types::{Array, Nullable, Text};
use diesel_async::RunQueryDsl;

use super::{PLACEMENTS, Placement};
use crate::postgres::task::one_owner_statements;
use crate::postgres::testing::TestDatabase;

/// The tables, but for what diesel and the renewal of search keys note.
const TABLES: &str = "
    SELECT relname::text FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')
        AND relname NOT IN ('__diesel_schema_migrations', 'search_keys')
    ORDER BY relname";

/// Unique indexes, those of primary keys included: the table and the columns, in their order.
const UNIQUE_INDEXES: &str = "
    SELECT indrelid::regclass::text,
        array_agg(attname::text ORDER BY place), NULL::text, NULL::text[]
    FROM pg_index
    CROSS JOIN LATERAL unnest(indkey) WITH ORDINALITY AS key (number, place)
    LEFT JOIN LATERAL (
        SELECT attname FROM pg_attribute WHERE attrelid = indrelid AND attnum = key.number
    ) AS part ON true
    WHERE indisunique AND indrelid::regclass::text NOT IN ('__diesel_schema_migrations', 'search_keys')
        AND indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
    GROUP BY indexrelid, indrelid";

/// Foreign keys: both tables, and the columns of both, in their order.
const FOREIGN_KEYS: &str = "
    SELECT conrelid::regclass::text,
        ARRAY(SELECT attname::text FROM unnest(conkey) WITH ORDINALITY AS key (number, place)
            JOIN pg_attribute ON attrelid = conrelid AND attnum = number ORDER BY place),
        confrelid::regclass::text,
        ARRAY(SELECT attname::text FROM unnest(confkey) WITH ORDINALITY AS key (number, place)
            JOIN pg_attribute ON attrelid = confrelid AND attnum = number ORDER BY place)
    FROM pg_constraint
    WHERE contype = 'f' AND connamespace = 'public'::regnamespace";

type Key = (String, Vec<String>, Option<String>, Option<Vec<String>>);

fn keys_by_table() -> BTreeMap<&'static str, &'static Placement> {
    let placements = PLACEMENTS.iter();
    placements.map(|it| (it.table, it)).collect()
}

async fn keys(database: &TestDatabase, query: &str) -> Vec<Key> {
    type Columns = (Text, Array<Text>, Nullable<Text>, Nullable<Array<Text>>);
    sql::<Columns>(query)
        .load(&mut database.connect().await)
        .await
        .unwrap()
}

#[tokio::test]
async fn every_table_has_a_place() {
    let database = TestDatabase::create().await;
    let tables: Vec<String> = sql::<Text>(TABLES)
        .load(&mut database.connect().await)
        .await
        .unwrap();
    let placed: Vec<&str> = keys_by_table().into_keys().collect();
    assert_eq!(tables, placed);
}

#[tokio::test]
async fn every_unique_key_begins_with_what_decides_the_place() {
    let database = TestDatabase::create().await;
    let placements = keys_by_table();
    let keys = keys(&database, UNIQUE_INDEXES).await;
    assert!(keys.len() > placements.len(), "{keys:?}");
    for (table, columns, ..) in keys {
        let key = placements[table.as_str()].key;
        assert_eq!(columns[0], key, "{table} {columns:?}");
    }
}

#[tokio::test]
async fn every_foreign_key_stays_in_one_place() {
    let database = TestDatabase::create().await;
    let placements = keys_by_table();
    let keys = keys(&database, FOREIGN_KEYS).await;
    assert!(keys.len() >= 4, "{keys:?}");
    for (table, columns, target, target_columns) in keys {
        let (from, to) = (
            placements[table.as_str()],
            placements[target.unwrap().as_str()],
        );
        assert_eq!(from.beside, "users", "{table} {columns:?}");
        assert!(to.table == "users" || to.beside == "users", "{table}");
        assert_eq!(columns[0], from.key, "{table} {columns:?}");
        assert_eq!(target_columns.unwrap()[0], to.key, "{table}");
    }
}

/// Names of tables in a statement: what follows the words that introduce one, and is a table.
fn tables_of(statement: &str) -> Vec<&'static Placement> {
    let placements = keys_by_table();
    let words: Vec<&str> = statement
        .lines()
        .filter(|line| !line.trim_start().starts_with("--"))
        .flat_map(|line| line.split(|it: char| !(it.is_alphanumeric() || it == '_')))
        .filter(|word| !word.is_empty())
        .collect();
    let names = words.windows(2).filter_map(|pair| match pair[0] {
        "FROM" | "JOIN" | "UPDATE" | "INTO" | "USING" => placements.get(pair[1]).copied(),
        _ => None,
    });
    names.collect()
}

/// What diesel's query builder makes is held apart by the schema: it lets only tables that a foreign
/// key connects stand in one query.
#[test]
fn every_statement_is_about_one_owner() {
    let mut statements: Vec<String> = one_owner_statements().map(str::to_owned).collect();
    let rooms = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/postgres");
    for room in fs::read_dir(rooms).unwrap() {
        let folder = room.unwrap().path().join("sql");
        for file in fs::read_dir(folder).into_iter().flatten() {
            statements.push(fs::read_to_string(file.unwrap().path()).unwrap());
        }
    }
    assert!(statements.len() > 10, "{statements:#?}");
    let mut found = 0;
    for statement in &statements {
        for Placement { table, key, beside } in tables_of(statement) {
            found += 1;
            let by_owner = *table == "users" || *beside == "users";
            assert!(by_owner, "{table} has no owner: {statement}");
            let is_asked = ["$1", "users.id"]
                .map(|owner| format!("{table}.{key} = {owner}"))
                .iter()
                .any(|condition| statement.contains(condition));
            let is_inserted = statement.contains(&format!("INTO {table}"));
            assert!(is_asked || is_inserted, "whose {table}? {statement}");
        }
        assert!(
            !statement.contains("random()") && !statement.contains("now()"),
            "values come from outside: {statement}",
        );
    }
    assert!(found > 15, "{found}");
}
