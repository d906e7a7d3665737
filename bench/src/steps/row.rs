use std::hint::black_box;

use anyhow::{Result, ensure};
use futures::future::BoxFuture;
use tasklane_domain::page::TaskQuery;
use tasklane_domain::port::TaskRepository;
use tasklane_infrastructure::postgres::measuring::WireRow;
use tasklane_infrastructure::sqlite::SqliteStore;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::Run;
use crate::population::{created_at, task, task_id, user_id};
use crate::seed::{add_tasks, add_user, open_sqlite};

const USER: u32 = 7;
const TASKS: u32 = 60;

pub(super) fn postgres_to_task() -> Result<Run> {
    let row = WireRow::of(&task(USER, 7)?);
    row.read()?;
    Ok(Box::new(move || {
        let _ = black_box(black_box(&row).read());
    }))
}

pub(super) fn sqlite_by_key() -> Result<Run> {
    asking_sqlite(|store| {
        Box::pin(async {
            let found = store.find(user_id(USER).into(), task_id(USER, 7)).await;
            black_box(found).is_ok_and(|task| task.is_some())
        })
    })
}

pub(super) fn sqlite_page() -> Result<Run> {
    asking_sqlite(|store| {
        Box::pin(async {
            let page = store
                .list(user_id(USER).into(), &TaskQuery::default())
                .await;
            black_box(page).is_ok_and(|page| page.items.len() == 50)
        })
    })
}

/// Asks a store with the tasks of one user the same question over and over.
fn asking_sqlite(question: fn(&SqliteStore) -> BoxFuture<'_, bool>) -> Result<Run> {
    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let store = runtime.block_on(async {
        let store = open_sqlite(folder.path().join("tasks.db")).await?;
        add_user(&store, USER, created_at(0)?).await?;
        add_tasks(&store, USER, 0..TASKS).await?;
        Ok::<_, anyhow::Error>(store)
    })?;
    let asking = Asking {
        store,
        runtime,
        _folder: folder,
    };
    ensure!(
        asking.ask(question),
        "SQLite does not return what was put into it"
    );
    Ok(Box::new(move || {
        asking.ask(question);
    }))
}

/// A store that is asked. The fields are dropped in this order.
struct Asking {
    store: SqliteStore,
    runtime: Runtime,
    _folder: TempDir,
}

impl Asking {
    fn ask(&self, question: fn(&SqliteStore) -> BoxFuture<'_, bool>) -> bool {
        self.runtime.block_on(question(&self.store))
    }
}
