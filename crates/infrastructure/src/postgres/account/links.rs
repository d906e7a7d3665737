//! What is done by links that are sent to an account's address.

use diesel::dsl::auto_type;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use tasklane_domain::user::{LinkPurpose, LinkUse, NewLink, PasswordHash};
use uuid::Uuid;

use crate::postgres::connection::connections::Work;
use crate::postgres::error::PgError;
use crate::postgres::schema::{account_links, accounts, sessions, users};

/// A link in the place of the one for the same purpose. False when the user has no account, or is
/// disabled.
#[derive(Clone)]
pub(super) struct KeepLink {
    pub(super) user: Uuid,
    pub(super) link: NewLink,
}

impl Work for KeepLink {
    type Output = bool;
    type Error = PgError;

    async fn run(self, connection: &mut AsyncPgConnection) -> Result<bool, PgError> {
        if !lock_enabled(connection, self.user).await? {
            return Ok(false);
        }
        let account = accounts::table.find(self.user).select(accounts::user_id);
        let account: Option<Uuid> = account.first(connection).await.optional()?;
        if account.is_none() {
            return Ok(false);
        }
        let secret = account_links::secret_hash.eq(self.link.secret.as_bytes().as_slice());
        let end = account_links::expires_at.eq(self.link.expires_at.as_datetime());
        diesel::insert_into(account_links::table)
            .values((
                account_links::user_id.eq(self.user),
                account_links::purpose.eq(self.link.purpose.as_str()),
                secret,
                end,
            ))
            .on_conflict((account_links::user_id, account_links::purpose))
            .do_update()
            .set((secret, end))
            .execute(connection)
            .await?;
        Ok(true)
    }
}

/// A link that is used up, for a new password or to verify the address and no more. False when it is
/// not good, or the user is disabled.
#[derive(Clone)]
pub(super) struct UseLink {
    pub(super) user: Uuid,
    pub(super) attempt: LinkUse,
    pub(super) new_password: Option<PasswordHash>,
}

impl Work for UseLink {
    type Output = bool;
    type Error = PgError;

    async fn run(self, connection: &mut AsyncPgConnection) -> Result<bool, PgError> {
        if !lock_enabled(connection, self.user).await? || !self.take(connection).await? {
            return Ok(false);
        }
        if let Some(password) = &self.new_password {
            self.set_password(password, connection).await?;
        }
        let at = self.attempt.at.as_datetime();
        let unverified = users::table
            .find(self.user)
            .filter(users::email_verified_at.is_null());
        diesel::update(unverified)
            .set((users::email_verified_at.eq(at), users::updated_at.eq(at)))
            .execute(connection)
            .await?;
        Ok(true)
    }
}

impl UseLink {
    /// Whether the link was good. It is gone then.
    async fn take(&self, connection: &mut AsyncPgConnection) -> QueryResult<bool> {
        let purpose = match self.new_password {
            Some(_) => LinkPurpose::PasswordReset,
            None => LinkPurpose::EmailVerification,
        };
        let link = account_links::table
            .find((self.user, purpose.as_str()))
            .filter(account_links::secret_hash.eq(self.attempt.secret.as_bytes().as_slice()))
            .filter(account_links::expires_at.gt(self.attempt.at.as_datetime()));
        Ok(diesel::delete(link).execute(connection).await? > 0)
    }

    /// Sets the password and ends every session.
    async fn set_password(
        &self,
        password: &PasswordHash,
        connection: &mut AsyncPgConnection,
    ) -> QueryResult<()> {
        diesel::update(accounts::table.find(self.user))
            .set((
                accounts::password_hash.eq(password.expose()),
                accounts::updated_at.eq(self.attempt.at.as_datetime()),
            ))
            .execute(connection)
            .await?;
        diesel::delete(sessions::table.filter(sessions::user_id.eq(self.user)))
            .execute(connection)
            .await?;
        Ok(())
    }
}

/// Locks the user; whether they exist, and are neither erased nor disabled.
async fn lock_enabled(connection: &mut AsyncPgConnection, user: Uuid) -> QueryResult<bool> {
    let user = users::table
        .find(user)
        .filter(users::erased_at.is_null())
        .filter(users::disabled_at.is_null())
        .select(users::id)
        .for_no_key_update();
    let user: Option<Uuid> = user.first(connection).await.optional()?;
    Ok(user.is_some())
}

/// The user, if a link may be used to reset the password.
#[auto_type]
pub(super) fn good_reset_links(user: Uuid, attempt: &LinkUse) -> _ {
    let secret: Vec<u8> = attempt.secret.as_bytes().to_vec();
    let at: chrono::DateTime<chrono::Utc> = attempt.at.as_datetime();
    account_links::table
        .inner_join(users::table)
        .filter(account_links::user_id.eq(user))
        .filter(account_links::purpose.eq("password_reset"))
        .filter(account_links::secret_hash.eq(secret))
        .filter(account_links::expires_at.gt(at))
        .filter(users::disabled_at.is_null())
        .select(account_links::user_id)
}

/// Makes a link for that purpose good for nothing.
pub(super) async fn remove(
    connection: &mut AsyncPgConnection,
    user: Uuid,
    purpose: LinkPurpose,
) -> QueryResult<usize> {
    diesel::delete(account_links::table.find((user, purpose.as_str())))
        .execute(connection)
        .await
}
