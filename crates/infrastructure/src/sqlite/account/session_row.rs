//! How a session and its secrets lie in their tables.

use diesel::prelude::*;
use diesel::sqlite::{Sqlite, SqliteConnection};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::id::{SessionId, UserId};
use tasklane_domain::user::{NewSession, SecretHash, Session};

use crate::sqlite::column::{Id, Instant};
use crate::sqlite::schema::{refresh_secrets, sessions};

/// A session as it is read.
#[derive(Queryable, Selectable)]
#[diesel(table_name = sessions, check_for_backend(Sqlite))]
pub(crate) struct SessionRow {
    id: Id,
    created_at: Instant,
    last_used_at: Instant,
    expires_at: Instant,
    user_agent: Option<String>,
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Self {
            id: SessionId::new(row.id.0),
            created_at: row.created_at.0,
            last_used_at: row.last_used_at.0,
            expires_at: row.expires_at.0,
            user_agent: row.user_agent,
        }
    }
}

/// Adds a session with its first secret.
pub(crate) fn insert_session(
    connection: &mut SqliteConnection,
    user: UserId,
    session: &NewSession,
) -> QueryResult<()> {
    diesel::insert_into(sessions::table)
        .values((
            sessions::user_id.eq(Id::from(user)),
            sessions::id.eq(Id::from(session.id)),
            sessions::created_at.eq(Instant(session.at)),
            sessions::last_used_at.eq(Instant(session.at)),
            sessions::expires_at.eq(Instant(session.expires_at)),
            sessions::user_agent.eq(session.user_agent.as_deref()),
        ))
        .execute(connection)?;
    insert_secret(connection, user, session.id, session.secret, session.at)
}

/// Adds the secret by which the session is refreshed next.
pub(crate) fn insert_secret(
    connection: &mut SqliteConnection,
    user: UserId,
    session: SessionId,
    secret: SecretHash,
    at: Timestamp,
) -> QueryResult<()> {
    diesel::insert_into(refresh_secrets::table)
        .values((
            refresh_secrets::user_id.eq(Id::from(user)),
            refresh_secrets::session_id.eq(Id::from(session)),
            refresh_secrets::secret_hash.eq(secret.as_bytes().as_slice()),
            refresh_secrets::created_at.eq(Instant(at)),
            refresh_secrets::spent_at.eq(None::<Instant>),
        ))
        .execute(connection)?;
    Ok(())
}

/// Ends every session of the user but `keep`.
pub(crate) fn delete_others(
    connection: &mut SqliteConnection,
    user: UserId,
    keep: Option<SessionId>,
) -> QueryResult<usize> {
    diesel::delete(sessions::table.filter(sessions::user_id.eq(Id::from(user))))
        .filter(sessions::id.nullable().is_not(keep.map(Id::from)))
        .execute(connection)
}
