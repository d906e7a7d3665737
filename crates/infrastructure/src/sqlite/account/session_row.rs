//! How a session and the addresses of its user lie in their tables.

use diesel::prelude::*;
use diesel::sqlite::{Sqlite, SqliteConnection};
use tasklane_domain::error::StoreError;
use tasklane_domain::id::{SessionId, UserId};
use tasklane_domain::user::{
    AddressHash, KnownAddress, NewSession, SecretHash, Session, StoredSession,
};

use crate::sqlite::column::{Id, Instant};
use crate::sqlite::schema::{known_addresses, sessions};

/// A session, as its user sees it.
#[derive(Queryable, Selectable)]
#[diesel(table_name = sessions, check_for_backend(Sqlite))]
pub(super) struct SessionRow {
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

/// A session with its secrets.
#[derive(Queryable, Selectable)]
#[diesel(table_name = sessions, check_for_backend(Sqlite))]
pub(super) struct StoredSessionRow {
    #[diesel(embed)]
    session: SessionRow,
    secret_hash: Vec<u8>,
    previous_secret_hash: Option<Vec<u8>>,
}

impl TryFrom<StoredSessionRow> for StoredSession {
    type Error = StoreError;

    fn try_from(row: StoredSessionRow) -> Result<Self, StoreError> {
        let secret = |bytes| hash("session", bytes).map(SecretHash::from_bytes);
        Ok(Self {
            session: row.session.into(),
            newest: secret(row.secret_hash)?,
            previous: row.previous_secret_hash.map(secret).transpose()?,
        })
    }
}

/// An address from which a user has signed in.
#[derive(Queryable, Selectable)]
#[diesel(table_name = known_addresses, check_for_backend(Sqlite))]
pub(super) struct KnownAddressRow {
    address_hash: Vec<u8>,
    seen_at: Instant,
}

impl TryFrom<KnownAddressRow> for KnownAddress {
    type Error = StoreError;

    fn try_from(row: KnownAddressRow) -> Result<Self, StoreError> {
        Ok(Self {
            hash: AddressHash::from_bytes(hash("known address", row.address_hash)?),
            seen_at: row.seen_at.0,
        })
    }
}

fn hash(what: &'static str, bytes: Vec<u8>) -> Result<[u8; 32], StoreError> {
    bytes
        .try_into()
        .map_err(|_| StoreError::corrupt(what, "a hash that is not 32 bytes long"))
}

/// Adds a session and the address that it names.
pub(super) fn insert_session(
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
            sessions::secret_hash.eq(session.secret.as_bytes().as_slice()),
        ))
        .execute(connection)?;
    let Some(known) = session.known_address() else {
        return Ok(());
    };
    diesel::replace_into(known_addresses::table)
        .values((
            known_addresses::user_id.eq(Id::from(user)),
            known_addresses::address_hash.eq(known.hash.as_bytes().as_slice()),
            known_addresses::seen_at.eq(Instant(known.seen_at)),
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
