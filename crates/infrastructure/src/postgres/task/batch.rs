//! Operations that need what is there before they can say what is written: several at once, and
//! those that merge. The domain's ledger decides, between reading and writing, in one transaction.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::upsert::excluded;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::port::{BatchError, WriteError};
use tasklane_domain::task::{Ledger, Operation, Outcome, Refusal, Revision, WriteRules};
use tasklane_domain::user::{Origin, Owner};
use uuid::Uuid;

use super::lookup::{into_live_tasks, into_revision, into_state};
use super::row::{NewTaskRow, TaskRow};
use crate::postgres::connection::connections::{Connections, Work};
use crate::postgres::connection::statement::{Prepared, Statement, Values};
use crate::postgres::error::PgError;
use crate::postgres::schema::{tasks, users};
use crate::postgres::user::row::ProfileColumns;

pub(crate) async fn apply_all(
    connections: &Connections,
    owner: &Owner,
    operations: Vec<Operation>,
    rules: WriteRules,
    at: Timestamp,
) -> Result<(Vec<Outcome>, Revision), BatchError> {
    let batch = Batch {
        owner: owner.clone(),
        operations,
        rules,
        at,
    };
    match connections.transaction(batch).await {
        Ok(done) | Err(Stop::Unchanged(done)) => Ok(done),
        Err(Stop::Refused { index, refusal }) => Err(BatchError::Refused { index, refusal }),
        Err(Stop::UnknownOwner) => Err(BatchError::UnknownOwner),
        Err(Stop::Store(error)) => Err(error.into()),
    }
}

/// Does a single operation in the same way.
pub(crate) async fn apply_one(
    connections: &Connections,
    owner: &Owner,
    operation: Operation,
    rules: WriteRules,
    at: Timestamp,
) -> Result<Outcome, WriteError> {
    match apply_all(connections, owner, vec![operation], rules, at).await {
        Ok((outcomes, _)) => outcomes.into_iter().next().ok_or_else(|| {
            StoreError::unavailable("an operation that was done had no outcome").into()
        }),
        Err(BatchError::Refused { refusal, .. }) => Err(refusal.into()),
        Err(BatchError::UnknownOwner) => Err(WriteError::UnknownOwner),
        Err(BatchError::Store(error)) => Err(error.into()),
    }
}

#[derive(Clone)]
struct Batch {
    owner: Owner,
    operations: Vec<Operation>,
    rules: WriteRules,
    at: Timestamp,
}

/// Why a batch is rolled back.
enum Stop {
    Refused {
        index: usize,
        refusal: Refusal,
    },
    UnknownOwner,
    /// Everything was so already: an owner who was created or revived for the batch goes again.
    Unchanged((Vec<Outcome>, Revision)),
    Store(StoreError),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<PgError> for Stop {
    fn from(failure: PgError) -> Self {
        Self::Store(failure.into())
    }
}

impl From<diesel::result::Error> for Stop {
    fn from(error: diesel::result::Error) -> Self {
        PgError::from(error).into()
    }
}

impl Work for Batch {
    type Output = (Vec<Outcome>, Revision);
    type Error = Stop;

    async fn run(self, connection: &mut AsyncPgConnection) -> Result<Self::Output, Stop> {
        let mut ledger = self.open_ledger(connection).await?;
        let outcomes = self.decide(&mut ledger)?;
        let done = (outcomes, ledger.revision());
        if ledger.written().next().is_none() {
            return Err(Stop::Unchanged(done));
        }
        self.write_down(connection, &ledger).await?;
        Ok(done)
    }
}

impl Batch {
    /// Locks the owner, which keeps all other writers away, and reads what the operations are about.
    async fn open_ledger(&self, connection: &mut AsyncPgConnection) -> Result<Ledger, Stop> {
        let (revision, live_tasks) = lock_owner(connection, &self.owner, self.at)
            .await?
            .ok_or(Stop::UnknownOwner)?;
        let mut ledger = Ledger::open(
            self.owner.id,
            into_revision(revision)?,
            into_live_tasks(live_tasks)?,
            self.rules,
            self.at,
        );
        let ids: Vec<Uuid> = self
            .operations
            .iter()
            .map(|operation| operation.id().as_uuid())
            .collect();
        let rows: Vec<(TaskRow, Option<Vec<u8>>)> = tasks::table
            .filter(tasks::user_id.eq(self.owner.id.as_uuid()))
            .filter(tasks::id.eq_any(ids))
            .select((TaskRow::as_select(), tasks::fingerprint))
            .load(connection)
            .await?;
        for row in rows {
            ledger.enter(into_state(row)?);
        }
        Ok(ledger)
    }

