//! Storing what was decided, if each owner is still at the version that was loaded.
//!
//! Should another write come in between, PostgreSQL reads the owner's row again, finds another
//! version, and leaves that owner out, with their tasks; those beside them are stored.

use std::borrow::Cow;
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use tasklane_domain::task::OwnerChanges;
use uuid::Uuid;

use super::row::{NewTaskRow, NewTaskRows, WRITTEN};
use crate::postgres::connection::statement::{Statement, Values};
use crate::postgres::user::row::ProfileColumns;
use crate::usage_row::{UsageRow, from_usage};

/// What tells an owner's old row from the new one.
const COUNTERS: &[(&str, &str)] = &[
    ("id", "uuid"),
    ("version", "bigint"),
    ("revision", "bigint"),
    ("open_tasks", "bigint"),
    ("items", "bigint"),
    ("bytes", "bigint"),
];
/// What is written of a federated user who comes to exist, or back.
const PROFILE: &[(&str, &str)] = &[
    ("issuer", "text"),
    ("subject", "text"),
    ("email", "text"),
    ("email_verified_at", "timestamptz"),
    ("name", "text"),
    ("created_at", "timestamptz"),
    ("updated_at", "timestamptz"),
];
const OWNER: &[(&str, &str)] = &[("owner_id", "uuid")];

/// A list of columns, comma-separated.
fn list(columns: &[(&str, &str)], item: impl Fn(usize, &str, &str) -> String) -> String {
    let items = columns.iter().enumerate();
    let items = items.map(|(index, (name, kind))| item(index, name, kind));
    items.collect::<Vec<_>>().join(", ")
}

fn names(columns: &[(&str, &str)]) -> String {
    list(columns, |_, name, _| name.to_owned())
}

fn assignments(columns: &[(&str, &str)], source: &str) -> String {
    list(columns, |_, name, _| format!("{name} = {source}.{name}"))
}

/// Arrays as parameters, behind `before` others.
fn arrays(columns: &[(&str, &str)], before: usize) -> String {
    list(columns, |index, _, kind| {
        format!("${}::{kind}[]", before + index + 1)
    })
}

/// Single values as parameters, behind `before` others.
fn values(columns: &[(&str, &str)], before: usize) -> String {
    list(columns, |index, _, _| format!("${}", before + index + 1))
}

fn task_columns() -> Vec<(&'static str, &'static str)> {
    [OWNER, WRITTEN].concat()
}

/// What happens to a task that is there.
fn on_conflict() -> String {
    let changes = assignments(&WRITTEN[1..], "excluded");
    format!("ON CONFLICT (owner_id, id) DO UPDATE SET {changes}")
}

/// How users come to exist, or back.
fn admission(rows: &str) -> String {
    let columns = [COUNTERS, PROFILE].concat();
    format!(
        "INSERT INTO users AS present ({}) {rows}
         ON CONFLICT (id) DO UPDATE SET {}, erased_at = NULL
         WHERE present.version = excluded.version - 1
         RETURNING present.id",
        names(&columns),
        assignments(&columns[1..], "excluded"),
    )
}

/// Owners with their tasks; gives the ids of those who were stored.
///
/// `ADMITS` tells whether they are federated users who come to exist with it, or back.
pub(crate) struct StoreOwners<const ADMITS: bool> {
    ids: Vec<Uuid>,
    versions: Vec<i64>,
    revisions: Vec<i64>,
    open_tasks: Vec<i64>,
    items: Vec<i64>,
    bytes: Vec<i64>,
    profiles: Profiles,
    tasks: NewTaskRows,
}

#[derive(Default)]
struct Profiles {
    issuers: Vec<String>,
    subjects: Vec<String>,
    emails: Vec<Option<String>>,
    emails_verified_at: Vec<Option<DateTime<Utc>>>,
    names: Vec<Option<String>>,
    created_at: Vec<DateTime<Utc>>,
}

static STORE_OWNERS: LazyLock<String> = LazyLock::new(|| {
    store_owners(
        &format!(
            "UPDATE users SET {}
             FROM unnest({}) AS changed ({})
             WHERE users.id = changed.id AND users.version = changed.version - 1
             RETURNING users.id",
            assignments(&COUNTERS[1..], "changed"),
            arrays(COUNTERS, 0),
            names(COUNTERS),
        ),
        COUNTERS.len(),
    )
});

