//! Single writes: one statement each, that does nothing when it may not.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::sql_types::{Array, BigInt, Nullable, Timestamptz, Uuid as SqlUuid};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::{TaskId, UserId};
use tasklane_domain::port::WriteError;
use tasklane_domain::task::{
    CompletedChange, DuePatch, Ledger, Operation, Outcome, Precondition, Revision, Task, TaskPatch,
    Tombstone, WriteRules,
};
use tasklane_domain::user::{Origin, Owner};
use uuid::Uuid;

use super::batch;
use super::create::create;
use super::lookup::{self, into_revision};
use super::patch::UpdateTask;
use super::row::{TaskColumns, TaskRow};
use crate::postgres::connection::connections::Connections;
use crate::postgres::connection::statement::{Prepared, Statement, Values};

/// Does one operation.
///
/// The statement says nothing when it changes nothing. Why not is asked in a second one, which sees
/// what came in between. If by then nothing stands in the way, others were at the same task: a
/// transaction settles it.
pub(crate) async fn apply(
    connections: &Connections,
    owner: &Owner,
    operation: Operation,
    rules: WriteRules,
    at: Timestamp,
) -> Result<Outcome, WriteError> {
    if !needs_ledger(&operation) && !inserts_apart(connections, &operation).await? {
        if may_succeed(&operation, rules)
            && let Some(outcome) = attempt(connections, owner, &operation, rules, at).await?
        {
            return Ok(outcome);
        }
        if let Some(verdict) = explain(connections, owner, &operation, rules, at).await? {
            return verdict;
        }
    }
    batch::apply_one(connections, owner, operation, rules, at).await
}

/// Whether what is written depends on what is there in a way that no statement tells.
fn needs_ledger(operation: &Operation) -> bool {
    let Operation::Update { patch, .. } = operation else {
        return false;
    };
    let merges = matches!(patch.due, Some(DuePatch::Merge { .. }));
    merges || (patch.completed == Some(CompletedChange::Toggle) && !is_toggle(patch))
}

/// Whether the insertion would be done apart from the rest of its statement: Citus sends a statement to
/// where its owner's rows lie, but carries an INSERT within it out from the coordinator, with a
/// two-phase commit. A transaction of plain statements costs less.
async fn inserts_apart(
    connections: &Connections,
    operation: &Operation,
) -> Result<bool, StoreError> {
    let inserts = matches!(operation, Operation::Create(_));
    Ok(inserts && connections.is_distributed().await?)
}

fn is_toggle(patch: &TaskPatch) -> bool {
    *patch == TaskPatch::toggle()
}

/// Whether it is not clear beforehand that nothing will be written.
fn may_succeed(operation: &Operation, rules: WriteRules) -> bool {
    match operation {
        Operation::Create(_) => rules.quota != Some(0),
        Operation::Update { patch, .. } if *patch == TaskPatch::default() => false,
        _ => !rules.require_precondition || *operation.precondition() != Precondition::None,
    }
}

async fn attempt(
    connections: &Connections,
    owner: &Owner,
    operation: &Operation,
    rules: WriteRules,
    at: Timestamp,
) -> Result<Option<Outcome>, StoreError> {
    let quota = rules.quota.map(i64::from);
    let target = Target::new(owner.id, operation, at);
    match operation {
        Operation::Create(new) => create(connections, owner, new, quota, at).await,
        Operation::Update { patch, .. } if is_toggle(patch) => {
            write_task(
                connections,
                target.owner,
                ToggleTask(target),
                Outcome::Changed,
            )
            .await
        }
        Operation::Update { patch, .. } => {
            write_task(
                connections,
                target.owner,
                UpdateTask::new(target, patch),
                Outcome::Changed,
            )
            .await
        }
        Operation::Delete { .. } => {
            write_task(
                connections,
                target.owner,
                DeleteTask(target),
                Outcome::Deleted,
            )
            .await
        }
        Operation::Restore { .. } => {
            write_task(
                connections,
                target.owner,
                RestoreTask { target, quota },
                Outcome::Changed,
            )
            .await
        }
        Operation::Erase { id, .. } => erase(connections, EraseTask(target), *id).await,
    }
}

async fn write_task(
    connections: &Connections,
    owner: Uuid,
    statement: impl Statement<Columns = TaskColumns>,
    outcome: fn(Task) -> Outcome,
) -> Result<Option<Outcome>, StoreError> {
    let rows: Vec<TaskRow> = connections.grouped(owner, statement).await?;
    let task = rows
        .into_iter()
        .next()
        .map(TaskRow::into_task)
        .transpose()?;
    Ok(task.map(outcome))
}

