//! Looking up single tasks and their owners.

use diesel::dsl::AsSelect;
use diesel::pg::Pg;
use diesel::prelude::*;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::{OwnerId, TaskId};
use tasklane_domain::page::ListVersion;
use tasklane_domain::task::{Revision, Task, TaskState};
use uuid::Uuid;

use super::row::TaskRow;
use crate::postgres::connection::connections::Connections;
use crate::postgres::schema::{tasks, users};

pub(crate) async fn find(
    connections: &Connections,
    owner: OwnerId,
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
        .filter(tasks::owner_id.eq(owner))
        .filter(tasks::id.eq(id))
        .filter(tasks::deleted_at.is_null())
        .select(row)
}

pub(crate) async fn find_state(
    connections: &Connections,
    owner: OwnerId,
    id: TaskId,
) -> Result<Option<TaskState>, StoreError> {
    let query = tasks::table
        .filter(tasks::owner_id.eq(owner.as_uuid()))
        .filter(tasks::id.eq(id.as_uuid()))
        .select(TaskRow::as_select());
    let rows: Vec<TaskRow> = connections.pipelined(&query).await?;
    rows.into_iter().next().map(TaskRow::into_state).transpose()
}

pub(crate) async fn version(
    connections: &Connections,
    owner: OwnerId,
) -> Result<ListVersion, StoreError> {
    let query = users::table
        .filter(users::id.eq(owner.as_uuid()))
        .select((users::revision, users::purge_horizon));
    let rows: Vec<(i64, i64)> = connections.pipelined(&query).await?;
    rows.into_iter()
        .next()
        .map_or_else(|| Ok(ListVersion::default()), into_version)
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
