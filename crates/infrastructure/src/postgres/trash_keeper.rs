use std::borrow::Cow;
use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Timestamptz, Uuid as SqlUuid};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::port::{PurgeReport, TrashKeeper};
use uuid::Uuid;

use super::PostgresStore;
use super::schema::tasks;
use super::statement::{Prepared, Statement, Values};

#[async_trait]
impl TrashKeeper for PostgresStore {
    async fn purge(&self, before: Timestamp, limit: u32) -> Result<PurgeReport, StoreError> {
        let found = self.find_old_trash(before, limit).await?;
        let more = found.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
        let mut by_owner: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
        for (owner, id) in found {
            by_owner.entry(owner).or_default().push(id);
        }
        let mut removed = 0;
        for (owner, ids) in by_owner {
            let statement = PurgeOwner { owner, ids, before: before.as_datetime() };
            let numbers: Vec<i64> = self.connections.write(&Prepared(&statement)).await?;
            removed += numbers.into_iter().filter_map(|number| u64::try_from(number).ok()).sum::<u64>();
        }
        Ok(PurgeReport { removed, more })
    }
}

impl PostgresStore {
    /// The oldest trash of all owners.
    async fn find_old_trash(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<(Uuid, Uuid)>, StoreError> {
        let query = tasks::table
            .filter(tasks::deleted_at.lt(before.as_datetime()))
            .order(tasks::deleted_at)
            .limit(limit.into())
            .select((tasks::user_id, tasks::id));
        Ok(self.connections.read(&query).await?)
    }
}

struct PurgeOwner {
    owner: Uuid,
    ids: Vec<Uuid>,
    before: DateTime<Utc>,
}

impl Statement for PurgeOwner {
    type Columns = BigInt;

    fn sql(&self) -> Cow<'static, str> {
        Cow::Borrowed(include_str!("sql/purge_owner.sql"))
    }

    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
        values
            .push::<SqlUuid>(&self.owner)?
            .push::<Array<SqlUuid>>(&self.ids)?
            .push::<Timestamptz>(&self.before)?;
        Ok(())
    }
}
