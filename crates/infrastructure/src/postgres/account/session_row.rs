//! How a session and the addresses of its user lie in their tables.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::{BoxError, StoreError};
use tasklane_domain::id::SessionId;
use tasklane_domain::user::{
    AddressHash, KnownAddress, NewSession, SecretHash, Session, StoredSession,
};
use uuid::Uuid;

use crate::postgres::schema::{known_addresses, sessions};

/// A session, as its user sees it.
#[derive(Queryable, Selectable)]
#[diesel(table_name = sessions, check_for_backend(Pg))]
pub(super) struct SessionRow {
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

/// A session with its secrets.
#[derive(Queryable, Selectable)]
#[diesel(table_name = sessions, check_for_backend(Pg))]
pub(super) struct StoredSessionRow {
    #[diesel(embed)]
    session: SessionRow,
    secret_hash: Vec<u8>,
    previous_secret_hash: Option<Vec<u8>>,
}

impl TryFrom<StoredSessionRow> for StoredSession {
    type Error = StoreError;

    fn try_from(row: StoredSessionRow) -> Result<Self, StoreError> {
        let secret = |bytes| hash(bytes).map(SecretHash::from_bytes);
        let corrupt = |error| StoreError::corrupt("session", error);
        Ok(Self {
            session: row.session.into(),
            newest: secret(row.secret_hash).map_err(corrupt)?,
            previous: row
                .previous_secret_hash
                .map(secret)
                .transpose()
                .map_err(corrupt)?,
        })
    }
}

/// An address from which a user has signed in.
#[derive(Queryable, Selectable)]
#[diesel(table_name = known_addresses, check_for_backend(Pg))]
pub(super) struct KnownAddressRow {
    address_hash: Vec<u8>,
    seen_at: DateTime<Utc>,
}

impl TryFrom<KnownAddressRow> for KnownAddress {
    type Error = BoxError;

    fn try_from(row: KnownAddressRow) -> Result<Self, BoxError> {
        Ok(Self {
            hash: AddressHash::from_bytes(hash(row.address_hash)?),
            seen_at: Timestamp::new(row.seen_at),
        })
    }
}

fn hash(bytes: Vec<u8>) -> Result<[u8; 32], BoxError> {
    bytes
        .try_into()
        .map_err(|_| BoxError::from("a hash that is not 32 bytes long"))
}

/// Adds a session and the address that it names.
pub(super) async fn insert(
    connection: &mut AsyncPgConnection,
    user: Uuid,
    session: &NewSession,
) -> QueryResult<()> {
    let at = session.at.as_datetime();
    diesel::insert_into(sessions::table)
        .values((
            sessions::user_id.eq(user),
            sessions::id.eq(session.id.as_uuid()),
            sessions::created_at.eq(at),
            sessions::last_used_at.eq(at),
            sessions::expires_at.eq(session.expires_at.as_datetime()),
            sessions::user_agent.eq(session.user_agent.as_deref()),
            sessions::secret_hash.eq(session.secret.as_bytes().as_slice()),
        ))
        .execute(connection)
        .await?;
    let Some(known) = session.known_address() else {
        return Ok(());
    };
    diesel::insert_into(known_addresses::table)
        .values((
            known_addresses::user_id.eq(user),
            known_addresses::address_hash.eq(known.hash.as_bytes().as_slice()),
            known_addresses::seen_at.eq(known.seen_at.as_datetime()),
        ))
        .on_conflict((known_addresses::user_id, known_addresses::address_hash))
        .do_update()
        .set(known_addresses::seen_at.eq(known.seen_at.as_datetime()))
        .execute(connection)
        .await?;
    Ok(())
}
