//! Which indexes the statements of the `SQLite` store use, on 1,000 users with 100 tasks each and
//! one with 10,000.
//!
//! What is explained are the statements that the ports really send: each connection reports them.

#![cfg(feature = "sqlite")]
#![expect(clippy::unwrap_used, reason = "a test says by panicking what is wrong")]

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use diesel::connection::{
    Instrumentation, InstrumentationEvent, SimpleConnection, set_default_instrumentation,
};
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::sqlite::SqliteConnection;
use tasklane_domain::id::{SessionId, TaskId, UserId};
use tasklane_domain::page::{FeedLimit, Sort, TaskFilter, TaskQuery};
use tasklane_domain::port::{
    AccountStore, SessionStore, TaskRepository, TrashPurger, UserRepository,
};
use tasklane_domain::search::SearchWords;
use tasklane_domain::task::{Priority, Tag, WriteRules};
use tasklane_domain::user::{Actor, PasswordHash, RefreshAttempt};
use tasklane_domain_testkit::Writes;
use tasklane_domain_testkit::builders::{
    a_draft, a_member, a_new_account, a_new_session, a_secret, a_task_id, an_email, create, delete,
    erase, instant, page_limit, restore, revision, toggle,
};
use tasklane_infrastructure::sqlite::{SqliteSettings, SqliteStore};
use uuid::Uuid;

#[diesel::declare_sql_function]
extern "SQL" {
    /// Long statements ask for it.
    fn is_wanted() -> diesel::sql_types::Bool;
}

static STATEMENTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Recorder;

impl Instrumentation for Recorder {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let text = query.to_string();
            let text = text
                .split(" -- binds")
                .next()
                .unwrap_or_default()
                .to_owned();
            STATEMENTS.lock().unwrap().push(text);
        }
    }
}

struct Fixture {
    store: SqliteStore,
    explainer: SqliteConnection,
    _folder: tempfile::TempDir,
}

/// The owner of 100 tasks.
fn owner() -> UserId {
    UserId::new(Uuid::from_u128(500))
}

/// One of their tasks.
fn task() -> TaskId {
    TaskId::new(Uuid::from_u128(42))
}

impl Fixture {
    async fn new(analysed: bool) -> Self {
        set_default_instrumentation(|| Some(Box::new(Recorder))).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tasklane.db");
        let settings = SqliteSettings {
            path: path.clone(),
            readers: 2,
            wait: Duration::from_secs(30),
        };
        SqliteStore::open(&settings)
            .unwrap()
            .migrate()
            .await
            .unwrap();
        fill(&path, analysed);
        let store = SqliteStore::open(&settings).unwrap();
        let explainer = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
        is_wanted_utils::register_nondeterministic_impl(&explainer, || true).unwrap();
        Self {
            store,
            explainer,
            _folder: folder,
        }
    }

    /// The plans of the statements that were sent since the last call.
    fn plans(&mut self) -> Vec<String> {
        let statements = std::mem::take(&mut *STATEMENTS.lock().unwrap());
        let plain = |statement: &String| {
            ["SELECT", "INSERT", "UPDATE", "DELETE"]
                .iter()
                .any(|verb| statement.starts_with(verb))
        };
        let plans = statements
            .iter()
            .filter(|statement| plain(statement))
            .map(|statement| {
                let rows: Vec<Step> = diesel::sql_query(format!("EXPLAIN QUERY PLAN {statement}"))
                    .load(&mut self.explainer)
                    .unwrap();
                rows.into_iter()
                    .map(|step| step.detail)
                    .collect::<Vec<_>>()
                    .join("; ")
            });
        let plans = plans.collect();
        STATEMENTS.lock().unwrap().clear();
        plans
    }

    async fn list_plan(&mut self, query: TaskQuery) -> String {
        TaskRepository::list(&self.store, owner().into(), &query)
            .await
            .unwrap();
        self.plans().pop().unwrap()
    }

