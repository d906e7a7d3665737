//! Registering a local account.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use tasklane_domain::error::StoreError;
use tasklane_domain::port::RegisterError;
use tasklane_domain::user::{LOCAL_ISSUER, Name, NewAccount, NewSession};
use uuid::Uuid;

use super::session_row;
use crate::postgres::connection::connections::Work;
use crate::postgres::error::PgError;
use crate::postgres::schema::{account_emails, accounts, users};

/// One transaction rather than one statement: the address may lie on another machine than its user,
/// and no statement writes to both. The transaction does, or to neither.
#[derive(Clone)]
pub(super) struct Registration {
    pub(super) account: NewAccount,
    pub(super) session: NewSession,
}

/// The port's error on its way out of the transaction.
pub(super) struct Stop(pub(super) RegisterError);

impl From<PgError> for Stop {
    fn from(failure: PgError) -> Self {
        Self(RegisterError::Store(StoreError::from(failure)))
    }
}

impl From<diesel::result::Error> for Stop {
    fn from(error: diesel::result::Error) -> Self {
        PgError::from(error).into()
    }
}

impl Work for Registration {
    type Output = ();
    type Error = Stop;

    async fn run(self, connection: &mut AsyncPgConnection) -> Result<(), Stop> {
        let id = self.account.id.as_uuid();
        self.reserve_address(id, connection).await?;
        self.insert_account(id, connection).await?;
        session_row::insert(connection, id, &self.session).await?;
        Ok(())
    }
}

impl Registration {
    /// Another registration of the address waits here, and then finds it taken.
    async fn reserve_address(
        &self,
        id: Uuid,
        connection: &mut AsyncPgConnection,
    ) -> Result<(), Stop> {
        let reserved = diesel::insert_into(account_emails::table)
            .values((
                account_emails::email_key.eq(self.account.email.key()),
                account_emails::user_id.eq(id),
            ))
            .on_conflict_do_nothing()
            .execute(connection)
            .await?;
        if reserved == 0 {
            return Err(Stop(RegisterError::EmailTaken));
        }
        Ok(())
    }

    async fn insert_account(
        &self,
        id: Uuid,
        connection: &mut AsyncPgConnection,
    ) -> QueryResult<()> {
        let at = self.account.at.as_datetime();
        diesel::insert_into(users::table)
            .values((
                users::id.eq(id),
                users::issuer.eq(LOCAL_ISSUER),
                users::email.eq(self.account.email.as_str()),
                users::name.eq(self.account.name.as_ref().map(Name::as_str)),
                users::created_at.eq(at),
                users::updated_at.eq(at),
            ))
            .execute(connection)
            .await?;
        diesel::insert_into(accounts::table)
            .values((
                accounts::user_id.eq(id),
                accounts::password_hash.eq(self.account.password.expose()),
                accounts::updated_at.eq(at),
            ))
            .execute(connection)
            .await?;
        Ok(())
    }
}
