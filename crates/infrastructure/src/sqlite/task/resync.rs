use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::OwnerId;
use tasklane_domain::page::RESYNC_STEP;
use tasklane_domain::port::{Resync, ResyncReport};
use uuid::Uuid;

use crate::sqlite::SqliteStore;
use crate::sqlite::column::Id;
use crate::sqlite::error::TxError;
use crate::sqlite::schema::users;

#[async_trait]
impl Resync for SqliteStore {
    #[tracing::instrument(level = "debug", name = "db.resync", skip_all)]
    async fn resync_after(
        &self,
        after: Option<OwnerId>,
        limit: u16,
    ) -> Result<ResyncReport, StoreError> {
        self.writer()
            .run(move |connection| resync_after(connection, after, limit))
            .await
    }
}

fn resync_after(
    connection: &mut SqliteConnection,
    after: Option<OwnerId>,
    limit: u16,
) -> Result<ResyncReport, TxError> {
    // The nil id is nobody's.
    let after = after.map_or(Id(Uuid::nil()), Id::from);
    let ids: Vec<Id> = users::table
        .filter(users::id.gt(after))
        .order(users::id)
        .limit(limit.into())
        .select(users::id)
        .load(connection)?;
    for id in &ids {
        diesel::update(users::table.find(*id))
            .set((
                users::version.eq(users::version + 1_i64),
                users::revision.eq(users::revision + RESYNC_STEP),
                users::purge_horizon.eq(users::revision + RESYNC_STEP),
            ))
            .execute(connection)?;
    }
    Ok(ResyncReport {
        owners: ids.len() as u64,
        last: ids.last().map(|id| OwnerId::new(id.0)),
    })
}
