use async_trait::async_trait;
use diesel::prelude::*;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::{SessionId, UserId};
use tasklane_domain::port::{AccountStore, RegisterError};
use tasklane_domain::user::{
    Account, Email, LinkUse, NewAccount, NewLink, NewSession, PasswordHash,
};
use uuid::Uuid;

use super::links::{self, KeepLink, UseLink};
use super::password_change::PasswordChange;
use super::registration::{Registration, Stop};
use crate::postgres::PostgresStore;
use crate::postgres::schema::{account_emails, accounts, users};
use crate::postgres::user::row::UserRow;

#[async_trait]
impl AccountStore for PostgresStore {
    #[tracing::instrument(level = "debug", name = "db.account.register", skip_all)]
    async fn register(
        &self,
        account: NewAccount,
        session: NewSession,
    ) -> Result<(), RegisterError> {
        let registration = Registration { account, session };
        self.connections
            .transaction(registration)
            .await
            .map_err(|Stop(error)| error)
    }

    /// Two look-ups rather than a join: the address may lie on another machine than its user.
    #[tracing::instrument(level = "debug", name = "db.account.account_by_email", skip_all)]
    async fn account_by_email(&self, email: &Email) -> Result<Option<Account>, StoreError> {
        let query = account_emails::table
            .filter(account_emails::email_key.eq(email.key()))
            .select(account_emails::user_id);
        let users: Vec<Uuid> = self.connections.pipelined(&query).await?;
        match users.into_iter().next() {
            Some(user) => self.account_of(UserId::new(user)).await,
            None => Ok(None),
        }
    }

    #[tracing::instrument(level = "debug", name = "db.account.find", skip_all)]
    async fn account_of(&self, user: UserId) -> Result<Option<Account>, StoreError> {
        let query = accounts::table
            .inner_join(users::table)
            .filter(accounts::user_id.eq(user.as_uuid()))
            .filter(users::erased_at.is_null())
            .select((UserRow::as_select(), accounts::password_hash));
        let rows: Vec<(UserRow, String)> = self.connections.pipelined(&query).await?;
        rows.into_iter().next().map(into_account).transpose()
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
        let change = PasswordChange {
            user: user.as_uuid(),
            current: current.clone(),
            new: new.clone(),
            at: at.as_datetime(),
            keep: keep.map(SessionId::as_uuid),
        };
        Ok(self.connections.transaction(change).await?)
    }

    #[tracing::instrument(level = "debug", name = "db.account.keep_link", skip_all)]
    async fn keep_link(&self, user: UserId, link: NewLink) -> Result<bool, StoreError> {
        let keeping = KeepLink {
            user: user.as_uuid(),
            link,
        };
        Ok(self.connections.transaction(keeping).await?)
    }

    #[tracing::instrument(level = "debug", name = "db.account.account_by_reset_link", skip_all)]
    async fn account_by_reset_link(
        &self,
        user: UserId,
        attempt: LinkUse,
    ) -> Result<Option<Account>, StoreError> {
        let query = links::good_reset_links(user.as_uuid(), &attempt);
        let good: Vec<Uuid> = self.connections.pipelined(&query).await?;
        if good.is_empty() {
            Ok(None)
        } else {
            self.account_of(user).await
        }
    }

    #[tracing::instrument(level = "debug", name = "db.account.reset_password", skip_all)]
    async fn reset_password(
        &self,
        user: UserId,
        attempt: LinkUse,
        new: &PasswordHash,
    ) -> Result<bool, StoreError> {
        let using = UseLink {
            user: user.as_uuid(),
            attempt,
            new_password: Some(new.clone()),
        };
        Ok(self.connections.transaction(using).await?)
    }

    #[tracing::instrument(level = "debug", name = "db.account.verify_email", skip_all)]
    async fn verify_email(&self, user: UserId, attempt: LinkUse) -> Result<bool, StoreError> {
        let using = UseLink {
            user: user.as_uuid(),
            attempt,
            new_password: None,
        };
        Ok(self.connections.transaction(using).await?)
    }
}

fn into_account((row, password): (UserRow, String)) -> Result<Account, StoreError> {
    Ok(Account {
        user: row.into_user()?,
        password: PasswordHash::new(password),
    })
}