    /// The plans of a first page and of the one behind it.
    async fn page_plans(&mut self, query: TaskQuery) -> [String; 2] {
        let first = self.list_plan(query.clone()).await;
        let page = TaskRepository::list(&self.store, owner().into(), &query)
            .await
            .unwrap();
        assert!(page.next.is_some());
        let next = self
            .list_plan(TaskQuery {
                after: page.next,
                ..query
            })
            .await;
        [first, next]
    }
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// A tenth of the tasks is in the trash, one in twenty a tombstone, half of the rest has a due date.
fn fill(path: &Path, analysed: bool) {
    let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    let users = "WITH RECURSIVE n(u) AS (SELECT 1 UNION ALL SELECT u + 1 FROM n WHERE u < 1001)
        INSERT INTO users (id, version, revision, purge_horizon, open_tasks, items, bytes,
            created_at, updated_at, issuer)
        SELECT unhex(printf('%032x', u)), 1, 10000, 0, 85, 100, 1500, 0, 0, 'local' FROM n";
    let tasks = "WITH RECURSIVE n(t) AS (SELECT 1 UNION ALL SELECT t + 1 FROM n WHERE t < 10000)
        INSERT INTO tasks (owner_id, id, revision, priority, created_at, updated_at, deleted_at,
            due_at, due_date, title, title_key, tags, tag_keys, tag_search_key,
            position)
        SELECT id, unhex(printf('%032x', t)), t,
            iif(t % 20 = 0, 0, t % 5), t * 1000, t * 1000,
            iif(t % 10 = 0 OR t % 20 = 0, t * 1000, NULL),
            iif(t % 20 <> 0 AND t % 2, t * 5000, NULL),
            iif(t % 20 <> 0 AND t % 2, '2026-11-21', NULL),
            iif(t % 20, 'Task number ' || t, NULL), iif(t % 20, 'task number ' || t, NULL),
            iif(t % 20, 'home', ''), iif(t % 20, char(10) || 'home' || char(10), ''),
            iif(t % 20, 'home', ''), iif(t % 20, 'a0' || t || 'V', '')
        FROM users, n WHERE t <= iif(id = unhex(printf('%032x', 1001)), 10000, 100)";
    connection.batch_execute(users).unwrap();
    connection.batch_execute(tasks).unwrap();
    if analysed {
        connection
            .batch_execute("PRAGMA optimize = 0x10002")
            .unwrap();
        let analysed: i64 = diesel::dsl::sql::<diesel::sql_types::BigInt>(
            "SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'tasks'",
        )
        .get_result(&mut connection)
        .unwrap();
        assert!(analysed > 0);
    }
}

fn sorted(sort: &str) -> TaskQuery {
    TaskQuery {
        sort: sort.parse::<Sort>().unwrap(),
        limit: page_limit(10),
        ..TaskQuery::default()
    }
}

async fn assert_plans(analysed: bool) {
    let mut fixture = Fixture::new(analysed).await;
    fixture.plans();
    TaskRepository::find(&fixture.store, owner().into(), task())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        fixture.plans(),
        ["SEARCH tasks USING PRIMARY KEY (owner_id=? AND id=?)"]
    );
    fixture
        .store
        .changes(owner().into(), revision(5).into(), FeedLimit::default())
        .await
        .unwrap();
    let feed = "SEARCH tasks USING INDEX tasks_by_revision (owner_id=? AND revision>?)";
    assert_eq!(fixture.plans().pop().unwrap(), feed);
    assert_list_plans(&mut fixture).await;
    fixture.store.purge(instant(0), 10).await.unwrap();
    let purge = "SEARCH tasks USING INDEX tasks_by_deletion (deleted_at<?)";
    assert_eq!(fixture.plans()[0], purge);
    send_everything_else(&fixture.store).await;
    for plan in fixture.plans() {
        assert!(!plan.contains("SCAN"), "{plan}");
    }
}

