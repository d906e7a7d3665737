use async_trait::async_trait;
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::UserId;
use tasklane_domain::port::{DirectoryEntry, UserDirectory};

use super::row::UserRow;
use crate::sqlite::SqliteStore;
use crate::sqlite::column::{Id, Instant};
use crate::sqlite::schema::{accounts, users};

#[async_trait]
impl UserDirectory for SqliteStore {
    #[tracing::instrument(level = "debug", name = "db.user.list", skip_all)]
    async fn users_after(
        &self,
        after: Option<UserId>,
        limit: u16,
    ) -> Result<Vec<DirectoryEntry>, StoreError> {
        self.readers()
            .run(move |connection| {
                let mut query = users::table
                    .filter(users::erased_at.is_null())
                    .select((UserRow::as_select(), users::disabled_at))
                    .order(users::id)
                    .limit(limit.into())
                    .into_boxed();
                if let Some(after) = after {
                    query = query.filter(users::id.gt(Id::from(after)));
                }
                let rows: Vec<Row> = query.load(connection)?;
                Ok(rows.into_iter().map(into_entry).collect::<Result<_, _>>()?)
            })
            .await
    }

    #[tracing::instrument(level = "debug", name = "db.user.entry", skip_all)]
    async fn entry(&self, id: UserId) -> Result<Option<DirectoryEntry>, StoreError> {
        self.readers()
            .run(move |connection| {
                let row: Option<Row> = users::table
                    .find(Id::from(id))
                    .filter(users::erased_at.is_null())
                    .select((UserRow::as_select(), users::disabled_at))
                    .get_result(connection)
                    .optional()?;
                Ok(row.map(into_entry).transpose()?)
            })
            .await
    }

    #[tracing::instrument(level = "debug", name = "db.user.has_account", skip_all)]
    async fn has_account(&self) -> Result<bool, StoreError> {
        self.readers()
            .run(|connection| Ok(has_account(connection)?))
            .await
    }
}

/// Whether anybody has a local account that is not disabled.
pub(crate) fn has_account(connection: &mut SqliteConnection) -> QueryResult<bool> {
    let enabled = accounts::table
        .inner_join(users::table.on(users::id.eq(accounts::user_id)))
        .filter(users::erased_at.is_null())
        .filter(users::disabled_at.is_null())
        .select(accounts::user_id);
    diesel::select(exists(enabled)).get_result(connection)
}

type Row = (UserRow, Option<Instant>);

fn into_entry((user, disabled_at): Row) -> Result<DirectoryEntry, StoreError> {
    Ok(DirectoryEntry {
        user: user.try_into()?,
        disabled_at: disabled_at.map(|Instant(at)| at),
    })
}
