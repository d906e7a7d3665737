use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Uuid as SqlUuid};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::{SessionId, UserId};
use tasklane_domain::port::SessionStore;
use tasklane_domain::user::{
    AddressHash, NewSession, PasswordHash, RefreshAttempt, Rotation, Session,
};
use uuid::Uuid;

use super::refresh;
use super::session_row::SessionRow;
use super::sign_in::SignIn;
use crate::postgres::PostgresStore;
use crate::postgres::schema::{known_addresses, sessions};

#[async_trait]
impl SessionStore for PostgresStore {
    #[tracing::instrument(level = "debug", name = "db.session.open", skip_all)]
    async fn open(
        &self,
        user: UserId,
        session: NewSession,
        under: Option<PasswordHash>,
    ) -> Result<bool, StoreError> {
        let sign_in = SignIn {
            user: user.as_uuid(),
            session,
            under,
        };
        Ok(self.connections.transaction(sign_in).await?)
    }

    #[tracing::instrument(level = "debug", name = "db.session.rotate", skip_all)]
    async fn rotate(
        &self,
        user: UserId,
        session: SessionId,
        attempt: RefreshAttempt,
    ) -> Result<Rotation, StoreError> {
        let (user, session) = (user.as_uuid(), session.as_uuid());
        refresh::rotate(&self.connections, user, session, &attempt).await
    }

    #[tracing::instrument(level = "debug", name = "db.session.list", skip_all)]
    async fn list(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let query = sessions::table
            .filter(sessions::user_id.eq(user.as_uuid()))
            .filter(sessions::expires_at.gt(now.as_datetime()))
            .order((sessions::created_at.desc(), sessions::id.desc()))
            .select(SessionRow::as_select());
        let rows: Vec<SessionRow> = self.connections.query(&query).await?;
        Ok(rows.into_iter().map(Session::from).collect())
    }

    #[tracing::instrument(level = "debug", name = "db.session.end", skip_all)]
    async fn end(
        &self,
        user: UserId,
        session: SessionId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let session = sessions::table.find((user.as_uuid(), session.as_uuid()));
        let live = session.filter(sessions::expires_at.gt(now.as_datetime()));
        let statement = diesel::delete(live).returning(sessions::id);
        let ended: Vec<Uuid> = self.connections.execute(&statement).await?;
        Ok(!ended.is_empty())
    }

    #[tracing::instrument(level = "debug", name = "db.session.end_others", skip_all)]
    async fn end_others(&self, user: UserId, keep: Option<SessionId>) -> Result<(), StoreError> {
        let kept = keep.map(SessionId::as_uuid).into_sql::<Nullable<SqlUuid>>();
        let others = sessions::table
            .filter(sessions::user_id.eq(user.as_uuid()))
            .filter(sessions::id.nullable().is_distinct_from(kept));
        let statement = diesel::delete(others).returning(sessions::id);
        self.connections.execute::<_, Uuid>(&statement).await?;
        Ok(())
    }

    #[tracing::instrument(level = "debug", name = "db.session.last_seen", skip_all)]
    async fn last_seen(
        &self,
        user: UserId,
        address: AddressHash,
    ) -> Result<Option<Timestamp>, StoreError> {
        let query = known_addresses::table
            .filter(known_addresses::user_id.eq(user.as_uuid()))
            .filter(known_addresses::address_hash.eq(address.as_bytes().to_vec()))
            .select(known_addresses::seen_at);
        let rows: Vec<DateTime<Utc>> = self.connections.pipelined(&query).await?;
        Ok(rows.into_iter().next().map(Timestamp::new))
    }
}