async fn assert_list_plans(fixture: &mut Fixture) {
    for (key, index) in [
        ("created_at", "tasks_by_creation"),
        ("revision", "tasks_by_revision"),
    ] {
        for (sort, behind) in [(key.to_owned(), ">"), (format!("-{key}"), "<")] {
            let search = format!("SEARCH tasks USING INDEX {index} (owner_id=?");
            let next = format!("{search} AND ({key},id){behind}(?,?))");
            assert_eq!(
                fixture.page_plans(sorted(&sort)).await,
                [format!("{search})"), next]
            );
        }
    }
    // The other orders sort what one owner has.
    for key in ["updated_at", "due", "priority", "title"] {
        for sort in [key.to_owned(), format!("-{key}")] {
            for plan in fixture.page_plans(sorted(&sort)).await {
                assert_eq!(plan, format!("{OWN_ROWS}; {SORTED}"), "{sort}");
            }
        }
    }
    // So does every order under a filter, and the trash.
    let open = TaskFilter {
        completed: Some(false),
        ..TaskFilter::default()
    };
    let trash = TaskFilter {
        deleted: true,
        ..TaskFilter::default()
    };
    for filter in [open, everything_asked(false), everything_asked(true), trash] {
        for sort in ["-created_at", "revision", "due"] {
            let plan = fixture
                .list_plan(TaskQuery {
                    filter: filter.clone(),
                    ..sorted(sort)
                })
                .await;
            assert!(
                plan.starts_with(OWN_ROWS) && plan.ends_with(SORTED),
                "{plan}"
            );
        }
    }
}

const OWN_ROWS: &str = "SEARCH tasks USING PRIMARY KEY (owner_id=?)";
const SORTED: &str = "USE TEMP B-TREE FOR ORDER BY";

fn everything_asked(deleted: bool) -> TaskFilter {
    TaskFilter {
        deleted,
        completed: Some(false),
        ids: vec![a_task_id()],
        priorities: vec![Priority::None, Priority::High],
        tags: vec![Tag::parse("home").unwrap().key()],
        metadata: vec![a_member(("icon", "house"))],
        due_before: Some(instant(0).into()),
        parent: Some(Some(a_task_id())),
        has_due: Some(true),
        due_after: Some(instant(-1).into()),
        updated_after: Some(instant(-1)),
        completed_before: Some(instant(0)),
        completed_after: Some(instant(-1)),
        words: SearchWords::parse("task").unwrap(),
    }
}

/// Every statement that was not looked at one by one.
async fn send_everything_else(store: &SqliteStore) {
    let account = a_new_account(instant(0));
    let (user, email, password) = (account.id, account.email.clone(), account.password.clone());
    let session = a_new_session(instant(0));
    let (first, second) = (session.secret, a_secret().hash());
    let session_id = session.id;
    store.register(account, session).await.unwrap();
    store.account_by_email(&email).await.unwrap().unwrap();
    store.account_by_email(&an_email()).await.unwrap();
    store.account_of(user).await.unwrap().unwrap();
    let next = a_new_session(instant(1));
    let address = next.address.unwrap();
    let opened = SessionStore::open(store, user, next, Some(password.clone())).await;
    assert!(opened.unwrap());
    store.last_seen(user, address).await.unwrap().unwrap();
    let attempt = RefreshAttempt {
        presented: first,
        successor: second,
        at: instant(2),
        expires_at: instant(60),
        grace: Duration::ZERO,
    };
    for _ in 0..2 {
        store.rotate(user, session_id, attempt).await.unwrap();
    }
    SessionStore::list(store, user, instant(3)).await.unwrap();
    let new = PasswordHash::new("another".to_owned());
    assert!(
        store
            .change_password(user, &password, &new, None, instant(4))
            .await
            .unwrap()
    );
    store
        .end(user, SessionId::new(Uuid::nil()), instant(5))
        .await
        .unwrap();
    store.end_others(user, Some(session_id)).await.unwrap();
    store
        .access_status(user, Some(session_id), instant(6))
        .await
        .unwrap();
    let owner = Actor::local(user);
    let id = a_task_id();
    for operation in [
        create(id, a_draft("Buy milk")),
        toggle(id),
        delete(id),
        restore(id),
        delete(id),
    ] {
        store
            .apply(&owner, operation, WriteRules::default(), instant(7))
            .await
            .unwrap();
    }
    store.find_state(owner.owner(), id).await.unwrap().unwrap();
    assert_eq!(store.empty_trash(&owner, instant(8)).await.unwrap().0, 1);
    store
        .apply(
            &owner,
            erase(a_task_id()),
            WriteRules::default(),
            instant(9),
        )
        .await
        .unwrap_err();
    store.rename(&owner, None, instant(10)).await.unwrap();
    UserRepository::find(store, user).await.unwrap().unwrap();
    assert!(
        UserRepository::erase(store, &owner, instant(11))
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn statements_use_their_indexes_with_and_without_statistics() {
    assert_plans(false).await;
    assert_plans(true).await;
}
