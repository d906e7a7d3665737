use std::borrow::Cow;
use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Timestamptz, Uuid as SqlUuid};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::port::{PurgeReport, TrashPurger};
use uuid::Uuid;

use crate::postgres::PostgresStore;
use crate::postgres::connection::statement::{Prepared, Statement, Values};
use crate::postgres::schema::tasks;

#[async_trait]
impl TrashPurger for PostgresStore {
    #[tracing::instrument(level = "debug", name = "db.trash.purge", skip_all)]
    async fn purge(&self, before: Timestamp, limit: u32) -> Result<PurgeReport, StoreError> {
        let found: Vec<(Uuid, Uuid)> = self.connections.query(&old_trash(before, limit)).await?;
        let mut by_owner: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
        for (owner, id) in found {
            by_owner.entry(owner).or_default().push(id);
        }
        let mut removed = 0;
        for (owner, ids) in by_owner {
            let statement = PurgeOwner {
                owner,
                ids,
                before: before.as_datetime(),
            };
            let numbers: Vec<i64> = self.connections.execute(&Prepared(&statement)).await?;
            removed += numbers
                .iter()
                .map(|number| number.unsigned_abs())
                .sum::<u64>();
        }
        // Those that others removed meanwhile do not count: they will see to the rest.
        Ok(PurgeReport {
            removed,
            more: removed == u64::from(limit),
        })
    }
}

/// The oldest trash of all owners: owners and ids.
#[diesel::dsl::auto_type(no_type_alias)]
pub(crate) fn old_trash(before: Timestamp, limit: u32) -> _ {
    let before: DateTime<Utc> = before.as_datetime();
    let limit: i64 = limit.into();
    tasks::table
        .filter(tasks::deleted_at.lt(before))
        .order(tasks::deleted_at)
        .limit(limit)
        .select((tasks::user_id, tasks::id))
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
