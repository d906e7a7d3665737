use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::{SessionId, UserId};
use tasklane_domain::port::SessionStore;
use tasklane_domain::user::{NewSession, Rotation, SecretHash, Session, User};

use super::session_row::{SessionRow, delete_others, insert_secret, insert_session};
use crate::sqlite::SqliteStore;
use crate::sqlite::column::{Id, Instant};
use crate::sqlite::error::TxError;
use crate::sqlite::schema::{refresh_secrets, sessions};
use crate::sqlite::user::row::{find_user, may_sign_in};

#[async_trait]
impl SessionStore for SqliteStore {
    #[tracing::instrument(level = "debug", name = "db.session.open", skip_all)]
    async fn open(&self, user: UserId, session: NewSession) -> Result<bool, StoreError> {
        self.writer()
            .run(move |connection| Ok(open(connection, user, &session)?))
            .await
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
        let refresh = Refresh {
            user,
            session,
            presented,
            next,
            at,
            expires_at,
        };
        self.writer()
            .run(move |connection| refresh.run(connection))
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
}

fn open(
    connection: &mut SqliteConnection,
    user: UserId,
    session: &NewSession,
) -> QueryResult<bool> {
    if !may_sign_in(connection, user)? {
        return Ok(false);
    }
    diesel::delete(sessions::table)
        .filter(sessions::user_id.eq(Id::from(user)))
        .filter(sessions::expires_at.le(Instant(session.at)))
        .execute(connection)?;
    insert_session(connection, user, session)?;
    Ok(true)
}

/// A refresh secret that is presented to be traded for the next one.
struct Refresh {
    user: UserId,
    session: SessionId,
    presented: SecretHash,
    next: SecretHash,
    at: Timestamp,
    expires_at: Timestamp,
}

/// What a presented secret is to its session.
enum Presented {
    Newest,
    Spent,
    Unknown,
}

impl Refresh {
    fn run(&self, connection: &mut SqliteConnection) -> Result<Rotation, TxError> {
        let Some(user) = find_user(connection, self.user)? else {
            return Ok(Rotation::Unknown);
        };
        match self.look_up(connection)? {
            Presented::Unknown => Ok(Rotation::Unknown),
            Presented::Spent => {
                diesel::delete(sessions::table.find(self.session_key())).execute(connection)?;
                Ok(Rotation::Reused)
            }
            Presented::Newest => {
                self.spend(connection)?;
                self.forget_old_secrets(connection)?;
                insert_secret(connection, self.user, self.session, self.next, self.at)?;
                self.prolong(connection)?;
                Ok(Rotation::Rotated(User::try_from(user)?))
            }
        }
    }

    fn session_key(&self) -> (Id, Id) {
        (self.user.into(), self.session.into())
    }

    fn look_up(&self, connection: &mut SqliteConnection) -> QueryResult<Presented> {
        let live = sessions::table
            .find(self.session_key())
            .filter(sessions::expires_at.gt(Instant(self.at)))
            .select(sessions::id)
            .get_result::<Id>(connection)
            .optional()?;
        if live.is_none() {
            return Ok(Presented::Unknown);
        }
        let spent_at = refresh_secrets::table
            .find((Id::from(self.user), self.presented.as_bytes().as_slice()))
            .filter(refresh_secrets::session_id.eq(Id::from(self.session)))
            .select(refresh_secrets::spent_at)
            .get_result::<Option<Instant>>(connection)
            .optional()?;
        Ok(match spent_at {
            None => Presented::Unknown,
            Some(None) => Presented::Newest,
            Some(Some(_)) => Presented::Spent,
        })
    }

    fn spend(&self, connection: &mut SqliteConnection) -> QueryResult<usize> {
        let presented = (Id::from(self.user), self.presented.as_bytes().as_slice());
        diesel::update(refresh_secrets::table.find(presented))
            .set(refresh_secrets::spent_at.eq(Some(Instant(self.at))))
            .execute(connection)
    }

    /// Drops secrets that were spent longer ago than a session lasts, so that a session that is
    /// refreshed for years does not grow.
    fn forget_old_secrets(&self, connection: &mut SqliteConnection) -> QueryResult<usize> {
        let lifetime = self.expires_at.as_datetime() - self.at.as_datetime();
        let horizon = self.at.before(lifetime.to_std().unwrap_or_default());
        diesel::delete(refresh_secrets::table)
            .filter(refresh_secrets::user_id.eq(Id::from(self.user)))
            .filter(refresh_secrets::session_id.eq(Id::from(self.session)))
            .filter(refresh_secrets::spent_at.lt(Instant(horizon)))
            .execute(connection)
    }

    fn prolong(&self, connection: &mut SqliteConnection) -> QueryResult<usize> {
        diesel::update(sessions::table.find(self.session_key()))
            .set((
                sessions::last_used_at.eq(Instant(self.at)),
                sessions::expires_at.eq(Instant(self.expires_at)),
            ))
            .execute(connection)
    }
}
