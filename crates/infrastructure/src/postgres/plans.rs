//! Which indexes the statements use, on a thousand users with a hundred tasks each and one with ten
//! thousand.

#![allow(clippy::unwrap_used, reason = "a test says by panicking what is wrong")]

use std::borrow::Cow;

use diesel::dsl::sql;
use diesel::sql_types::Text;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::id::UserId;
use tasklane_domain::page::{Position, Sort, SortKey, SortValue, TaskFilter, TaskQuery};
use tasklane_domain::task::Revision;
use uuid::Uuid;

use super::statement::{Prepared, Statement, Values};
use super::task_feed::ListChanges;
use super::task_list::ListTasks;
use super::testing::TestDatabase;
use super::trash_keeper::old_trash;

const FILL: &str = "
    INSERT INTO users (id, revision, issuer, created_at, updated_at)
    SELECT lpad(owner::text, 32, '0')::uuid, 10000, 'local', now(), now()
    FROM generate_series(0, 1000) AS owner;
    INSERT INTO tasks (user_id, id, title, title_key, due_date, due_at, revision, created_at,
        updated_at, deleted_at)
    SELECT lpad(owner::text, 32, '0')::uuid, md5(owner || '/' || number)::uuid,
        'Task ' || number, 'task ' || number,
        CASE WHEN number % 2 = 0 THEN date '2026-01-01' + number % 300 END,
        CASE WHEN number % 2 = 0 THEN timestamptz '2026-01-01' + number % 300 * interval '1 day' END,
        number, timestamptz '2026-01-01' + number * interval '1 minute',
        timestamptz '2026-01-01' + number * interval '1 minute',
        CASE WHEN number % 20 = 0 THEN timestamptz '2026-06-01' + number * interval '1 minute' END
    FROM generate_series(0, 1000) AS owner,
        generate_series(1, CASE WHEN owner = 0 THEN 10000 ELSE 100 END) AS number;
    ANALYZE";

/// A statement, to be explained instead of run.
struct Explain<S>(S);

impl<S: Statement> Statement for Explain<S> {
    type Columns = Text;

    const FIXED: bool = S::FIXED;

    fn sql(&self) -> Cow<'static, str> {
        Cow::Owned(format!("EXPLAIN (COSTS OFF) {}", self.0.sql()))
    }

    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> diesel::QueryResult<()> {
        self.0.bind(values)
    }
}

async fn plan(connection: &mut AsyncPgConnection, statement: impl Statement) -> String {
    let lines: Vec<String> = Prepared(&Explain(statement))
        .load(connection)
        .await
        .unwrap();
    lines.join("\n")
}

/// The user with ten thousand tasks, and one with a hundred.
fn owners() -> [UserId; 2] {
    [0, 7].map(|number| UserId::new(Uuid::from_u128(number)))
}

fn sorted_by(key: SortKey) -> TaskQuery {
    TaskQuery {
        sort: Sort {
            key,
            descending: true,
        },
        ..TaskQuery::default()
    }
}

#[tokio::test]
async fn statements_use_the_indexes_that_were_made_for_them() {
    let database = TestDatabase::create().await;
    let connection = &mut database.connect().await;
    connection.batch_execute(FILL).await.unwrap();
    for owner in owners() {
        newest_first(connection, owner).await;
        other_orders(connection, owner).await;
        feed(connection, owner).await;
    }
    purge(connection).await;
}

async fn newest_first(connection: &mut AsyncPgConnection, owner: UserId) {
    let instant = Timestamp::from_micros(1_767_300_000_000_000).unwrap();
    let id = tasklane_domain::id::TaskId::new(Uuid::from_u128(1));
    let after = Some(Position {
        value: SortValue::Instant(instant),
        id,
    });
    let trash = TaskFilter {
        deleted: true,
        ..TaskFilter::default()
    };
    let words = TaskFilter {
        words: vec!["milk".to_owned()],
        ..TaskFilter::default()
    };
    let queries = [
        (TaskQuery::default(), "tasks_live_created_at_idx"),
        (
            TaskQuery {
                after: after.clone(),
                ..TaskQuery::default()
            },
            "tasks_live_created_at_idx",
        ),
        (
            TaskQuery {
                filter: words,
                ..TaskQuery::default()
            },
            "tasks_live_created_at_idx",
        ),
        (
            TaskQuery {
                filter: trash.clone(),
                ..TaskQuery::default()
            },
            "tasks_trash_created_at_idx",
        ),
        (
            TaskQuery {
                filter: trash,
                after,
                ..TaskQuery::default()
            },
            "tasks_trash_created_at_idx",
        ),
    ];
    for (query, index) in queries {
        let plan = plan(connection, ListTasks::new(owner, &query)).await;
        assert!(
            plan.contains(&format!("Index Scan Backward using {index} on tasks")),
            "{plan}"
        );
        // The page alone is sorted, which it is already.
        assert_eq!(plan.matches("Sort Key").count(), 1, "{plan}");
    }
}

/// They sort, but never read another owner's tasks.
async fn other_orders(connection: &mut AsyncPgConnection, owner: UserId) {
    for key in SortKey::ALL {
        let plan = plan(connection, ListTasks::new(owner, &sorted_by(key))).await;
        assert!(!plan.contains("Seq Scan"), "{plan}");
        assert!(!plan.contains("tasks_deleted_at_idx"), "{plan}");
    }
}

async fn feed(connection: &mut AsyncPgConnection, owner: UserId) {
    let statement = ListChanges::new(owner, Revision::new(50).unwrap(), 100);
    let plan = plan(connection, statement).await;
    assert!(
        plan.contains("Index Scan using tasks_user_id_revision_key on tasks"),
        "{plan}"
    );
}

async fn purge(connection: &mut AsyncPgConnection) {
    let before = Timestamp::from_micros(1_780_300_000_000_000).unwrap();
    let query = old_trash(before, 500);
    let text = diesel::debug_query::<diesel::pg::Pg, _>(&query).to_string();
    let (text, _) = text.split_once(" -- binds").unwrap();
    let text = text
        .replace("$1", "'2026-06-01 01:00Z'")
        .replace("$2", "500");
    let lines = sql::<Text>(&format!("EXPLAIN (COSTS OFF) {text}"));
    let plan: Vec<String> = lines.load(connection).await.unwrap();
    let plan = plan.join("\n");
    assert!(
        plan.contains("Index Scan using tasks_deleted_at_idx on tasks"),
        "{plan}"
    );
}
