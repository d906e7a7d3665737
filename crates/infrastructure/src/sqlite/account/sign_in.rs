//! Beginning a session.

use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use tasklane_domain::id::UserId;
use tasklane_domain::user::{Displaced, KnownAddress, NewSession, PasswordHash, Session};

use super::session_row::{KnownAddressRow, SessionRow, insert_session};
use crate::sqlite::column::Id;
use crate::sqlite::error::TxError;
use crate::sqlite::schema::{accounts, known_addresses, sessions};
use crate::sqlite::user::row::may_sign_in;

/// False when the user may not sign in, or not under that hash of a password any more.
pub(super) fn open(
    connection: &mut SqliteConnection,
    user: UserId,
    session: &NewSession,
    under: Option<&PasswordHash>,
) -> Result<bool, TxError> {
    if !may_sign_in(connection, user)? || !is_current(connection, user, under)? {
        return Ok(false);
    }
    let sessions = load_sessions(connection, user)?;
    let addresses = load_addresses(connection, user)?;
    remove(connection, user, session.displaces(&sessions, &addresses))?;
    insert_session(connection, user, session)?;
    Ok(true)
}

fn is_current(
    connection: &mut SqliteConnection,
    user: UserId,
    under: Option<&PasswordHash>,
) -> QueryResult<bool> {
    let Some(under) = under else { return Ok(true) };
    let hash = accounts::table
        .find(Id::from(user))
        .select(accounts::password_hash)
        .get_result::<String>(connection)
        .optional()?;
    Ok(hash.is_some_and(|hash| hash == under.expose()))
}

fn load_sessions(connection: &mut SqliteConnection, user: UserId) -> QueryResult<Vec<Session>> {
    let rows: Vec<SessionRow> = sessions::table
        .filter(sessions::user_id.eq(Id::from(user)))
        .select(SessionRow::as_select())
        .load(connection)?;
    Ok(rows.into_iter().map(Session::from).collect())
}

fn load_addresses(
    connection: &mut SqliteConnection,
    user: UserId,
) -> Result<Vec<KnownAddress>, TxError> {
    let rows: Vec<KnownAddressRow> = known_addresses::table
        .filter(known_addresses::user_id.eq(Id::from(user)))
        .select(KnownAddressRow::as_select())
        .load(connection)?;
    let addresses: Result<_, _> = rows.into_iter().map(KnownAddress::try_from).collect();
    Ok(addresses?)
}

fn remove(
    connection: &mut SqliteConnection,
    user: UserId,
    displaced: Displaced,
) -> QueryResult<()> {
    for session in displaced.sessions {
        diesel::delete(sessions::table.find((Id::from(user), Id::from(session))))
            .execute(connection)?;
    }
    for address in displaced.addresses {
        let hash = address.as_bytes().as_slice();
        diesel::delete(known_addresses::table.find((Id::from(user), hash))).execute(connection)?;
    }
    Ok(())
}
