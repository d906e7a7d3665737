use std::collections::HashMap;

use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::port::{PurgeReport, TrashPurger};

use crate::sqlite::SqliteStore;
use crate::sqlite::column::{Id, Instant};
use crate::sqlite::schema::{tasks, users};

#[async_trait]
impl TrashPurger for SqliteStore {
    #[tracing::instrument(level = "debug", name = "db.trash.purge", skip_all)]
    async fn purge(&self, before: Timestamp, limit: u32) -> Result<PurgeReport, StoreError> {
        self.writer()
            .run(move |connection| Ok(purge(connection, before, limit)?))
            .await
    }
}

fn purge(
    connection: &mut SqliteConnection,
    before: Timestamp,
    limit: u32,
) -> QueryResult<PurgeReport> {
    let rows: Vec<(Id, Id, i64)> = tasks::table
        .filter(tasks::deleted_at.lt(Instant(before)))
        .order(tasks::deleted_at)
        .limit(limit.into())
        .select((tasks::user_id, tasks::id, tasks::revision))
        .load(connection)?;
    let mut horizons = HashMap::new();
    for (owner, id, revision) in &rows {
        diesel::delete(tasks::table.find((owner, id))).execute(connection)?;
        let horizon = horizons.entry(owner).or_insert(*revision);
        *horizon = *revision.max(horizon);
    }
    for (owner, horizon) in horizons {
        diesel::update(users::table.find(owner))
            .filter(users::purge_horizon.lt(horizon))
            .set(users::purge_horizon.eq(horizon))
            .execute(connection)?;
    }
    let removed = rows.len() as u64;
    Ok(PurgeReport {
        removed,
        more: removed >= u64::from(limit),
    })
}
