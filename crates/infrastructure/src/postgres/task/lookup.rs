//! Looking up single tasks and their owners.

use diesel::dsl::AsSelect;
use diesel::pg::Pg;
use diesel::prelude::*;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::{TaskId, UserId};
use tasklane_domain::page::ListVersion;
use tasklane_domain::task::{Revision, Task, TaskState};
use uuid::Uuid;

use super::row::TaskRow;
use crate::postgres::connection::connections::Connections;
use crate::postgres::schema::{tasks, users};
use crate::record::TaskRecord;

/// What an owner's books say, with what is held under one id, at one moment.
#[derive(Debug, Default)]
pub(crate) struct OwnerTotals {
    /// Whether there is such an owner, not erased.
    pub(crate) exists: bool,
    pub(crate) revision: Revision,
    pub(crate) live_tasks: u32,
    pub(crate) held: Option<TaskState>,
}

type BooksRow = (bool, i64, i32, Option<TaskRow>, Option<Vec<u8>>);

pub(crate) async fn find(
    connections: &Connections,
    owner: UserId,
    id: TaskId,
) -> Result<Option<Task>, StoreError> {
    let query = live_task(owner.as_uuid(), id.as_uuid());
    let rows: Vec<TaskRow> = connections.pipelined(&query).await?;
    rows.into_iter().next().map(TaskRow::into_task).transpose()
}

/// One live task of an owner.
#[diesel::dsl::auto_type(no_type_alias)]
pub(crate) fn live_task(owner: Uuid, id: Uuid) -> _ {
    let row: AsSelect<TaskRow, Pg> = TaskRow::as_select();
    tasks::table
        .filter(tasks::user_id.eq(owner))
        .filter(tasks::id.eq(id))
        .filter(tasks::deleted_at.is_null())
        .select(row)
}

pub(crate) async fn find_state(
    connections: &Connections,
    owner: UserId,
    id: TaskId,
) -> Result<Option<TaskState>, StoreError> {
    let query = tasks::table
        .filter(tasks::user_id.eq(owner.as_uuid()))
        .filter(tasks::id.eq(id.as_uuid()))
        .select((TaskRow::as_select(), tasks::fingerprint));
    let rows: Vec<(TaskRow, Option<Vec<u8>>)> = connections.pipelined(&query).await?;
    rows.into_iter().next().map(into_state).transpose()
}

pub(crate) async fn version(
    connections: &Connections,
    owner: UserId,
) -> Result<ListVersion, StoreError> {
    let query = users::table
        .filter(users::id.eq(owner.as_uuid()))
        .select((users::revision, users::purge_horizon));
    let rows: Vec<(i64, i64)> = connections.pipelined(&query).await?;
    rows.into_iter()
        .next()
        .map_or_else(|| Ok(ListVersion::default()), into_version)
}

pub(crate) async fn books(
    connections: &Connections,
    owner: UserId,
    id: TaskId,
) -> Result<OwnerTotals, StoreError> {
    let query = users::table
        .left_join(tasks::table.on(tasks::user_id.eq(users::id).and(tasks::id.eq(id.as_uuid()))))
        .filter(users::id.eq(owner.as_uuid()))
        .select((
            users::erased_at.is_null(),
            users::revision,
            users::live_tasks,
            Option::<TaskRow>::as_select(),
            tasks::fingerprint.nullable(),
        ));
    let rows: Vec<BooksRow> = connections.pipelined(&query).await?;
    let Some((exists, revision, live_tasks, row, fingerprint)) = rows.into_iter().next() else {
        return Ok(OwnerTotals::default());
    };
    Ok(OwnerTotals {
        exists,
        revision: into_revision(revision)?,
        live_tasks: into_live_tasks(live_tasks)?,
        held: row.map(|row| into_state((row, fingerprint))).transpose()?,
    })
}

pub(crate) fn into_state(
    (row, fingerprint): (TaskRow, Option<Vec<u8>>),
) -> Result<TaskState, StoreError> {
    TaskRecord::from(row).into_state(fingerprint)
}

pub(crate) fn into_version(
    (revision, purge_horizon): (i64, i64),
) -> Result<ListVersion, StoreError> {
    Ok(ListVersion {
        revision: into_revision(revision)?,
        purge_horizon: into_revision(purge_horizon)?,
    })
}

pub(crate) fn into_revision(number: i64) -> Result<Revision, StoreError> {
    Revision::new(number).ok_or_else(|| StoreError::corrupt("revision", "it is negative"))
}

pub(crate) fn into_live_tasks(number: i32) -> Result<u32, StoreError> {
    u32::try_from(number).map_err(|error| StoreError::corrupt("number of live tasks", error))
}
