//! Writing tasks: read, decide, save, all on the writer's thread and so at one moment.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::query_builder::QueryFragment;
use diesel::sqlite::{Sqlite, SqliteConnection};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::{TaskId, UserId};
use tasklane_domain::port::BatchError;
use tasklane_domain::task::{
    Ledger, Operation, Outcome, Revision, TaskState, Tombstone, WriteRules,
};
use tasklane_domain::user::{Origin, Owner};

use super::row::{NewTaskRow, TaskChanges, TaskRow};
use crate::sqlite::column::{Id, Instant};
use crate::sqlite::connection::update::Update;
use crate::sqlite::error::TxError;
use crate::sqlite::schema::{tasks, users};
use crate::sqlite::user::row::{Profile, admit_user, parse_revision};

/// Since when each task that was read is in the trash.
type Deletions = HashMap<TaskId, Option<Timestamp>>;

/// Does all operations in order, or none; this is `apply` and `apply_all`. A refused or unchanging
/// operation writes nothing.
pub(crate) fn write(
    connection: &mut SqliteConnection,
    owner: &Owner,
    operations: &[Operation],
    rules: WriteRules,
    at: Timestamp,
) -> Result<(Vec<Outcome>, Revision), TxError<BatchError>> {
    let account = OwnerTotals::load(connection, owner.id)?;
    if owner.origin == Origin::Local && !account.exists {
        return Err(TxError(BatchError::UnknownOwner));
    }
    let mut ledger = Ledger::open(owner.id, account.revision, account.live_tasks, rules, at);
    let deletions = enter_held(connection, owner.id, operations, &mut ledger)?;
    let mut outcomes = Vec::with_capacity(operations.len());
    for (index, operation) in operations.iter().enumerate() {
        let applied = ledger.apply(operation);
        outcomes.push(applied.map_err(|refusal| TxError(BatchError::Refused { index, refusal }))?);
    }
    if ledger.written().next().is_some() {
        if let Origin::Federated(issued) = &owner.origin
            && !account.exists
        {
            admit_user(connection, owner.id, &Profile::of_federated(issued, at))?;
        }
        save_totals(connection, owner.id, ledger.revision(), ledger.live_tasks())?;
        for held in ledger.written() {
            save(connection, owner.id, held, &deletions, at)?;
        }
    }
    Ok((outcomes, ledger.revision()))
}

/// Turns every task in the owner's trash into a tombstone; gives how many there were and the
/// owner's revision afterwards.
pub(crate) fn empty_trash(
    connection: &mut SqliteConnection,
    owner: UserId,
    at: Timestamp,
) -> Result<(u64, Revision), TxError> {
    let OwnerTotals {
        mut revision,
        live_tasks,
        ..
    } = OwnerTotals::load(connection, owner)?;
    let trash: Vec<(Id, Option<Instant>)> = tasks::table
        .filter(tasks::user_id.eq(Id::from(owner)))
        .filter(tasks::deleted_at.is_not_null())
        .filter(tasks::title.is_not_null())
        .order(tasks::id)
        .select((tasks::id, tasks::deleted_at))
        .load(connection)?;
    for &(Id(id), deleted_at) in &trash {
        revision = revision.next();
        let deleted_at = deleted_at.map_or(at, |Instant(at)| at);
        let tombstone = Tombstone {
            id: TaskId::new(id),
            revision,
            deleted_at,
        };
        update(
            connection,
            owner,
            tombstone.id,
            &TaskChanges::of_tombstone(&tombstone, at),
        )?;
    }
    if !trash.is_empty() {
        save_totals(connection, owner, revision, live_tasks)?;
    }
    Ok((trash.len() as u64, revision))
}

/// The part of a user's row that writes depend on.
struct OwnerTotals {
    exists: bool,
    revision: Revision,
    live_tasks: u32,
}

impl OwnerTotals {
    fn load<E: From<StoreError>>(
        connection: &mut SqliteConnection,
        owner: UserId,
    ) -> Result<Self, TxError<E>> {
        let found = users::table
            .find(Id::from(owner))
            .select((
                users::revision,
                users::live_tasks,
                users::erased_at.is_null(),
            ))
            .get_result::<(i64, i64, bool)>(connection)
            .optional()?;
        let (revision, live_tasks, exists) = found.unwrap_or((0, 0, false));
        let live_tasks = live_tasks.try_into();
        let live_tasks = live_tasks.map_err(|error| StoreError::corrupt("user", error))?;
        Ok(Self {
            exists,
            revision: parse_revision(revision)?,
            live_tasks,
        })
    }
}

