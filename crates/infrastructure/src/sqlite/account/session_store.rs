use async_trait::async_trait;
use diesel::prelude::*;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::{SessionId, UserId};
use tasklane_domain::port::SessionStore;
use tasklane_domain::user::{
    AddressHash, NewSession, PasswordHash, RefreshAttempt, Rotation, Session,
};

use super::session_row::{SessionRow, delete_others};
use super::{refresh, sign_in};
use crate::sqlite::SqliteStore;
use crate::sqlite::column::{Id, Instant};
use crate::sqlite::schema::{known_addresses, sessions};

#[async_trait]
impl SessionStore for SqliteStore {
    #[tracing::instrument(level = "debug", name = "db.session.open", skip_all)]
    async fn open(
        &self,
        user: UserId,
        session: NewSession,
        under: Option<PasswordHash>,
    ) -> Result<bool, StoreError> {
        self.writer()
            .run(move |connection| sign_in::open(connection, user, &session, under.as_ref()))
            .await
    }

    #[tracing::instrument(level = "debug", name = "db.session.rotate", skip_all)]
    async fn rotate(
        &self,
        user: UserId,
        session: SessionId,
        attempt: RefreshAttempt,
    ) -> Result<Rotation, StoreError> {
        self.writer()
            .run(move |connection| refresh::rotate(connection, user, session, &attempt))
            .await
    }

    #[tracing::instrument(level = "debug", name = "db.session.list", skip_all)]
    async fn list(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        self.readers()
            .run(move |connection| {
                let rows: Vec<SessionRow> = sessions::table
                    .filter(sessions::user_id.eq(Id::from(user)))
                    .filter(sessions::expires_at.gt(Instant(now)))
                    .order((sessions::created_at.desc(), sessions::id.desc()))
                    .select(SessionRow::as_select())
                    .load(connection)?;
                Ok(rows.into_iter().map(Session::from).collect())
            })
            .await
    }

    #[tracing::instrument(level = "debug", name = "db.session.end", skip_all)]
    async fn end(
        &self,
        user: UserId,
        session: SessionId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.writer()
            .run(move |connection| {
                let session = sessions::table.find((Id::from(user), Id::from(session)));
                let live = session.filter(sessions::expires_at.gt(Instant(now)));
                Ok(diesel::delete(live).execute(connection)? > 0)
            })
            .await
    }

    #[tracing::instrument(level = "debug", name = "db.session.end_others", skip_all)]
    async fn end_others(&self, user: UserId, keep: Option<SessionId>) -> Result<(), StoreError> {
        self.writer()
            .run(move |connection| {
                delete_others(connection, user, keep)?;
                Ok(())
            })
            .await
    }

    #[tracing::instrument(level = "debug", name = "db.session.last_seen", skip_all)]
    async fn last_seen(
        &self,
        user: UserId,
        address: AddressHash,
    ) -> Result<Option<Timestamp>, StoreError> {
        self.readers()
            .look_up(move |connection| {
                let seen_at = known_addresses::table
                    .find((Id::from(user), address.as_bytes().as_slice()))
                    .select(known_addresses::seen_at)
                    .get_result::<Instant>(connection)
                    .optional()?;
                Ok(seen_at.map(|Instant(at)| at))
            })
            .await
    }
}