static ADMIT_OWNERS: LazyLock<String> = LazyLock::new(|| {
    let columns = [COUNTERS, PROFILE].concat();
    let rows = format!("SELECT * FROM unnest({})", arrays(&columns, 0));
    store_owners(&admission(&rows), columns.len())
});

fn store_owners(won: &str, parameters: usize) -> String {
    let columns = task_columns();
    let (names, arrays) = (names(&columns), arrays(&columns, parameters));
    let changed = list(&columns, |_, name, _| format!("changed.{name}"));
    let on_conflict = on_conflict();
    format!(
        "WITH won AS ({won}), stored AS (
             INSERT INTO tasks ({names})
             SELECT {changed}
             FROM unnest({arrays}) AS changed ({names})
             JOIN won ON won.id = changed.owner_id
             {on_conflict}
         )
         SELECT won.id FROM won"
    )
}

impl<const ADMITS: bool> StoreOwners<ADMITS> {
    /// Each owner once, in the order of their ids, so that all who lock several lock them alike.
    pub(crate) fn new<'c>(changes: impl Iterator<Item = &'c OwnerChanges>) -> Self {
        let mut changes: Vec<_> = changes.collect();
        changes.sort_unstable_by_key(|owner| owner.owner);
        let mut store = Self {
            ids: Vec::with_capacity(changes.len()),
            versions: Vec::with_capacity(changes.len()),
            revisions: Vec::with_capacity(changes.len()),
            open_tasks: Vec::with_capacity(changes.len()),
            items: Vec::with_capacity(changes.len()),
            bytes: Vec::with_capacity(changes.len()),
            profiles: Profiles::default(),
            tasks: NewTaskRows::default(),
        };
        for owner in changes {
            store.push(owner);
        }
        store
    }

    fn push(&mut self, changes: &OwnerChanges) {
        let row = OwnerRow::from(changes);
        self.ids.push(row.id);
        self.versions.push(row.version);
        self.revisions.push(row.revision);
        let (open_tasks, items, bytes) = row.usage;
        self.open_tasks.push(open_tasks);
        self.items.push(items);
        self.bytes.push(bytes);
        if let Some(Profile { columns, at }) = row.profile {
            self.profiles.issuers.push(columns.issuer);
            self.profiles.subjects.push(columns.subject);
            self.profiles.emails.push(columns.email);
            self.profiles
                .emails_verified_at
                .push(columns.email_verified_at);
            self.profiles.names.push(columns.name);
            self.profiles.created_at.push(at);
        }
        for task in &changes.tasks {
            self.tasks.push(row.id, NewTaskRow::of_state(&task.after));
        }
    }
}

impl<const ADMITS: bool> Statement for StoreOwners<ADMITS> {
    type Columns = SqlUuid;

    fn sql(&self) -> Cow<'static, str> {
        Cow::Borrowed(if ADMITS { &ADMIT_OWNERS } else { &STORE_OWNERS })
    }

    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
        values
            .push::<Array<SqlUuid>>(&self.ids)?
            .push::<Array<BigInt>>(&self.versions)?
            .push::<Array<BigInt>>(&self.revisions)?
            .push::<Array<BigInt>>(&self.open_tasks)?
            .push::<Array<BigInt>>(&self.items)?
            .push::<Array<BigInt>>(&self.bytes)?;
        if ADMITS {
            let profiles = &self.profiles;
            values
                .push::<Array<Text>>(&profiles.issuers)?
                .push::<Array<Text>>(&profiles.subjects)?
                .push::<Array<Nullable<Text>>>(&profiles.emails)?
                .push::<Array<Nullable<Timestamptz>>>(&profiles.emails_verified_at)?
                .push::<Array<Nullable<Text>>>(&profiles.names)?
                .push::<Array<Timestamptz>>(&profiles.created_at)?
                .push::<Array<Timestamptz>>(&profiles.created_at)?;
        }
        self.tasks.bind(values)
    }
}

