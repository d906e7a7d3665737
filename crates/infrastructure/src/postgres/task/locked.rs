//! Writes under the owner's lock, which keeps all other writers away: for an owner whom others keep
//! changing between load and store, and on Citus, where plain statements about one owner cost less
//! than one that does everything.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures::future::try_join_all;
use tasklane_domain::error::StoreError;
use tasklane_domain::task::{OwnerChanges, Write, WriteError, Written};
use uuid::Uuid;

use super::load::{LoadOwner, Loaded, LoadedRow};
use super::load_needs::LoadNeeds;
use super::store::{StoreOwner, StoreTask};
use crate::postgres::connection::connections::{Connections, Work};
use crate::postgres::connection::statement::{Load, Prepared};
use crate::postgres::error::PgError;
use crate::postgres::schema::users;

/// How often a federated user without a row, which cannot be locked, is tried again.
const ATTEMPTS: usize = 5;

pub(crate) async fn write(connections: &Connections, write: &Write) -> Result<Written, WriteError> {
    for _ in 0..ATTEMPTS {
        match connections.transaction(LockedWrite(write.clone())).await {
            Ok(written) | Err(Stop::Unchanged(written)) => return Ok(written),
            Err(Stop::Failed(error)) => return Err(error),
            Err(Stop::Overtaken) => {}
        }
    }
    Err(StoreError::unavailable("others keep changing the owner").into())
}

#[derive(Clone)]
struct LockedWrite(Write);

/// Why a transaction is rolled back.
enum Stop {
    /// There was nothing to be done.
    Unchanged(Written),
    /// Somebody has made the owner meanwhile.
    Overtaken,
    Failed(WriteError),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<PgError> for Stop {
    fn from(failure: PgError) -> Self {
        StoreError::from(failure).into()
    }
}

impl From<diesel::result::Error> for Stop {
    fn from(error: diesel::result::Error) -> Self {
        PgError::from(error).into()
    }
}

impl Work for LockedWrite {
    type Output = Written;
    type Error = Stop;

    async fn run(self, connection: &mut AsyncPgConnection) -> Result<Written, Stop> {
        let Self(write) = self;
        lock(write.owner.as_uuid(), connection).await?;
        let mut ledger = load(&write, connection).await?.open(write.owner)?;
        let written = ledger.write(&write).map_err(Stop::Failed)?;
        match ledger.close() {
            None => Err(Stop::Unchanged(written)),
            Some(changes) if store(&changes, connection).await? => Ok(written),
            Some(_) => Err(Stop::Overtaken),
        }
    }
}

async fn lock(owner: Uuid, connection: &mut AsyncPgConnection) -> QueryResult<()> {
    let row = users::table
        .filter(users::id.eq(owner))
        .select(users::version)
        .for_no_key_update();
    let _: Option<i64> = row.first(connection).await.optional()?;
    Ok(())
}

async fn load(write: &Write, connection: &mut AsyncPgConnection) -> QueryResult<Loaded> {
    let needs = write.needs();
    let rows: Vec<LoadedRow> = if needs.are_large() {
        let statement = LoadNeeds::new(write.owner, &needs);
        RunQueryDsl::load(&Prepared(&statement), connection).await?
    } else {
        let owner = LoadOwner::new(write.owner, &needs.tasks);
        RunQueryDsl::load(&Prepared(&owner), connection).await?
    };
    Ok(rows.into())
}

/// Whether the owner was still at the version that was loaded.
async fn store(changes: &OwnerChanges, connection: &AsyncPgConnection) -> QueryResult<bool> {
    let won: Vec<Uuid> = if changes.admission.is_some() {
        Load::load(&StoreOwner::<true>::new(changes), connection).await?
    } else {
        Load::load(&StoreOwner::<false>::new(changes), connection).await?
    };
    if won.is_empty() {
        return Ok(false);
    }
    let tasks = StoreTask::all(changes);
    let storing = tasks
        .iter()
        .map(|task| Load::<Uuid>::load(task, connection));
    try_join_all(storing).await?;
    Ok(true)
}
