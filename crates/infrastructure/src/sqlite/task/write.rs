//! Writing tasks: load, decide, store, all on the writer's thread and so at one moment.

use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;
use diesel::query_builder::QueryFragment;
use diesel::sqlite::{Sqlite, SqliteConnection};
use tasklane_domain::error::StoreError;
use tasklane_domain::id::{OwnerId, TaskId};
use tasklane_domain::task::{
    Ledger, Needs, OwnerChanges, OwnerState, TaskChange, Write, WriteError, Written,
};

use super::order::load_order;
use super::relatives::load_relatives;
use super::row::{NewTaskRow, TaskChanges, TaskRow};
use crate::sqlite::column::{Id, Instant};
use crate::sqlite::connection::update::Update;
use crate::sqlite::error::TxError;
use crate::sqlite::schema::{tasks, users};
use crate::sqlite::user::row::{Profile, admit_user, parse_revision};
use crate::usage_row::{UsageRow, from_usage, into_usage};

/// Does a write, or nothing of it. One that is refused or changes nothing writes nothing.
pub(crate) fn write(
    connection: &mut SqliteConnection,
    write: &Write,
) -> Result<Written, TxError<WriteError>> {
    let mut ledger = load(connection, write.owner, &write.needs())?;
    let written = ledger.write(write).map_err(TxError)?;
    if let Some(changes) = ledger.close() {
        store(connection, &changes)?;
    }
    Ok(written)
}

fn load(
    connection: &mut SqliteConnection,
    owner: OwnerId,
    needs: &Needs,
) -> Result<Ledger, TxError<WriteError>> {
    let mut ledger = Ledger::open(owner, load_owner(connection, owner)?);
    for id in &needs.tasks {
        if let Some(row) = find_state(connection, owner, *id)? {
            ledger.enter(row.into_state(owner)?);
        }
    }
    if needs.trash > 0 {
        for row in load_trash(connection, owner, needs.trash)? {
            ledger.enter(row.into_state(owner)?);
        }
    }
    for (id, relatives) in &needs.relatives {
        for row in load_relatives(connection, owner, *id, *relatives)? {
            ledger.enter(row.into_state(owner)?);
        }
    }
    if let Some(neighbourhood) = needs.order {
        for row in load_order(connection, owner, neighbourhood)? {
            ledger.enter(row.into_state(owner)?);
        }
    }
    Ok(ledger)
}

fn load_owner<E: From<StoreError>>(
    connection: &mut SqliteConnection,
    owner: OwnerId,
) -> Result<OwnerState, TxError<E>> {
    type Row = (bool, i64, i64, UsageRow, Option<Instant>);
    let found = users::table
        .find(Id::from(owner))
        .select((
            users::erased_at.is_null(),
            users::version,
            users::revision,
            (users::open_tasks, users::items, users::bytes),
            users::tokens_not_before,
        ))
        .get_result::<Row>(connection)
        .optional()?;
    let Some((exists, version, revision, usage, not_before)) = found else {
        return Ok(OwnerState::default());
    };
    Ok(OwnerState {
        exists,
        version,
        revision: parse_revision(revision)?,
        usage: into_usage(usage)?,
        not_before: not_before.map(|Instant(at)| at),
    })
}

/// The row under an id: live, in the trash or a tombstone.
pub(crate) fn find_state(
    connection: &mut SqliteConnection,
    owner: OwnerId,
    id: TaskId,
) -> QueryResult<Option<TaskRow>> {
    tasks::table
        .find((Id::from(owner), Id::from(id)))
        .select(TaskRow::as_select())
        .get_result(connection)
        .optional()
}

/// The tasks of the trash that have the lowest revisions.
fn load_trash(
    connection: &mut SqliteConnection,
    owner: OwnerId,
    most: u16,
) -> QueryResult<Vec<TaskRow>> {
    // Not limited by the statement, which would be planned again for each value of the limit.
    tasks::table
        .filter(tasks::owner_id.eq(Id::from(owner)))
        .filter(tasks::deleted_at.is_not_null())
        .filter(tasks::title.is_not_null())
        .order(tasks::revision)
        .select(TaskRow::as_select())
        .load_iter::<TaskRow, DefaultLoadingMode>(connection)?
        .take(most.into())
        .collect()
}

fn store(connection: &mut SqliteConnection, changes: &OwnerChanges) -> QueryResult<()> {
    let owner = changes.owner;
    if let Some(admission) = &changes.admission {
        let profile = Profile::of_admission(admission);
        admit_user(connection, admission.id, &profile)?;
    }
    let (open_tasks, items, bytes) = from_usage(changes.state.usage);
    let counters = (
        users::version.eq(changes.state.version),
        users::revision.eq(changes.state.revision.as_i64()),
        users::open_tasks.eq(open_tasks),
        users::items.eq(items),
        users::bytes.eq(bytes),
    );
    Update::new("users", users::id.eq(Id::from(owner)), counters).execute(connection)?;
    for task in &changes.tasks {
        store_task(connection, owner, task)?;
    }
    Ok(())
}

fn store_task(
    connection: &mut SqliteConnection,
    owner: OwnerId,
    TaskChange { before, after }: &TaskChange,
) -> QueryResult<()> {
    let Some(before) = before else {
        diesel::insert_into(tasks::table)
            .values(&NewTaskRow::of_state(owner, after))
            .execute(connection)?;
        return Ok(());
    };
    let id = after.id();
    // First, since a live row must not lose its title.
    if before.deleted_at() != after.deleted_at() {
        let deleted_at = tasks::deleted_at.eq(after.deleted_at().map(Instant));
        update(connection, owner, id, deleted_at)?;
    }
    update(connection, owner, id, TaskChanges::of_state(after))?;
    Ok(())
}

fn update<C>(
    connection: &mut SqliteConnection,
    owner: OwnerId,
    id: TaskId,
    changes: C,
) -> QueryResult<usize>
where
    C: AsChangeset<Changeset: QueryFragment<Sqlite>>,
{
    let row = tasks::owner_id
        .eq(Id::from(owner))
        .and(tasks::id.eq(Id::from(id)));
    Update::new("tasks", row, changes).execute(connection)
}