/// Enters into the ledger what is held under the operations' ids.
fn enter_held<E: From<StoreError>>(
    connection: &mut SqliteConnection,
    owner: UserId,
    operations: &[Operation],
    ledger: &mut Ledger,
) -> Result<Deletions, TxError<E>> {
    let mut deletions = Deletions::with_capacity(operations.len());
    for id in operations.iter().map(Operation::id) {
        if deletions.contains_key(&id) {
            continue;
        }
        if let Some(row) = find_state(connection, owner, id)? {
            let held = row.into_state(owner)?;
            deletions.insert(id, deleted_at(&held));
            ledger.enter(held);
        }
    }
    Ok(deletions)
}

/// The row under an id: live, in the trash or a tombstone.
pub(crate) fn find_state(
    connection: &mut SqliteConnection,
    owner: UserId,
    id: TaskId,
) -> QueryResult<Option<TaskRow>> {
    tasks::table
        .find((Id::from(owner), Id::from(id)))
        .select(TaskRow::as_select())
        .get_result(connection)
        .optional()
}

fn save_totals(
    connection: &mut SqliteConnection,
    owner: UserId,
    revision: Revision,
    live_tasks: u32,
) -> QueryResult<usize> {
    let totals = (
        users::revision.eq(revision.as_i64()),
        users::live_tasks.eq(i64::from(live_tasks)),
    );
    Update::new("users", users::id.eq(Id::from(owner)), totals).execute(connection)
}

/// Saves what is now held, where `deletions` tells which rows there were.
fn save(
    connection: &mut SqliteConnection,
    owner: UserId,
    held: &TaskState,
    deletions: &Deletions,
    at: Timestamp,
) -> QueryResult<()> {
    let id = held.id();
    let content = match held {
        TaskState::Task { task, .. } => TaskChanges::of_task(task),
        TaskState::Tombstone { tombstone, .. } => TaskChanges::of_tombstone(tombstone, at),
    };
    let Some(&deleted_before) = deletions.get(&id) else {
        return insert(connection, owner, held, content, at);
    };
    // First, since a live row must not lose its title.
    if deleted_before != deleted_at(held) {
        let deleted_at = tasks::deleted_at.eq(deleted_at(held).map(Instant));
        update(connection, owner, id, deleted_at)?;
    }
    update(connection, owner, id, &content)?;
    Ok(())
}

fn insert(
    connection: &mut SqliteConnection,
    owner: UserId,
    held: &TaskState,
    content: TaskChanges<'_>,
    at: Timestamp,
) -> QueryResult<()> {
    let fingerprint = held.fingerprint();
    let row = NewTaskRow {
        user_id: owner.into(),
        id: held.id().into(),
        created_at: Instant(match held {
            TaskState::Task { task, .. } => task.created_at,
            TaskState::Tombstone { .. } => at,
        }),
        deleted_at: deleted_at(held).map(Instant),
        fingerprint: fingerprint
            .as_ref()
            .map(|fingerprint| fingerprint.as_bytes().as_slice()),
        content,
    };
    diesel::insert_into(tasks::table)
        .values(&row)
        .execute(connection)?;
    Ok(())
}

fn update<C>(
    connection: &mut SqliteConnection,
    owner: UserId,
    id: TaskId,
    changes: C,
) -> QueryResult<usize>
where
    C: AsChangeset<Changeset: QueryFragment<Sqlite>>,
{
    let row = tasks::user_id
        .eq(Id::from(owner))
        .and(tasks::id.eq(Id::from(id)));
    Update::new("tasks", row, changes).execute(connection)
}

fn deleted_at(held: &TaskState) -> Option<Timestamp> {
    match held {
        TaskState::Task { task, .. } => task.deleted_at,
        TaskState::Tombstone { tombstone, .. } => Some(tombstone.deleted_at),
    }
}
