//! Which indexes the statements use, on a thousand users with a hundred tasks each and one with ten
//! thousand, and how many pages they touch as the tasks of others become more.

#![allow(clippy::unwrap_used, reason = "a test says by panicking what is wrong")]

use std::borrow::Cow;

use diesel::dsl::sql;
use diesel::sql_types::Text;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::id::OwnerId;
use tasklane_domain::page::{Position, Sort, SortKey, SortValue, TaskFilter, TaskQuery};
use tasklane_domain::search::SearchWords;
use tasklane_domain::task::Revision;
use uuid::Uuid;

use super::testing::TestDatabase;
use crate::postgres::connection::statement::{Prepared, Statement, Values};
use crate::postgres::task::feed::ListChanges;
use crate::postgres::task::list::ListTasks;
use crate::postgres::task::trash_purger::old_trash;

const FILL: &str = "
    INSERT INTO users (id, revision, issuer, created_at, updated_at)
    SELECT lpad(owner::text, 32, '0')::uuid, 10000, 'local', now(), now()
    FROM generate_series(0, 1000) AS owner;
    INSERT INTO tasks (owner_id, id, title, title_key, position, due_date, due_at, revision,
        created_at, updated_at, deleted_at)
    SELECT lpad(owner::text, 32, '0')::uuid, md5(owner || '/' || number)::uuid,
        'Task ' || number, 'task ' || number, 'a0' || number || 'V',
        CASE WHEN number % 2 = 0 THEN date '2026-01-01' + number % 300 END,
        CASE WHEN number % 2 = 0 THEN timestamptz '2026-01-01' + number % 300 * interval '1 day' END,
        number, timestamptz '2026-01-01' + number * interval '1 minute',
        timestamptz '2026-01-01' + number * interval '1 minute',
        CASE WHEN number % 20 = 0 THEN timestamptz '2026-06-01' + number * interval '1 minute' END
    FROM generate_series(0, 1000) AS owner,
        generate_series(1, CASE WHEN owner = 0 THEN 10000 ELSE 100 END) AS number;
    ANALYZE";

/// The tasks of a hundred for each of the users from `$1` to `$2`, a tenth of them in the trash.
const FILL_MORE: &str = "
    INSERT INTO users (id, revision, issuer, created_at, updated_at)
    SELECT lpad(owner::text, 32, '0')::uuid, 100, 'local', now(), now()
    FROM generate_series($1, $2) AS owner;
    INSERT INTO tasks (owner_id, id, title, title_key, position, revision, created_at, updated_at,
        deleted_at)
    SELECT lpad(owner::text, 32, '0')::uuid, md5(owner || '/' || number)::uuid,
        'Task ' || number, 'task ' || number, 'a0' || number || 'V', number,
        timestamptz '2026-01-01' + number * interval '1 minute',
        timestamptz '2026-01-01' + number * interval '1 minute',
        CASE WHEN number % 10 = 0 THEN timestamptz '2026-06-01' END
    FROM generate_series($1, $2) AS owner, generate_series(1, 100) AS number;
    ANALYZE";

/// A statement, to be explained with some options. With `ANALYZE` it is run, too.
struct Explain<S>(&'static str, S);

impl<S: Statement> Statement for Explain<S> {
    type Columns = Text;

    const FIXED: bool = S::FIXED;

    fn sql(&self) -> Cow<'static, str> {
        Cow::Owned(format!("EXPLAIN ({}) {}", self.0, self.1.sql()))
    }

    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> diesel::QueryResult<()> {
        self.1.bind(values)
    }
}

async fn plan(connection: &mut AsyncPgConnection, statement: impl Statement) -> String {
    explained("COSTS OFF", connection, statement)
        .await
        .join("\n")
}

async fn explained(
    options: &'static str,
    connection: &mut AsyncPgConnection,
    statement: impl Statement,
) -> Vec<String> {
    Prepared(&Explain(options, statement))
        .load(connection)
        .await
        .unwrap()
}