async fn erase(
    connections: &Connections,
    statement: EraseTask,
    id: TaskId,
) -> Result<Option<Outcome>, StoreError> {
    let owner = statement.0.owner;
    let rows: Vec<(i64, DateTime<Utc>)> = connections.grouped(owner, statement).await?;
    let Some((revision, deleted_at)) = rows.into_iter().next() else {
        return Ok(None);
    };
    let revision = into_revision(revision)?;
    let deleted_at = Timestamp::new(deleted_at);
    Ok(Some(Outcome::Erased(Tombstone {
        id,
        revision,
        deleted_at,
    })))
}

/// Why nothing was written; `None` when nothing stands in the way any more.
async fn explain(
    connections: &Connections,
    owner: &Owner,
    operation: &Operation,
    rules: WriteRules,
    at: Timestamp,
) -> Result<Option<Result<Outcome, WriteError>>, StoreError> {
    let books = lookup::books(connections, owner.id, operation.id()).await?;
    if !books.exists && owner.origin == Origin::Local {
        return Ok(Some(Err(WriteError::UnknownOwner)));
    }
    let mut ledger = Ledger::open(owner.id, books.revision, books.live_tasks, rules, at);
    if let Some(held) = books.held {
        ledger.enter(held);
    }
    Ok(match ledger.apply(operation) {
        Err(refusal) => Some(Err(refusal.into())),
        Ok(outcome @ Outcome::Unchanged(_)) => Some(Ok(outcome)),
        Ok(_) => None,
    })
}

pub(crate) async fn empty_trash(
    connections: &Connections,
    owner: UserId,
    at: Timestamp,
) -> Result<(u64, Revision), StoreError> {
    let statement = EmptyTrash {
        owner: owner.as_uuid(),
        at: at.as_datetime(),
    };
    let rows: Vec<(i64, i64)> = connections.execute(&Prepared(&statement)).await?;
    let Some((erased, revision)) = rows.into_iter().next() else {
        return Ok((0, Revision::ZERO));
    };
    Ok((
        u64::try_from(erased).unwrap_or_default(),
        into_revision(revision)?,
    ))
}

/// The task that is written, under its precondition: the values `$1` to `$4`.
pub(crate) struct Target {
    owner: Uuid,
    id: Uuid,
    revisions: Option<Vec<i64>>,
    at: DateTime<Utc>,
}

impl Target {
    fn new(owner: UserId, operation: &Operation, at: Timestamp) -> Self {
        let revisions = match operation.precondition() {
            Precondition::None | Precondition::Exists => None,
            Precondition::AnyOf(revisions) => {
                Some(revisions.iter().copied().map(Revision::as_i64).collect())
            }
        };
        let id = operation.id().as_uuid();
        Self {
            owner: owner.as_uuid(),
            id,
            revisions,
            at: at.as_datetime(),
        }
    }

    pub(crate) fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
        values
            .push::<SqlUuid>(&self.owner)?
            .push::<SqlUuid>(&self.id)?
            .push::<Nullable<Array<BigInt>>>(&self.revisions)?
            .push::<Timestamptz>(&self.at)?;
        Ok(())
    }
}

struct ToggleTask(Target);

impl Statement for ToggleTask {
    type Columns = TaskColumns;

    fn sql(&self) -> Cow<'static, str> {
        Cow::Borrowed(include_str!("sql/toggle_task.sql"))
    }

    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
        self.0.bind(values)
    }
}

struct DeleteTask(Target);

impl Statement for DeleteTask {
    type Columns = TaskColumns;

    fn sql(&self) -> Cow<'static, str> {
        Cow::Borrowed(include_str!("sql/delete_task.sql"))
    }

    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
        self.0.bind(values)
    }
}

struct RestoreTask {
    target: Target,
    quota: Option<i64>,
}

impl Statement for RestoreTask {
    type Columns = TaskColumns;

    fn sql(&self) -> Cow<'static, str> {
        Cow::Borrowed(include_str!("sql/restore_task.sql"))
    }

    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
        self.target.bind(values)?;
        values.push::<Nullable<BigInt>>(&self.quota)?;
        Ok(())
    }
}

struct EraseTask(Target);

impl Statement for EraseTask {
    type Columns = (BigInt, Timestamptz);

    fn sql(&self) -> Cow<'static, str> {
        Cow::Borrowed(include_str!("sql/erase_task.sql"))
    }

    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
        self.0.bind(values)
    }
}

struct EmptyTrash {
    owner: Uuid,
    at: DateTime<Utc>,
}

impl Statement for EmptyTrash {
    type Columns = (BigInt, BigInt);

    fn sql(&self) -> Cow<'static, str> {
        Cow::Borrowed(include_str!("sql/empty_trash.sql"))
    }

    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
        values
            .push::<SqlUuid>(&self.owner)?
            .push::<Timestamptz>(&self.at)?;
        Ok(())
    }
}
