use std::borrow::Cow;
use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Uuid as SqlUuid};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::TaskId;
use tasklane_domain::port::{PurgeReport, TrashPurger};
use tasklane_domain::task::{Purge, Revision, Trashed};
use uuid::Uuid;

use super::lookup::into_revision;
use crate::postgres::PostgresStore;
use crate::postgres::connection::connections::Connections;
use crate::postgres::connection::statement::{Prepared, Statement, Values};
use crate::postgres::schema::{tasks, users};
use crate::usage_row::{TEXT_BYTES, UsageRow, from_usage, into_count};

/// How often is tried to purge owners who are being changed; the next purge looks again.
const ATTEMPTS: usize = 3;

#[async_trait]
impl TrashPurger for PostgresStore {
    #[tracing::instrument(level = "debug", name = "db.trash.purge", skip_all)]
    async fn purge(&self, before: Timestamp, limit: u32) -> Result<PurgeReport, StoreError> {
        let mut removed = 0;
        for _ in 0..ATTEMPTS {
            let (found, gone) = purge_once(&self.connections, before, limit - removed).await?;
            removed += gone;
            // Of an owner who was changed meanwhile nothing was removed.
            if gone == found {
                break;
            }
        }
        Ok(PurgeReport {
            removed: removed.into(),
            more: removed == limit,
        })
    }
}

/// How many rows were found, and how many of them were removed.
async fn purge_once(
    connections: &Connections,
    before: Timestamp,
    limit: u32,
) -> Result<(u32, u32), StoreError> {
    let rows: Vec<TrashRow> = connections.query(&old_trash(before, limit)).await?;
    let found = rows.len();
    let mut owners: BTreeMap<Uuid, OwnersTrash> = BTreeMap::new();
    for row in rows {
        owners.entry(row.0).or_default().add(&row)?;
    }
    let mut removed = 0;
    for (owner, trash) in owners {
        let Some(purge) = Purge::decide(trash.horizon, &trash.rows, before) else {
            continue;
        };
        let statement = PurgeOwner::new(owner, trash.version, &purge);
        let gone: Vec<Uuid> = connections.execute(&Prepared(&statement)).await?;
        removed += gone.len();
    }
    let number = |rows: usize| u32::try_from(rows).unwrap_or(limit);
    Ok((number(found), number(removed)))
}

/// Whose it is, the owner's version and purge horizon, and what is in the trash, with the bytes of its
/// text.
type TrashRow = (Uuid, i64, i64, Uuid, i64, Option<DateTime<Utc>>, i64);

/// The oldest trash of all owners.
#[diesel::dsl::auto_type(no_type_alias)]
pub(crate) fn old_trash(before: Timestamp, limit: u32) -> _ {
    let before: DateTime<Utc> = before.as_datetime();
    let limit: i64 = limit.into();
    let bytes: SqlLiteral<BigInt> = sql(TEXT_BYTES);
    tasks::table
        .inner_join(users::table.on(users::id.eq(tasks::owner_id)))
        .filter(tasks::deleted_at.lt(before))
        .order(tasks::deleted_at)
        .limit(limit)
        .select((
            users::id,
            users::version,
            users::purge_horizon,
            tasks::id,
            tasks::revision,
            tasks::deleted_at,
            bytes,
        ))
}

/// What was found of an owner.
#[derive(Default)]
struct OwnersTrash {
    version: i64,
    horizon: Revision,
    rows: Vec<Trashed>,
}

impl OwnersTrash {
    fn add(
        &mut self,
        &(_, version, horizon, id, revision, deleted_at, bytes): &TrashRow,
    ) -> Result<(), StoreError> {
        self.version = version;
        self.horizon = into_revision(horizon)?;
        let live = || StoreError::corrupt("task", "it is in the trash and live");
        self.rows.push(Trashed {
            id: TaskId::new(id),
            revision: into_revision(revision)?,
            deleted_at: Timestamp::new(deleted_at.ok_or_else(live)?),
            bytes: into_count(bytes)?,
        });
        Ok(())
    }
}

/// Removes an owner's rows, if the owner is still at the version that was read; gives their ids.
struct PurgeOwner {
    owner: Uuid,
    version: i64,
    horizon: i64,
    ids: Vec<Uuid>,
    freed: UsageRow,
}

impl PurgeOwner {
    fn new(owner: Uuid, version: i64, purge: &Purge) -> Self {
        Self {
            owner,
            version,
            horizon: purge.horizon.as_i64(),
            ids: purge.ids.iter().copied().map(TaskId::as_uuid).collect(),
            freed: from_usage(purge.freed),
        }
    }
}

impl Statement for PurgeOwner {
    type Columns = SqlUuid;

    fn sql(&self) -> Cow<'static, str> {
        Cow::Borrowed(include_str!("sql/purge_owner.sql"))
    }

    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
        values
            .push::<SqlUuid>(&self.owner)?
            .push::<BigInt>(&self.version)?
            .push::<BigInt>(&self.horizon)?
            .push::<Array<SqlUuid>>(&self.ids)?
            .push::<BigInt>(&self.freed.1)?
            .push::<BigInt>(&self.freed.2)?;
        Ok(())
    }
}
