//! Loading what writes must see, in one statement and so at one moment.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Timestamptz, Uuid as SqlUuid};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::{OwnerId, TaskId};
use tasklane_domain::task::{Ledger, OwnerState, Write};
use uuid::Uuid;

#[cfg(all(test, feature = "testing"))]
use super::load_needs::load_needs_statement;
use super::lookup::into_revision;
use super::row::{TaskColumns, TaskRow, columns_of};
use crate::postgres::connection::statement::{Statement, Values};
use crate::usage_row::{UsageRow, into_usage};

/// An owner with one of the tasks that were asked for, or none.
pub(crate) type LoadedRow = (
    Uuid,
    bool,
    i64,
    i64,
    UsageRow,
    Option<DateTime<Utc>>,
    Option<TaskRow>,
);
pub(crate) type LoadedColumns = (
    SqlUuid,
    Bool,
    BigInt,
    BigInt,
    (BigInt, BigInt, BigInt),
    Nullable<Timestamptz>,
    Nullable<TaskColumns>,
);

pub(super) fn loaded_columns() -> String {
    let task = columns_of("tasks");
    format!(
        "users.id, users.erased_at IS NULL, users.version, users.revision, users.open_tasks, \
         users.items, users.bytes, users.tokens_not_before, {task}"
    )
}

/// Several owners, with tasks by their ids.
#[derive(Debug, Default)]
pub(crate) struct LoadOwners {
    owners: Vec<Uuid>,
    /// Whose the tasks are, and their ids.
    task_owners: Vec<Uuid>,
    tasks: Vec<Uuid>,
}

static LOAD_OWNERS: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {}
         FROM unnest($1::uuid[]) AS asked (id)
         JOIN users ON users.id = asked.id
         LEFT JOIN unnest($2::uuid[], $3::uuid[]) AS needed (owner_id, id)
             ON needed.owner_id = users.id
         LEFT JOIN tasks ON tasks.owner_id = needed.owner_id AND tasks.id = needed.id",
        loaded_columns()
    )
});

impl LoadOwners {
    /// What the writes must see.
    pub(crate) fn of<'w>(writes: impl Iterator<Item = &'w Write>) -> Self {
        let mut load = Self::default();
        for write in writes {
            let owner = write.owner.as_uuid();
            load.owners.push(owner);
            for id in write.needs().tasks {
                load.task_owners.push(owner);
                load.tasks.push(id.as_uuid());
            }
        }
        load.owners.sort_unstable();
        load.owners.dedup();
        load
    }
}

impl Statement for LoadOwners {
    type Columns = LoadedColumns;

    fn sql(&self) -> Cow<'static, str> {
        Cow::Borrowed(&LOAD_OWNERS)
    }

    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
        values
            .push::<Array<SqlUuid>>(&self.owners)?
            .push::<Array<SqlUuid>>(&self.task_owners)?
            .push::<Array<SqlUuid>>(&self.tasks)?;
        Ok(())
    }
}

/// One owner, with tasks by their ids. Citus sends it to where the owner's rows lie.
pub(crate) struct LoadOwner {
    owner: Uuid,
    tasks: Vec<Uuid>,
}

static LOAD_OWNER: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {}
         FROM users
         LEFT JOIN tasks ON tasks.owner_id = users.id AND tasks.id = ANY ($2)
         WHERE users.id = $1",
        loaded_columns()
    )
});

impl LoadOwner {
    pub(crate) fn new(owner: OwnerId, tasks: &[TaskId]) -> Self {
        Self {
            owner: owner.as_uuid(),
            tasks: tasks.iter().copied().map(TaskId::as_uuid).collect(),
        }
    }
}

impl Statement for LoadOwner {
    type Columns = LoadedColumns;

    fn sql(&self) -> Cow<'static, str> {
        Cow::Borrowed(&LOAD_OWNER)
    }

    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
        values
            .push::<SqlUuid>(&self.owner)?
            .push::<Array<SqlUuid>>(&self.tasks)?;
        Ok(())
    }
}

/// What was loaded, by owner. An owner who is not there has no rows.
#[derive(Default)]
pub(crate) struct Loaded(HashMap<Uuid, Vec<LoadedRow>>);

impl From<Vec<LoadedRow>> for Loaded {
    fn from(rows: Vec<LoadedRow>) -> Self {
        let mut owners: HashMap<Uuid, Vec<LoadedRow>> = HashMap::new();
        for row in rows {
            owners.entry(row.0).or_default().push(row);
        }
        Self(owners)
    }
}

impl Loaded {
    /// Opens an owner's books.
    pub(crate) fn open(&mut self, owner: OwnerId) -> Result<Ledger, StoreError> {
        let rows = self.0.remove(&owner.as_uuid()).unwrap_or_default();
        let mut state = OwnerState::default();
        if let Some((_, exists, version, revision, usage, not_before, _)) = rows.first() {
            state = OwnerState {
                exists: *exists,
                version: *version,
                revision: into_revision(*revision)?,
                usage: into_usage(*usage)?,
                not_before: not_before.map(Timestamp::new),
            };
        }
        let mut ledger = Ledger::open(owner, state);
        for task in rows.into_iter().filter_map(|row| row.6) {
            ledger.enter(task.into_state()?);
        }
        Ok(ledger)
    }
}

/// The texts that Citus sends to where one owner's rows lie.
#[cfg(all(test, feature = "testing"))]
pub(super) fn one_owner_statements() -> [&'static str; 2] {
    [&LOAD_OWNER, load_needs_statement()]
}
