//! Making the keys of tasks again, when the domain folds in another way than when they were made.

use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use tasklane_domain::id::OwnerId;
use tasklane_domain::search::KEY_VERSION;
use uuid::Uuid;

use crate::key_progress::KeyProgress;
use crate::sqlite::SqliteStore;
use crate::sqlite::column::Id;
use crate::sqlite::error::{MigrateError, TxError};
use crate::sqlite::schema::{search_keys, tasks};
use crate::sqlite::task::row::{TaskKeyColumns, TaskRow};

/// Tasks whose keys are made in one step: few enough that other writers hardly notice.
const SLICE: i64 = 200;

impl SqliteStore {
    /// Makes the keys again that are of another version, if there are any. It goes on where it was
    /// interrupted.
    pub(super) async fn renew_keys(&self) -> Result<(), MigrateError> {
        let count = |connection: &mut SqliteConnection| -> Result<_, TxError<MigrateError>> {
            if are_current(connection)? {
                return Ok(None);
            }
            let tasks = tasks::table.filter(tasks::title.is_not_null());
            Ok(Some(tasks.count().get_result(connection)?))
        };
        let Some(total) = self.readers().run(count).await? else {
            return Ok(());
        };
        let mut progress = KeyProgress::begin(total);
        while let Some(renewed) = self.writer().run(renew_slice).await? {
            progress.tell(renewed);
        }
        Ok(())
    }
}

/// Whether every task has keys of the version that this program makes.
pub(crate) fn are_current(connection: &mut SqliteConnection) -> QueryResult<bool> {
    let (version, complete, ..) = place(connection)?;
    Ok(version == KEY_VERSION && complete)
}

fn place(connection: &mut SqliteConnection) -> QueryResult<(i32, bool, Id, Id)> {
    search_keys::table
        .select(search_keys::all_columns)
        .first(connection)
}

/// Renews the keys of some tasks; `None` when all have been renewed.
fn renew_slice(connection: &mut SqliteConnection) -> Result<Option<usize>, TxError<MigrateError>> {
    let (version, complete, owner, task) = place(connection)?;
    let start = Id(Uuid::nil());
    let (owner, task) = match (version == KEY_VERSION, complete) {
        (true, true) => return Ok(None),
        (true, false) => (owner, task),
        (false, _) => (start, start),
    };
    let rows: Vec<(Id, Id, TaskRow)> = tasks::table
        .filter(tasks::owner_id.ge(owner))
        .filter(tasks::owner_id.gt(owner).or(tasks::id.gt(task)))
        .filter(tasks::title.is_not_null())
        .order((tasks::owner_id, tasks::id))
        .limit(SLICE)
        .select((tasks::owner_id, tasks::id, TaskRow::as_select()))
        .load(connection)?;
    let (renewed, mut last) = (rows.len(), (owner, task));
    for (owner, id, row) in rows {
        last = (owner, id);
        match row.into_state(OwnerId::new(owner.0)) {
            Ok(held) => drop(
                diesel::update(tasks::table.find((owner, id)))
                    .set(TaskKeyColumns::of_state(&held))
                    .execute(connection)?,
            ),
            Err(error) => KeyProgress::pass_over(&error),
        }
    }
    diesel::update(search_keys::table)
        .set((
            search_keys::version.eq(KEY_VERSION),
            search_keys::complete.eq(i64::try_from(renewed).is_ok_and(|renewed| renewed < SLICE)),
            search_keys::owner_id.eq(last.0),
            search_keys::task_id.eq(last.1),
        ))
        .execute(connection)?;
    Ok(Some(renewed))
}
