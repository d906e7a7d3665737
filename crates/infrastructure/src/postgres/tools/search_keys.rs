//! Making the keys of tasks again, when the domain folds in another way than when they were made.

use diesel::prelude::*;
use diesel::{Connection, QueryResult, RunQueryDsl};
use tasklane_domain::search::KEY_VERSION;
use uuid::Uuid;

use super::migrate::{SyncConnection, take_lock};
use crate::key_progress::KeyProgress;
use crate::postgres::connection::address::Address;
use crate::postgres::connection::pool::connect;
use crate::postgres::error::MigrateError;
use crate::postgres::schema::{search_keys, tasks};
use crate::postgres::task::row::{TaskKeyColumns, TaskRow};

/// Tasks whose keys are made in one transaction: few enough that who writes to one of them hardly
/// notices.
const SLICE: i64 = 100;

/// Makes the keys again that are of another version, if there are any. It goes on where it was
/// interrupted, and several processes may do so at once.
pub(crate) async fn renew(address: &Address) -> Result<(), MigrateError> {
    let connection = connect(address)
        .await
        .map_err(|error| MigrateError::Connect(error.into()))?;
    tokio::task::spawn_blocking(move || renew_all(&mut SyncConnection::from(connection)))
        .await
        .map_err(|error| MigrateError::Failed(error.into()))?
}

fn renew_all(connection: &mut SyncConnection) -> Result<(), MigrateError> {
    let (version, complete, ..) = place(connection)?;
    if version == KEY_VERSION && complete {
        return Ok(());
    }
    let tasks = tasks::table.filter(tasks::title.is_not_null());
    let mut progress = KeyProgress::begin(tasks.count().get_result(connection)?);
    while let Some(renewed) = connection.transaction(renew_slice)? {
        progress.tell(renewed);
    }
    Ok(())
}

fn place(connection: &mut SyncConnection) -> QueryResult<(i32, bool, Uuid, Uuid)> {
    search_keys::table
        .select(search_keys::all_columns)
        .first(connection)
}

/// Renews the keys of some tasks; `None` when all have been renewed.
fn renew_slice(connection: &mut SyncConnection) -> Result<Option<usize>, MigrateError> {
    take_lock(connection)?;
    let (version, complete, owner, task) = place(connection)?;
    let (owner, task) = match (version == KEY_VERSION, complete) {
        (true, true) => return Ok(None),
        (true, false) => (owner, task),
        (false, _) => (Uuid::nil(), Uuid::nil()),
    };
    let rows: Vec<(Uuid, Uuid, TaskRow)> = tasks::table
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
        match row.into_state() {
            // One that was written since it was read has new keys already.
            Ok(held) => drop(
                diesel::update(tasks::table.find((owner, id)))
                    .filter(tasks::revision.eq(held.revision().as_i64()))
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
