use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::{SessionId, UserId};
use tasklane_domain::port::{AccountStore, RegisterError};
use tasklane_domain::user::{
    Account, Email, LinkPurpose, LinkUse, NewAccount, NewLink, NewSession, PasswordHash,
};

use super::links;
use super::session_row::{delete_others, insert_session};
use crate::sqlite::SqliteStore;
use crate::sqlite::column::{Id, Instant};
use crate::sqlite::error::TxError;
use crate::sqlite::schema::{account_emails, accounts, users};
use crate::sqlite::user::row::{NewUserRow, Profile, UserRow};

#[async_trait]
impl AccountStore for SqliteStore {
    #[tracing::instrument(level = "debug", name = "db.account.register", skip_all)]
    async fn register(
        &self,
        account: NewAccount,
        session: NewSession,
    ) -> Result<(), RegisterError> {
        self.writer()
            .run(move |connection| register(connection, &account, &session))
            .await
    }

    #[tracing::instrument(level = "debug", name = "db.account.account_by_email", skip_all)]
    async fn account_by_email(&self, email: &Email) -> Result<Option<Account>, StoreError> {
        let key = email.key();
        self.readers()
            .run(move |connection| {
                let found = account_emails::table
                    .find(key)
                    .inner_join(accounts::table.on(accounts::user_id.eq(account_emails::user_id)))
                    .inner_join(users::table.on(users::id.eq(accounts::user_id)))
                    .filter(users::erased_at.is_null())
                    .select((UserRow::as_select(), accounts::password_hash))
                    .get_result(connection)
                    .optional()?;
                Ok(found.map(into_account).transpose()?)
            })
            .await
    }

    #[tracing::instrument(level = "debug", name = "db.account.find", skip_all)]
    async fn account_of(&self, user: UserId) -> Result<Option<Account>, StoreError> {
        self.readers()
            .run(move |connection| {
                let found = accounts::table
                    .find(Id::from(user))
                    .inner_join(users::table.on(users::id.eq(accounts::user_id)))
                    .filter(users::erased_at.is_null())
                    .select((UserRow::as_select(), accounts::password_hash))
                    .get_result(connection)
                    .optional()?;
                Ok(found.map(into_account).transpose()?)
            })
            .await
    }

    #[tracing::instrument(level = "debug", name = "db.account.change_password", skip_all)]
    async fn change_password(
        &self,
        user: UserId,
        current: &PasswordHash,
        new: &PasswordHash,
        keep: Option<SessionId>,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let (current, new) = (current.clone(), new.clone());
        self.writer()
            .run(move |connection| {
                let account = accounts::table.find(Id::from(user));
                let unchanged = account.filter(accounts::password_hash.eq(current.expose()));
                let changed = diesel::update(unchanged)
                    .set((
                        accounts::password_hash.eq(new.expose()),
                        accounts::updated_at.eq(Instant(at)),
                    ))
                    .execute(connection)?;
                if changed > 0 {
                    links::remove(connection, user, LinkPurpose::PasswordReset)?;
                    delete_others(connection, user, keep)?;
                }
                Ok(changed > 0)
            })
            .await
    }

    #[tracing::instrument(level = "debug", name = "db.account.keep_link", skip_all)]
    async fn keep_link(&self, user: UserId, link: NewLink) -> Result<bool, StoreError> {
        self.writer()
            .run(move |connection| Ok(links::keep(connection, user, &link)?))
            .await
    }

    #[tracing::instrument(level = "debug", name = "db.account.account_by_reset_link", skip_all)]
    async fn account_by_reset_link(
        &self,
        user: UserId,
        attempt: LinkUse,
    ) -> Result<Option<Account>, StoreError> {
        let is_good = self
            .readers()
            .run(move |connection| {
                links::is_good(connection, user, LinkPurpose::PasswordReset, &attempt)
            })
            .await?;
        if is_good {
            self.account_of(user).await
        } else {
            Ok(None)
        }
    }

    #[tracing::instrument(level = "debug", name = "db.account.reset_password", skip_all)]
    async fn reset_password(
        &self,
        user: UserId,
        attempt: LinkUse,
        new: &PasswordHash,
    ) -> Result<bool, StoreError> {
        let new = new.clone();
        self.writer()
            .run(move |connection| links::reset_password(connection, user, &attempt, &new))
            .await
    }

    #[tracing::instrument(level = "debug", name = "db.account.verify_email", skip_all)]
    async fn verify_email(&self, user: UserId, attempt: LinkUse) -> Result<bool, StoreError> {
        self.writer()
            .run(move |connection| links::verify_email(connection, user, &attempt))
            .await
    }
}

fn register(
    connection: &mut SqliteConnection,
    account: &NewAccount,
    session: &NewSession,
) -> Result<(), TxError<RegisterError>> {
    // First, so that a taken address leaves nothing to undo.
    let free = diesel::insert_or_ignore_into(account_emails::table)
        .values((
            account_emails::email_key.eq(account.email.key()),
            account_emails::user_id.eq(Id::from(account.id)),
        ))
        .execute(connection)?;
    if free == 0 {
        return Err(TxError(RegisterError::EmailTaken));
    }
    diesel::insert_into(users::table)
        .values(&NewUserRow::new(account.id, Profile::of_account(account)))
        .execute(connection)?;
    diesel::insert_into(accounts::table)
        .values((
            accounts::user_id.eq(Id::from(account.id)),
            accounts::password_hash.eq(account.password.expose()),
            accounts::updated_at.eq(Instant(account.at)),
        ))
        .execute(connection)?;
    insert_session(connection, account.id, session)?;
    Ok(())
}

fn into_account((user, password): (UserRow, String)) -> Result<Account, StoreError> {
    Ok(Account {
        user: user.try_into()?,
        password: PasswordHash::new(password),
    })
}
