//! Creating a task.

use std::borrow::Cow;

use diesel::QueryResult;
use diesel::sql_types::{
    BigInt, Bytea, Date, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::task::{NewTask, Outcome, Revision, Task};
use tasklane_domain::user::{Origin, Owner};

use super::lookup::into_revision;
use super::row::NewTaskRow;
use crate::postgres::connection::connections::Connections;
use crate::postgres::connection::statement::{Statement, Values};
use crate::postgres::user::row::ProfileColumns;

/// `None` when the id is taken, the quota is used up, or a local owner does not exist.
pub(crate) async fn create(
    connections: &Connections,
    owner: &Owner,
    new: &NewTask,
    quota: Option<i64>,
    at: Timestamp,
) -> Result<Option<Outcome>, StoreError> {
    let task = new.to_task(owner.id, Revision::ZERO, at);
    let local = CreateLocalTask {
        row: NewTaskRow::of_task(&task, new.fingerprint),
        quota,
    };
    let id = owner.id.as_uuid();
    let written = match &owner.origin {
        Origin::Local => connections.grouped::<_, i64>(id, local).await,
        Origin::Federated(profile) => {
            let issued = CreateFederatedTask {
                local,
                profile: profile.into(),
            };
            connections.grouped(id, issued).await
        }
    };
    match written {
        Err(failure) if failure.is_duplicate() => Ok(None),
        Err(failure) => Err(failure.into()),
        Ok(revisions) => {
            let Some(revision) = revisions.into_iter().next() else {
                return Ok(None);
            };
            Ok(Some(Outcome::Created(Task {
                revision: into_revision(revision)?,
                ..task
            })))
        }
    }
}

struct CreateLocalTask {
    /// With a revision that does not count.
    row: NewTaskRow,
    quota: Option<i64>,
}

impl Statement for CreateLocalTask {
    type Columns = BigInt;

    fn sql(&self) -> Cow<'static, str> {
        Cow::Borrowed(include_str!("sql/create_local_task.sql"))
    }

    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
        let row = &self.row;
        values
            .push::<SqlUuid>(&row.user_id)?
            .push::<Nullable<BigInt>>(&self.quota)?
            .push::<SqlUuid>(&row.id)?
            .push::<Nullable<Text>>(&row.title)?
            .push::<Nullable<Text>>(&row.title_key)?
            .push::<Nullable<Text>>(&row.description)?
            .push::<Nullable<Text>>(&row.description_key)?
            .push::<Nullable<Timestamptz>>(&row.completed_at)?
            .push::<SmallInt>(&row.priority)?
            .push::<Nullable<Date>>(&row.due_date)?
            .push::<Nullable<Text>>(&row.due_time)?
            .push::<Nullable<Text>>(&row.due_timezone)?
            .push::<Nullable<Timestamptz>>(&row.due_at)?
            .push::<Text>(&row.tags)?
            .push::<Text>(&row.tag_keys)?
            .push::<Text>(&row.tag_search_key)?
            .push::<Nullable<Bytea>>(&row.fingerprint)?
            .push::<Timestamptz>(&row.created_at)?;
        Ok(())
    }
}

struct CreateFederatedTask {
    local: CreateLocalTask,
    profile: ProfileColumns,
}

impl Statement for CreateFederatedTask {
    type Columns = BigInt;

    fn sql(&self) -> Cow<'static, str> {
        Cow::Borrowed(include_str!("sql/create_federated_task.sql"))
    }

    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
        self.local.bind(values)?;
        values
            .push::<Text>(&self.profile.issuer)?
            .push::<Text>(&self.profile.subject)?
            .push::<Nullable<Text>>(&self.profile.email)?
            .push::<Nullable<Text>>(&self.profile.name)?;
        Ok(())
    }
}
