//! Registering a local account.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::prelude::*;
use diesel::sql_types::{Bytea, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use tasklane_domain::port::RegisterError;
use tasklane_domain::user::{LOCAL_ISSUER, Name, NewAccount, NewSession};
use uuid::Uuid;

use crate::postgres::connection::connections::{Connections, Work};
use crate::postgres::connection::statement::{Prepared, Statement, Values};
use crate::postgres::error::PgError;
use crate::postgres::schema::account_emails;

pub(crate) async fn register(
    connections: &Connections,
    account: &NewAccount,
    session: NewSession,
) -> Result<(), RegisterError> {
    let registration = Registration {
        email_key: account.email.key(),
        account: CreateAccount::new(account, session),
    };
    match connections.transaction(registration).await {
        Ok(()) => Ok(()),
        Err(Stop::EmailTaken) => Err(RegisterError::EmailTaken),
        Err(Stop::Failed(failure)) => Err(RegisterError::Store(failure.into())),
    }
}

/// One transaction rather than one statement: the address may lie on another machine than its user,
/// and no statement writes to both. The transaction does, or to neither.
#[derive(Clone)]
struct Registration {
    email_key: String,
    account: CreateAccount,
}

enum Stop {
    EmailTaken,
    Failed(PgError),
}

impl From<PgError> for Stop {
    fn from(failure: PgError) -> Self {
        Self::Failed(failure)
    }
}

impl From<diesel::result::Error> for Stop {
    fn from(error: diesel::result::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl Work for Registration {
    type Output = ();
    type Error = Stop;

    async fn run(self, connection: &mut AsyncPgConnection) -> Result<(), Stop> {
        // Whoever else wants the address waits here, and then finds it taken.
        let reserved = diesel::insert_into(account_emails::table)
            .values((
                account_emails::email_key.eq(self.email_key),
                account_emails::user_id.eq(self.account.id),
            ))
            .on_conflict_do_nothing()
            .execute(connection)
            .await?;
        if reserved == 0 {
            return Err(Stop::EmailTaken);
        }
        let _: Uuid = Prepared(&self.account).get_result(connection).await?;
        Ok(())
    }
}

#[derive(Clone)]
struct CreateAccount {
    id: Uuid,
    email: String,
    name: Option<String>,
    password: String,
    at: DateTime<Utc>,
    session: Uuid,
    session_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    user_agent: Option<String>,
    secret: Vec<u8>,
}

impl CreateAccount {
    fn new(account: &NewAccount, session: NewSession) -> Self {
        Self {
            id: account.id.as_uuid(),
            email: account.email.as_str().to_owned(),
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

impl Statement for CreateAccount {
    type Columns = SqlUuid;

    fn sql(&self) -> Cow<'static, str> {
        Cow::Borrowed(include_str!("sql/create_account.sql"))
    }

    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
        values
            .push::<SqlUuid>(&self.id)?
            .push::<Text>(&self.email)?
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
