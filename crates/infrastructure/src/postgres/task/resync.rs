use async_trait::async_trait;
use diesel::prelude::*;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::OwnerId;
use tasklane_domain::page::RESYNC_STEP;
use tasklane_domain::port::{Resync, ResyncReport};
use uuid::Uuid;

use crate::postgres::PostgresStore;
use crate::postgres::schema::users;

#[async_trait]
impl Resync for PostgresStore {
    #[tracing::instrument(level = "debug", name = "db.resync", skip_all)]
    async fn resync_after(
        &self,
        after: Option<OwnerId>,
        limit: u16,
    ) -> Result<ResyncReport, StoreError> {
        // The nil id is nobody's.
        let after = after.map_or(Uuid::nil(), OwnerId::as_uuid);
        let next = users::table
            .filter(users::id.gt(after))
            .order(users::id)
            .limit(limit.into())
            .select(users::id);
        let ids: Vec<Uuid> = self.connections.query(&next).await?;
        let mut owners = 0;
        // One at a time, so that nobody waits for the lock of another.
        for id in &ids {
            let update = diesel::update(users::table.filter(users::id.eq(id)))
                .set((
                    users::version.eq(users::version + 1_i64),
                    users::revision.eq(users::revision + RESYNC_STEP),
                    users::purge_horizon.eq(users::revision + RESYNC_STEP),
                ))
                .returning(users::id);
            let done: Vec<Uuid> = self.connections.execute(&update).await?;
            owners += done.len() as u64;
        }
        Ok(ResyncReport {
            owners,
            last: ids.last().copied().map(OwnerId::new),
        })
    }
}
