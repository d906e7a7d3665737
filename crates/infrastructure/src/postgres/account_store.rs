use std::borrow::Cow;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Bytea, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::{SessionId, UserId};
use tasklane_domain::port::{AccountStore, RegisterError};
use tasklane_domain::user::{
    Account, Email, LOCAL_ISSUER, Name, NewAccount, NewSession, PasswordHash,
};
use uuid::Uuid;

use super::PostgresStore;
use super::row::UserRow;
use super::schema::{account_emails, accounts, users};
use super::statement::{Prepared, Statement, Values};

#[async_trait]
impl AccountStore for PostgresStore {
    #[tracing::instrument(level = "debug", name = "db.account.register", skip_all)]
    async fn register(
        &self,
        account: NewAccount,
        session: NewSession,
    ) -> Result<(), RegisterError> {
        let statement = RegisterAccount::new(&account, session);
        match self
            .connections
            .write::<_, Uuid>(&Prepared(&statement))
            .await
        {
            Ok(_) => Ok(()),
            Err(failure) if failure.is_duplicate_of("account_emails_pkey") => {
                Err(RegisterError::EmailTaken)
            }
            Err(failure) => Err(RegisterError::Store(failure.into())),
        }
    }

    #[tracing::instrument(level = "debug", name = "db.account.find_by_email", skip_all)]
    async fn find_by_email(&self, email: &Email) -> Result<Option<Account>, StoreError> {
        let query = account_emails::table
            .inner_join(accounts::table.on(accounts::user_id.eq(account_emails::user_id)))
            .inner_join(users::table.on(users::id.eq(account_emails::user_id)))
            .filter(account_emails::email_key.eq(email.key()))
            .filter(users::erased_at.is_null())
            .select((UserRow::as_select(), accounts::password_hash));
        let rows: Vec<(UserRow, String)> = self.connections.read(&query).await?;
        rows.into_iter().next().map(into_account).transpose()
    }

    #[tracing::instrument(level = "debug", name = "db.account.find", skip_all)]
    async fn find_account(&self, user: UserId) -> Result<Option<Account>, StoreError> {
        let query = accounts::table
            .inner_join(users::table)
            .filter(accounts::user_id.eq(user.as_uuid()))
            .filter(users::erased_at.is_null())
            .select((UserRow::as_select(), accounts::password_hash));
        let rows: Vec<(UserRow, String)> = self.connections.read(&query).await?;
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
        let statement = ChangePassword {
            user: user.as_uuid(),
            current: current.expose().to_owned(),
            new: new.expose().to_owned(),
            at: at.as_datetime(),
            keep: keep.map(SessionId::as_uuid),
        };
        let changed: Vec<Uuid> = self.connections.write(&Prepared(&statement)).await?;
        Ok(!changed.is_empty())
    }
}

fn into_account((row, password): (UserRow, String)) -> Result<Account, StoreError> {
    Ok(Account {
        user: row.into_user()?,
        password: PasswordHash::new(password),
    })
}

struct RegisterAccount {
    id: Uuid,
    email: String,
    email_key: String,
    name: Option<String>,
    password: String,
    at: DateTime<Utc>,
    session: Uuid,
    session_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    user_agent: Option<String>,
    secret: Vec<u8>,
}

impl RegisterAccount {
    fn new(account: &NewAccount, session: NewSession) -> Self {
        Self {
            id: account.id.as_uuid(),
            email: account.email.as_str().to_owned(),
            email_key: account.email.key(),
            name: account.name.as_ref().map(Name::as_str).map(str::to_owned),
            password: account.password.expose().to_owned(),
            at: account.at.as_datetime(),
            session: session.id.as_uuid(),
            session_at: session.at.as_datetime(),
            expires_at: session.expires_at.as_datetime(),
            user_agent: session.user_agent,
            secret: session.secret.as_bytes().to_vec(),
        }
    }
}

impl Statement for RegisterAccount {
    type Columns = SqlUuid;

    fn sql(&self) -> Cow<'static, str> {
        Cow::Borrowed(include_str!("sql/register_account.sql"))
    }

    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
        values
            .push::<SqlUuid>(&self.id)?
            .push::<Text>(&self.email)?
            .push::<Text>(&self.email_key)?
            .push::<Nullable<Text>>(&self.name)?
            .push::<Text>(&self.password)?
            .push::<Timestamptz>(&self.at)?
            .push::<SqlUuid>(&self.session)?
            .push::<Timestamptz>(&self.session_at)?
            .push::<Timestamptz>(&self.expires_at)?
            .push::<Nullable<Text>>(&self.user_agent)?
            .push::<Bytea>(&self.secret)?
            .push::<Text>(&LOCAL_ISSUER)?;
        Ok(())
    }
}

struct ChangePassword {
    user: Uuid,
    current: String,
    new: String,
    at: DateTime<Utc>,
    keep: Option<Uuid>,
}

impl Statement for ChangePassword {
    type Columns = SqlUuid;

    fn sql(&self) -> Cow<'static, str> {
        Cow::Borrowed(include_str!("sql/change_password.sql"))
    }

    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
        values
            .push::<SqlUuid>(&self.user)?
            .push::<Text>(&self.current)?
            .push::<Text>(&self.new)?
            .push::<Timestamptz>(&self.at)?
            .push::<Nullable<SqlUuid>>(&self.keep)?;
        Ok(())
    }
}
