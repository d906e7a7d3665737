//! Beginning a session.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use tasklane_domain::id::SessionId;
use tasklane_domain::user::{Displaced, KnownAddress, NewSession, PasswordHash, Session};
use uuid::Uuid;

use super::session_row::{self, KnownAddressRow, SessionRow};
use crate::postgres::connection::connections::Work;
use crate::postgres::error::PgError;
use crate::postgres::schema::{accounts, known_addresses, sessions, users};

/// A session that is to begin, under the hash of a password if that was checked.
#[derive(Clone)]
pub(super) struct SignIn {
    pub(super) user: Uuid,
    pub(super) session: NewSession,
    pub(super) under: Option<PasswordHash>,
}

impl Work for SignIn {
    type Output = bool;
    type Error = PgError;

    async fn run(self, connection: &mut AsyncPgConnection) -> Result<bool, PgError> {
        if !self.may_begin(connection).await? {
            return Ok(false);
        }
        let displaced = self.displaced(connection).await?;
        self.remove(connection, displaced).await?;
        session_row::insert(connection, self.user, &self.session).await?;
        Ok(true)
    }
}

impl SignIn {
    /// Locks the user and looks whether they may still sign in.
    async fn may_begin(&self, connection: &mut AsyncPgConnection) -> QueryResult<bool> {
        let user = users::table
            .find(self.user)
            .filter(users::erased_at.is_null())
            .filter(users::disabled_at.is_null())
            .select(users::id)
            .for_no_key_update();
        let user: Option<Uuid> = user.first(connection).await.optional()?;
        let (Some(_), Some(under)) = (user, &self.under) else {
            return Ok(user.is_some());
        };
        let hash = accounts::table
            .find(self.user)
            .select(accounts::password_hash);
        let hash: Option<String> = hash.first(connection).await.optional()?;
        Ok(hash.is_some_and(|hash| hash == under.expose()))
    }

    async fn displaced(&self, connection: &mut AsyncPgConnection) -> QueryResult<Displaced> {
        let sessions: Vec<SessionRow> = sessions::table
            .filter(sessions::user_id.eq(self.user))
            .select(SessionRow::as_select())
            .load(connection)
            .await?;
        let sessions: Vec<_> = sessions.into_iter().map(Session::from).collect();
        let addresses: Vec<KnownAddressRow> = known_addresses::table
            .filter(known_addresses::user_id.eq(self.user))
            .select(KnownAddressRow::as_select())
            .load(connection)
            .await?;
        let addresses: Vec<_> = addresses
            .into_iter()
            .map(KnownAddress::try_from)
            .collect::<Result<_, _>>()
            .map_err(diesel::result::Error::DeserializationError)?;
        Ok(self.session.displaces(&sessions, &addresses))
    }

    async fn remove(
        &self,
        connection: &mut AsyncPgConnection,
        displaced: Displaced,
    ) -> QueryResult<()> {
        if !displaced.sessions.is_empty() {
            let ids = displaced.sessions.into_iter().map(SessionId::as_uuid);
            let ids: Vec<Uuid> = ids.collect();
            let own = sessions::table.filter(sessions::user_id.eq(self.user));
            diesel::delete(own.filter(sessions::id.eq_any(ids)))
                .execute(connection)
                .await?;
        }
        if !displaced.addresses.is_empty() {
            let hashes = displaced.addresses.iter();
            let hashes: Vec<Vec<u8>> = hashes.map(|hash| hash.as_bytes().to_vec()).collect();
            let own = known_addresses::table.filter(known_addresses::user_id.eq(self.user));
            diesel::delete(own.filter(known_addresses::address_hash.eq_any(hashes)))
                .execute(connection)
                .await?;
        }
        Ok(())
    }
}
