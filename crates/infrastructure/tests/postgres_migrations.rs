//! The schema of the PostgreSQL store goes up, down, and up again.

#![cfg(feature = "postgres")]
#![allow(clippy::unwrap_used, reason = "a test says by panicking what is wrong")]

use diesel::dsl::sql;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use tasklane_domain::port::Readiness;
use tasklane_infrastructure::postgres::testing::TestDatabase;

const NAMES: [&str; 5] = [
    "20261120000001_users",
    "20261120000002_tasks",
    "20261120000003_accounts",
    "20261120000004_sessions",
    "20261120000005_search_keys",
];

/// Everything that the schema is made of, one thing a line. A column's place is not part of it.
const CATALOG: &str = "
    SELECT format('column %s.%s %s %s %s %s', class.relname, attribute.attname,
        format_type(attribute.atttypid, attribute.atttypmod),
        CASE WHEN attribute.attnotnull THEN 'not null' END,
        pg_get_expr(value.adbin, value.adrelid), collation_name.collname)
    FROM pg_attribute AS attribute
    JOIN pg_class AS class ON class.oid = attribute.attrelid AND class.relkind = 'r'
    LEFT JOIN pg_attrdef AS value
        ON value.adrelid = attribute.attrelid AND value.adnum = attribute.attnum
    LEFT JOIN pg_collation AS collation_name ON collation_name.oid = attribute.attcollation
    WHERE class.relnamespace = 'public'::regnamespace AND attribute.attnum > 0
        AND NOT attribute.attisdropped
    UNION ALL
    SELECT format('options %s %s', relname, reloptions)
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
    UNION ALL
    SELECT format('constraint %s.%s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT format('index %s', indexdef) FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL
    SELECT format('function %s', oid::regprocedure)
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL
    SELECT format('type %s', oid::regtype)
    FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
    ORDER BY 1";

async fn dump(database: &TestDatabase) -> Vec<String> {
    sql::<Text>(CATALOG)
        .load(&mut database.connect().await)
        .await
        .unwrap()
}

#[tokio::test]
async fn the_schema_goes_up_down_and_up_again() {
    let database = TestDatabase::create_empty().await;
    let store = database.store();
    assert_eq!(store.migrate().await.unwrap(), NAMES);
    let first = dump(&database).await;
    store.revert_all().await.unwrap();
    let nothing = dump(&database).await;
    assert!(
        nothing
            .iter()
            .all(|line| line.contains("__diesel_schema_migrations")),
        "{nothing:#?}"
    );
    assert_eq!(store.migrate().await.unwrap(), NAMES);
    assert!(first.len() > 60, "{first:#?}");
    assert_eq!(dump(&database).await, first);
}

#[tokio::test]
async fn what_was_applied_is_not_applied_again() {
    let database = TestDatabase::create_empty().await;
    let store = database.store();
    assert_eq!(store.pending_migrations().await.unwrap(), NAMES.len());
    store.migrate().await.unwrap();
    assert_eq!(store.pending_migrations().await.unwrap(), 0);
    assert!(store.migrate().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_processes_that_start_at_once_one_migrates() {
    let database = TestDatabase::create_empty().await;
    let starts = (0..6).map(|_| {
        let store = database.store();
        tokio::spawn(async move { store.migrate().await.unwrap() })
    });
    let mut applied = Vec::new();
    for start in starts.collect::<Vec<_>>() {
        applied.extend(start.await.unwrap());
    }
    assert_eq!(applied, NAMES);
}

#[tokio::test]
async fn migrations_run_on_the_direct_address() {
    let database = TestDatabase::create_empty().await;
    let nowhere = "postgres://nobody@127.0.0.1:1/nowhere".into();
    let mut settings = database.settings();
    settings.direct_url = Some(std::mem::replace(&mut settings.url, nowhere));
    let store = tasklane_infrastructure::postgres::PostgresStore::open(&settings).unwrap();
    assert_eq!(store.migrate().await.unwrap(), NAMES);
    assert!(store.ping().await.is_err());
}