/// One owner, without their tasks; gives the id if they were stored. Citus sends it to where the
/// owner's rows lie.
pub(crate) struct StoreOwner<const ADMITS: bool>(OwnerRow);

/// An owner as they are written.
struct OwnerRow {
    id: Uuid,
    version: i64,
    revision: i64,
    usage: UsageRow,
    profile: Option<Profile>,
}

struct Profile {
    columns: ProfileColumns,
    at: DateTime<Utc>,
}

impl From<&OwnerChanges> for OwnerRow {
    fn from(changes: &OwnerChanges) -> Self {
        let profile = changes.admission.as_ref().map(|admission| {
            let at = admission.at.as_datetime();
            let columns = ProfileColumns::new(&admission.profile, at);
            Profile { columns, at }
        });
        Self {
            id: changes.owner.as_uuid(),
            version: changes.state.version,
            revision: changes.state.revision.as_i64(),
            usage: from_usage(changes.state.usage),
            profile,
        }
    }
}

static STORE_OWNER: LazyLock<String> = LazyLock::new(|| {
    let changes = list(&COUNTERS[1..], |index, name, _| {
        format!("{name} = ${}", index + 2)
    });
    format!(
        "UPDATE users SET {changes} WHERE users.id = $1 AND users.version = $2 - 1 RETURNING id"
    )
});

static ADMIT_OWNER: LazyLock<String> = LazyLock::new(|| {
    let columns = [COUNTERS, PROFILE].concat();
    admission(&format!("VALUES ({})", values(&columns, 0)))
});

impl<const ADMITS: bool> StoreOwner<ADMITS> {
    pub(crate) fn new(changes: &OwnerChanges) -> Self {
        Self(changes.into())
    }
}

impl<const ADMITS: bool> Statement for StoreOwner<ADMITS> {
    type Columns = SqlUuid;

    fn sql(&self) -> Cow<'static, str> {
        Cow::Borrowed(if ADMITS { &ADMIT_OWNER } else { &STORE_OWNER })
    }

    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
        let row = &self.0;
        values
            .push::<SqlUuid>(&row.id)?
            .push::<BigInt>(&row.version)?
            .push::<BigInt>(&row.revision)?
            .push::<BigInt>(&row.usage.0)?
            .push::<BigInt>(&row.usage.1)?
            .push::<BigInt>(&row.usage.2)?;
        if let Some(Profile { columns, at }) = &row.profile {
            values
                .push::<Text>(&columns.issuer)?
                .push::<Text>(&columns.subject)?
                .push::<Nullable<Text>>(&columns.email)?
                .push::<Nullable<Timestamptz>>(&columns.email_verified_at)?
                .push::<Nullable<Text>>(&columns.name)?
                .push::<Timestamptz>(at)?
                .push::<Timestamptz>(at)?;
        }
        Ok(())
    }
}

/// One task of an owner who is locked; gives its id.
pub(crate) struct StoreTask {
    owner: Uuid,
    row: NewTaskRow,
}

static STORE_TASK: LazyLock<String> = LazyLock::new(|| {
    let columns = task_columns();
    format!(
        "INSERT INTO tasks ({}) VALUES ({}) {} RETURNING id",
        names(&columns),
        values(&columns, 0),
        on_conflict(),
    )
});

impl StoreTask {
    /// All tasks of an owner that were written.
    pub(crate) fn all(changes: &OwnerChanges) -> Vec<Self> {
        let owner = changes.owner.as_uuid();
        let tasks = changes.tasks.iter();
        tasks
            .map(|task| Self {
                owner,
                row: NewTaskRow::of_state(&task.after),
            })
            .collect()
    }
}

impl Statement for StoreTask {
    type Columns = SqlUuid;

    fn sql(&self) -> Cow<'static, str> {
        Cow::Borrowed(&STORE_TASK)
    }

    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
        values.push::<SqlUuid>(&self.owner)?;
        self.row.bind(values)
    }
}

/// The texts that Citus sends to where one owner's rows lie.
#[cfg(all(test, feature = "testing"))]
pub(super) fn one_owner_statements() -> [&'static str; 3] {
    [&STORE_OWNER, &ADMIT_OWNER, &STORE_TASK]
}
