//! Changing a password.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use tasklane_domain::user::{LinkPurpose, PasswordHash};
use uuid::Uuid;

use super::links;
use crate::postgres::connection::connections::Work;
use crate::postgres::error::PgError;
use crate::postgres::schema::{accounts, sessions, users};

/// Another password in the place of the one that was checked, at the end of every session but one.
#[derive(Clone)]
pub(super) struct PasswordChange {
    pub(super) user: Uuid,
    pub(super) current: PasswordHash,
    pub(super) new: PasswordHash,
    pub(super) at: DateTime<Utc>,
    pub(super) keep: Option<Uuid>,
}

impl Work for PasswordChange {
    type Output = bool;
    type Error = PgError;

    async fn run(self, connection: &mut AsyncPgConnection) -> Result<bool, PgError> {
        let user = users::table.find(self.user).select(users::id);
        let _: Option<Uuid> = user
            .for_no_key_update()
            .first(connection)
            .await
            .optional()?;
        let account = accounts::table.find(self.user);
        let unchanged = account.filter(accounts::password_hash.eq(self.current.expose()));
        let changed = diesel::update(unchanged)
            .set((
                accounts::password_hash.eq(self.new.expose()),
                accounts::updated_at.eq(self.at),
            ))
            .execute(connection)
            .await?;
        if changed == 0 {
            return Ok(false);
        }
        links::remove(connection, self.user, LinkPurpose::PasswordReset).await?;
        let keep = self.keep.into_sql::<Nullable<SqlUuid>>();
        let others = sessions::table
            .filter(sessions::user_id.eq(self.user))
            .filter(sessions::id.nullable().is_distinct_from(keep));
        diesel::delete(others).execute(connection).await?;
        Ok(true)
    }
}
