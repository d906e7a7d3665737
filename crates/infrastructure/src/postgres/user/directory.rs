use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::UserId;
use tasklane_domain::port::{DirectoryEntry, UserDirectory};
use uuid::Uuid;

use super::row::UserRow;
use crate::postgres::PostgresStore;
use crate::postgres::schema::{accounts, users};

#[async_trait]
impl UserDirectory for PostgresStore {
    #[tracing::instrument(level = "debug", name = "db.user.list", skip_all)]
    async fn users_after(
        &self,
        after: Option<UserId>,
        limit: u16,
    ) -> Result<Vec<DirectoryEntry>, StoreError> {
        // The nil id is nobody's.
        let after = after.map_or(Uuid::nil(), UserId::as_uuid);
        let query = users::table
            .filter(users::id.gt(after))
            .filter(users::erased_at.is_null())
            .select((UserRow::as_select(), users::disabled_at))
            .order(users::id)
            .limit(limit.into());
        let rows: Vec<Row> = self.connections.query(&query).await?;
        rows.into_iter().map(into_entry).collect()
    }

    #[tracing::instrument(level = "debug", name = "db.user.entry", skip_all)]
    async fn entry(&self, id: UserId) -> Result<Option<DirectoryEntry>, StoreError> {
        let query = users::table
            .filter(users::id.eq(id.as_uuid()))
            .filter(users::erased_at.is_null())
            .select((UserRow::as_select(), users::disabled_at));
        let rows: Vec<Row> = self.connections.query(&query).await?;
        rows.into_iter().next().map(into_entry).transpose()
    }

    #[tracing::instrument(level = "debug", name = "db.user.has_account", skip_all)]
    async fn has_account(&self) -> Result<bool, StoreError> {
        let query = accounts::table
            .inner_join(users::table)
            .filter(users::erased_at.is_null())
            .filter(users::disabled_at.is_null())
            .select(accounts::user_id)
            .limit(1);
        let found: Vec<Uuid> = self.connections.query(&query).await?;
        Ok(!found.is_empty())
    }
}

type Row = (UserRow, Option<DateTime<Utc>>);

fn into_entry((user, disabled_at): Row) -> Result<DirectoryEntry, StoreError> {
    Ok(DirectoryEntry {
        user: user.into_user()?,
        disabled_at: disabled_at.map(Timestamp::new),
    })
}
