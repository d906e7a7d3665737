use std::borrow::Cow;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Bytea, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::{SessionId, UserId};
use tasklane_domain::port::SessionStore;
use tasklane_domain::user::{NewSession, Rotation, SecretHash, Session};
use uuid::Uuid;

use crate::postgres::PostgresStore;
use crate::postgres::connection::statement::{Prepared, Statement, Values};
use crate::postgres::schema::sessions;
use crate::postgres::user::row::{UserColumns, UserRow};

#[async_trait]
impl SessionStore for PostgresStore {
    #[tracing::instrument(level = "debug", name = "db.session.open", skip_all)]
    async fn open(&self, user: UserId, session: NewSession) -> Result<bool, StoreError> {
        let statement = OpenSession::new(user, session);
        let opened: Vec<Uuid> = self.connections.execute(&Prepared(&statement)).await?;
        Ok(!opened.is_empty())
    }

    #[tracing::instrument(level = "debug", name = "db.session.rotate", skip_all)]
    async fn rotate(
        &self,
        user: UserId,
        session: SessionId,
        presented: SecretHash,
        next: SecretHash,
        at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<Rotation, StoreError> {
        let (user, session) = (user.as_uuid(), session.as_uuid());
        let presented = presented.as_bytes().to_vec();
        let rotation = RotateSecret {
            user,
            session,
            presented: presented.clone(),
            next: next.as_bytes().to_vec(),
            at: at.as_datetime(),
            expires_at: expires_at.as_datetime(),
            forget_before: one_lifetime_before(at, expires_at),
        };
        let rotated: Vec<UserRow> = self.connections.execute(&Prepared(&rotation)).await?;
        if let Some(user) = rotated.into_iter().next() {
            return user.into_user().map(Rotation::Rotated);
        }
        let end = EndReusedSession {
            user,
            session,
            presented,
            at: at.as_datetime(),
        };
        let ended: Vec<Uuid> = self.connections.execute(&Prepared(&end)).await?;
        Ok(if ended.is_empty() {
            Rotation::Unknown
        } else {
            Rotation::Reused
        })
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
}

/// The instant as long before `at` as `expires_at` is after it.
fn one_lifetime_before(at: Timestamp, expires_at: Timestamp) -> DateTime<Utc> {
    let (at, expires_at) = (at.as_datetime(), expires_at.as_datetime());
    at.checked_sub_signed(expires_at - at)
        .unwrap_or(DateTime::UNIX_EPOCH)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = sessions, check_for_backend(diesel::pg::Pg))]
struct SessionRow {
    id: Uuid,
    created_at: DateTime<Utc>,
    last_used_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    user_agent: Option<String>,
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Self {
            id: SessionId::new(row.id),
            created_at: Timestamp::new(row.created_at),
            last_used_at: Timestamp::new(row.last_used_at),
            expires_at: Timestamp::new(row.expires_at),
            user_agent: row.user_agent,
        }
    }
}

struct OpenSession {
    user: Uuid,
    session: Uuid,
    at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    user_agent: Option<String>,
    secret: Vec<u8>,
}

impl OpenSession {
    fn new(user: UserId, session: NewSession) -> Self {
        Self {
            user: user.as_uuid(),
            session: session.id.as_uuid(),
            at: session.at.as_datetime(),
            expires_at: session.expires_at.as_datetime(),
            user_agent: session.user_agent,
            secret: session.secret.as_bytes().to_vec(),
        }
    }
}

impl Statement for OpenSession {
    type Columns = SqlUuid;

    fn sql(&self) -> Cow<'static, str> {
        Cow::Borrowed(include_str!("sql/open_session.sql"))
    }

    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
        values
            .push::<SqlUuid>(&self.user)?
            .push::<SqlUuid>(&self.session)?
            .push::<Timestamptz>(&self.at)?
            .push::<Timestamptz>(&self.expires_at)?
            .push::<Nullable<Text>>(&self.user_agent)?
            .push::<Bytea>(&self.secret)?;
        Ok(())
    }
}

struct RotateSecret {
    user: Uuid,
    session: Uuid,
    presented: Vec<u8>,
    next: Vec<u8>,
    at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    /// Secrets that were spent before need not be known any more.
    forget_before: DateTime<Utc>,
}

impl Statement for RotateSecret {
    type Columns = UserColumns;

    fn sql(&self) -> Cow<'static, str> {
        Cow::Borrowed(include_str!("sql/rotate_secret.sql"))
    }

    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
        values
            .push::<SqlUuid>(&self.user)?
            .push::<SqlUuid>(&self.session)?
            .push::<Bytea>(&self.presented)?
            .push::<Bytea>(&self.next)?
            .push::<Timestamptz>(&self.at)?
            .push::<Timestamptz>(&self.expires_at)?
            .push::<Timestamptz>(&self.forget_before)?;
        Ok(())
    }
}

struct EndReusedSession {
    user: Uuid,
    session: Uuid,
    presented: Vec<u8>,
    at: DateTime<Utc>,
}

impl Statement for EndReusedSession {
    type Columns = SqlUuid;

    fn sql(&self) -> Cow<'static, str> {
        Cow::Borrowed(include_str!("sql/end_reused_session.sql"))
    }

    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
        values
            .push::<SqlUuid>(&self.user)?
            .push::<SqlUuid>(&self.session)?
            .push::<Bytea>(&self.presented)?
            .push::<Timestamptz>(&self.at)?;
        Ok(())
    }
}
