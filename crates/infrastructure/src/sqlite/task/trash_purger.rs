use std::collections::BTreeMap;

use async_trait::async_trait;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel::sqlite::SqliteConnection;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::TaskId;
use tasklane_domain::port::{PurgeReport, TrashPurger};
use tasklane_domain::task::{Purge, Trashed};

use crate::sqlite::SqliteStore;
use crate::sqlite::column::{Id, Instant};
use crate::sqlite::error::TxError;
use crate::sqlite::schema::{tasks, users};
use crate::sqlite::user::row::parse_revision;
use crate::usage_row::{TEXT_BYTES, from_usage, into_count};

#[async_trait]
impl TrashPurger for SqliteStore {
    #[tracing::instrument(level = "debug", name = "db.trash.purge", skip_all)]
    async fn purge(&self, before: Timestamp, limit: u32) -> Result<PurgeReport, StoreError> {
        self.writer()
            .run(move |connection| purge(connection, before, limit))
            .await
    }
}

fn purge(
    connection: &mut SqliteConnection,
    before: Timestamp,
    limit: u32,
) -> Result<PurgeReport, TxError> {
    let rows: Vec<(Id, Id, i64, Option<Instant>, i64)> = tasks::table
        .filter(tasks::deleted_at.lt(Instant(before)))
        .order(tasks::deleted_at)
        .limit(limit.into())
        .select((
            tasks::owner_id,
            tasks::id,
            tasks::revision,
            tasks::deleted_at,
            sql::<BigInt>(TEXT_BYTES),
        ))
        .load(connection)?;
    let found = rows.len() as u64;
    let mut owners: BTreeMap<Id, Vec<Trashed>> = BTreeMap::new();
    for (owner, Id(id), revision, deleted_at, bytes) in rows {
        let Some(Instant(deleted_at)) = deleted_at else {
            continue;
        };
        owners.entry(owner).or_default().push(Trashed {
            id: TaskId::new(id),
            revision: parse_revision(revision)?,
            deleted_at,
            bytes: into_count(bytes)?,
        });
    }
    let mut removed = 0;
    for (owner, trash) in owners {
        removed += purge_owner(connection, owner, &trash, before)?;
    }
    Ok(PurgeReport {
        removed,
        more: found >= u64::from(limit),
    })
}

fn purge_owner(
    connection: &mut SqliteConnection,
    owner: Id,
    trash: &[Trashed],
    before: Timestamp,
) -> Result<u64, TxError> {
    let user = users::table.find(owner);
    let horizon = user.select(users::purge_horizon).get_result(connection)?;
    let Some(purge) = Purge::decide(parse_revision(horizon)?, trash, before) else {
        return Ok(0);
    };
    for id in &purge.ids {
        diesel::delete(tasks::table.find((owner, Id::from(*id)))).execute(connection)?;
    }
    let (_, items, bytes) = from_usage(purge.freed);
    diesel::update(user)
        .set((
            users::purge_horizon.eq(purge.horizon.as_i64()),
            users::items.eq(users::items - items),
            users::bytes.eq(users::bytes - bytes),
            users::version.eq(users::version + 1_i64),
        ))
        .execute(connection)?;
    Ok(purge.ids.len() as u64)
}