/// How many pages a statement touches, wherever they lie: what it costs on a machine of any speed.
async fn pages(connection: &mut AsyncPgConnection, statement: impl Statement) -> u32 {
    let lines = explained("ANALYZE, BUFFERS, TIMING OFF", connection, statement).await;
    // The first line is of the whole plan: `Buffers: shared hit=12 read=3 dirtied=1`.
    let whole = lines.iter().find(|line| line.contains("Buffers: shared"));
    let counts = whole.unwrap().split(' ').filter_map(|count| {
        let pages = count.strip_prefix("hit=");
        pages.or_else(|| count.strip_prefix("read="))
    });
    counts.map(|count| count.parse::<u32>().unwrap()).sum()
}

/// The user with ten thousand tasks, and one with a hundred.
fn owners() -> [OwnerId; 2] {
    [0, 7].map(|number| OwnerId::new(Uuid::from_u128(number)))
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

async fn newest_first(connection: &mut AsyncPgConnection, owner: OwnerId) {
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
        words: SearchWords::parse("milk").unwrap(),
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
        // What the index gives in order is not sorted, but for the page of a search.
        let sorts = usize::from(!query.filter.words.is_empty());
        let plan = plan(connection, ListTasks::new(owner, &query)).await;
        assert!(
            plan.contains(&format!("Index Scan Backward using {index} on tasks")),
            "{plan}"
        );
        assert_eq!(plan.matches("Sort Key").count(), sorts, "{plan}");
    }
}

/// They sort, but never read another owner's tasks.
async fn other_orders(connection: &mut AsyncPgConnection, owner: OwnerId) {
    for key in SortKey::ALL {
        let plan = plan(connection, ListTasks::new(owner, &sorted_by(key))).await;
        assert!(!plan.contains("Seq Scan"), "{plan}");
        assert!(!plan.contains("tasks_deleted_at_idx"), "{plan}");
    }
}

async fn feed(connection: &mut AsyncPgConnection, owner: OwnerId) {
    let statement = ListChanges::new(owner, Revision::new(50).unwrap(), 100);
    let plan = plan(connection, statement).await;
    assert!(
        plan.contains("Index Scan using tasks_owner_id_revision_key on tasks"),
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

async fn fill_more(connection: &mut AsyncPgConnection, first: u32, last: u32) {
    let (first, last) = (first.to_string(), last.to_string());
    let text = FILL_MORE.replace("$1", &first).replace("$2", &last);
    connection.batch_execute(&text).await.unwrap();
}

/// The pages touched by each kind of question that a user with a hundred tasks asks.
async fn pages_of_one_user(connection: &mut AsyncPgConnection) -> Vec<(&'static str, u32)> {
    let owner = OwnerId::new(Uuid::from_u128(7));
    let filtered = |filter| TaskQuery {
        filter,
        ..TaskQuery::default()
    };
    let found = filtered(TaskFilter {
        words: SearchWords::parse("task").unwrap(),
        ..TaskFilter::default()
    });
    let trash = filtered(TaskFilter {
        deleted: true,
        ..TaskFilter::default()
    });
    let mut counted = Vec::new();
    for (name, query) in [
        ("list", TaskQuery::default()),
        ("search", found),
        ("trash", trash),
        ("by title", sorted_by(SortKey::Title)),
    ] {
        let statement = ListTasks::new(owner, &query);
        counted.push((name, pages(connection, statement).await));
    }
    let feed = ListChanges::new(owner, Revision::new(50).unwrap(), 100);
    counted.push(("changes", pages(connection, feed).await));
    counted
}

#[tokio::test]
async fn a_page_costs_one_user_the_same_however_many_tasks_others_have() {
    let database = TestDatabase::create().await;
    let connection = &mut database.connect().await;
    fill_more(connection, 1, 100).await;
    let few = pages_of_one_user(connection).await;
    fill_more(connection, 101, 1_000).await;
    let many = pages_of_one_user(connection).await;
    for ((name, few), (_, many)) in few.into_iter().zip(many) {
        // Two indexes at most are descended into, each of which has grown by a level.
        assert!(few > 0 && many <= few + 2, "{name}: {few}, then {many}");
    }
}