    fn decide(&self, ledger: &mut Ledger) -> Result<Vec<Outcome>, Stop> {
        let operations = self.operations.iter().enumerate();
        operations
            .map(|(index, operation)| {
                ledger
                    .apply(operation)
                    .map_err(|refusal| Stop::Refused { index, refusal })
            })
            .collect()
    }

    async fn write_down(
        &self,
        connection: &mut AsyncPgConnection,
        ledger: &Ledger,
    ) -> Result<(), Stop> {
        let owner = self.owner.id;
        let rows: Vec<NewTaskRow> = ledger
            .written()
            .map(|held| NewTaskRow::of_state(owner, held, self.at))
            .collect();
        upsert(rows, connection).await?;
        diesel::update(users::table.find(owner.as_uuid()))
            .set((
                users::revision.eq(ledger.revision().as_i64()),
                users::live_tasks.eq(i32::try_from(ledger.live_tasks()).unwrap_or(i32::MAX)),
            ))
            .execute(connection)
            .await?;
        Ok(())
    }
}

/// Writes all rows in one statement. A task keeps its fingerprint and the time of its creation.
async fn upsert(rows: Vec<NewTaskRow>, connection: &mut AsyncPgConnection) -> QueryResult<usize> {
    diesel::insert_into(tasks::table)
        .values(rows)
        .on_conflict((tasks::user_id, tasks::id))
        .do_update()
        .set((
            tasks::title.eq(excluded(tasks::title)),
            tasks::title_key.eq(excluded(tasks::title_key)),
            tasks::description.eq(excluded(tasks::description)),
            tasks::description_key.eq(excluded(tasks::description_key)),
            tasks::completed_at.eq(excluded(tasks::completed_at)),
            tasks::priority.eq(excluded(tasks::priority)),
            tasks::due_date.eq(excluded(tasks::due_date)),
            tasks::due_time.eq(excluded(tasks::due_time)),
            tasks::due_timezone.eq(excluded(tasks::due_timezone)),
            tasks::due_at.eq(excluded(tasks::due_at)),
            tasks::tags.eq(excluded(tasks::tags)),
            tasks::tag_keys.eq(excluded(tasks::tag_keys)),
            tasks::tag_search_key.eq(excluded(tasks::tag_search_key)),
            tasks::revision.eq(excluded(tasks::revision)),
            tasks::updated_at.eq(excluded(tasks::updated_at)),
            tasks::deleted_at.eq(excluded(tasks::deleted_at)),
        ))
        .execute(connection)
        .await
}

/// The owner's revision and number of live tasks, locked until the transaction ends; `None` for a
/// local account that does not exist.
async fn lock_owner(
    connection: &mut AsyncPgConnection,
    owner: &Owner,
    at: Timestamp,
) -> QueryResult<Option<(i64, i32)>> {
    let id = owner.id.as_uuid();
    match &owner.origin {
        Origin::Local => {
            let query = users::table
                .filter(users::id.eq(id))
                .filter(users::erased_at.is_null())
                .select((users::revision, users::live_tasks))
                .for_no_key_update();
            query.first(connection).await.optional()
        }
        Origin::Federated(profile) => {
            let claim = ClaimFederatedUser {
                id,
                profile: profile.into(),
                at: at.as_datetime(),
            };
            Prepared(&claim).get_result(connection).await.map(Some)
        }
    }
}

struct ClaimFederatedUser {
    id: Uuid,
    profile: ProfileColumns,
    at: DateTime<Utc>,
}

impl Statement for ClaimFederatedUser {
    type Columns = (BigInt, Integer);

    fn sql(&self) -> Cow<'static, str> {
        Cow::Borrowed(include_str!("sql/claim_federated_user.sql"))
    }

    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
        values
            .push::<SqlUuid>(&self.id)?
            .push::<Text>(&self.profile.issuer)?
            .push::<Text>(&self.profile.subject)?
            .push::<Nullable<Text>>(&self.profile.email)?
            .push::<Nullable<Text>>(&self.profile.name)?
            .push::<Timestamptz>(&self.at)?;
        Ok(())
    }
}
