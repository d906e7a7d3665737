//! Refreshing a session: load, let the domain decide, and store.

use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::{SessionId, UserId};
use tasklane_domain::user::{
    Refresh, RefreshAttempt, Renewal, Rotation, SecretHash, StoredSession, User,
};

use super::session_row::StoredSessionRow;
use crate::sqlite::column::{Id, Instant};
use crate::sqlite::error::TxError;
use crate::sqlite::schema::{sessions, spent_secrets};
use crate::sqlite::user::row::find_user;

pub(super) fn rotate(
    connection: &mut SqliteConnection,
    user: UserId,
    session: SessionId,
    attempt: &RefreshAttempt,
) -> Result<Rotation, TxError> {
    let Some(row) = find_user(connection, user)? else {
        return Ok(Rotation::Unknown);
    };
    let key = (Id::from(user), Id::from(session));
    let Some(stored) = find(connection, key)? else {
        return Ok(Rotation::Unknown);
    };
    let is_spent = is_spent(connection, key, attempt.presented)?;
    Ok(match stored.refresh(attempt, is_spent) {
        Refresh::Renew(renewal) => {
            renew(connection, key, attempt, &renewal)?;
            Rotation::Rotated(User::try_from(row)?)
        }
        Refresh::Repeat => Rotation::Repeated(User::try_from(row)?),
        Refresh::End => {
            diesel::delete(sessions::table.find(key)).execute(connection)?;
            Rotation::Reused
        }
        Refresh::Refuse => Rotation::Unknown,
    })
}

fn find(
    connection: &mut SqliteConnection,
    key: (Id, Id),
) -> Result<Option<StoredSession>, TxError> {
    let row: Option<StoredSessionRow> = sessions::table
        .find(key)
        .select(StoredSessionRow::as_select())
        .get_result(connection)
        .optional()?;
    let stored: Option<Result<StoredSession, StoreError>> = row.map(StoredSession::try_from);
    Ok(stored.transpose()?)
}

fn is_spent(
    connection: &mut SqliteConnection,
    (user, session): (Id, Id),
    secret: SecretHash,
) -> QueryResult<bool> {
    let spent = spent_secrets::table
        .find((user, session, secret.as_bytes().as_slice()))
        .select(spent_secrets::session_id)
        .get_result::<Id>(connection)
        .optional()?;
    Ok(spent.is_some())
}

fn renew(
    connection: &mut SqliteConnection,
    key: (Id, Id),
    attempt: &RefreshAttempt,
    renewal: &Renewal,
) -> QueryResult<()> {
    let (user, session) = key;
    let presented = attempt.presented.as_bytes().as_slice();
    let renewed = &renewal.session;
    diesel::update(sessions::table.find(key))
        .set((
            sessions::secret_hash.eq(renewed.newest.as_bytes().as_slice()),
            sessions::previous_secret_hash.eq(Some(presented)),
            sessions::last_used_at.eq(Instant(renewed.session.last_used_at)),
            sessions::expires_at.eq(Instant(renewed.session.expires_at)),
        ))
        .execute(connection)?;
    diesel::delete(spent_secrets::table)
        .filter(spent_secrets::user_id.eq(user))
        .filter(spent_secrets::session_id.eq(session))
        .filter(spent_secrets::spent_at.lt(Instant(renewal.forget_spent_before)))
        .execute(connection)?;
    diesel::insert_into(spent_secrets::table)
        .values((
            spent_secrets::user_id.eq(user),
            spent_secrets::session_id.eq(session),
            spent_secrets::secret_hash.eq(presented),
            spent_secrets::spent_at.eq(Instant(attempt.at)),
        ))
        .execute(connection)?;
    Ok(())
}
