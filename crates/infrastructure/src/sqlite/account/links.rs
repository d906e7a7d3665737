//! What is done by links that are sent to an account's address.

use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use tasklane_domain::id::UserId;
use tasklane_domain::user::{LinkPurpose, LinkUse, NewLink, PasswordHash};

use super::session_row::delete_others;
use crate::sqlite::column::{Id, Instant};
use crate::sqlite::error::TxError;
use crate::sqlite::schema::{account_links, accounts, users};
use crate::sqlite::user::row::may_sign_in;

/// False when the user has no account, or is disabled.
pub(super) fn keep(
    connection: &mut SqliteConnection,
    user: UserId,
    link: &NewLink,
) -> QueryResult<bool> {
    let account = accounts::table
        .find(Id::from(user))
        .select(accounts::user_id);
    let account = account.get_result::<Id>(connection).optional()?;
    if account.is_none() || !may_sign_in(connection, user)? {
        return Ok(false);
    }
    diesel::replace_into(account_links::table)
        .values((
            account_links::user_id.eq(Id::from(user)),
            account_links::purpose.eq(link.purpose.as_str()),
            account_links::secret_hash.eq(link.secret.as_bytes().as_slice()),
            account_links::expires_at.eq(Instant(link.expires_at)),
        ))
        .execute(connection)?;
    Ok(true)
}

/// Whether a link may be used, which changes nothing.
pub(super) fn is_good(
    connection: &mut SqliteConnection,
    user: UserId,
    purpose: LinkPurpose,
    attempt: &LinkUse,
) -> Result<bool, TxError> {
    let good = account_links::table
        .find((Id::from(user), purpose.as_str()))
        .filter(account_links::secret_hash.eq(attempt.secret.as_bytes().as_slice()))
        .filter(account_links::expires_at.gt(Instant(attempt.at)))
        .select(account_links::user_id);
    let good = good.get_result::<Id>(connection).optional()?;
    Ok(good.is_some() && may_sign_in(connection, user)?)
}

pub(super) fn remove(
    connection: &mut SqliteConnection,
    user: UserId,
    purpose: LinkPurpose,
) -> QueryResult<usize> {
    diesel::delete(account_links::table.find((Id::from(user), purpose.as_str())))
        .execute(connection)
}

pub(super) fn reset_password(
    connection: &mut SqliteConnection,
    user: UserId,
    attempt: &LinkUse,
    new: &PasswordHash,
) -> Result<bool, TxError> {
    if !use_up(connection, user, LinkPurpose::PasswordReset, attempt)? {
        return Ok(false);
    }
    diesel::update(accounts::table.find(Id::from(user)))
        .set((
            accounts::password_hash.eq(new.expose()),
            accounts::updated_at.eq(Instant(attempt.at)),
        ))
        .execute(connection)?;
    delete_others(connection, user, None)?;
    Ok(true)
}

pub(super) fn verify_email(
    connection: &mut SqliteConnection,
    user: UserId,
    attempt: &LinkUse,
) -> Result<bool, TxError> {
    use_up(connection, user, LinkPurpose::EmailVerification, attempt)
}

/// Takes a good link, which verifies the address that it was sent to.
fn use_up(
    connection: &mut SqliteConnection,
    user: UserId,
    purpose: LinkPurpose,
    attempt: &LinkUse,
) -> Result<bool, TxError> {
    if !is_good(connection, user, purpose, attempt)? {
        return Ok(false);
    }
    remove(connection, user, purpose)?;
    let unverified = users::table.find(Id::from(user));
    diesel::update(unverified.filter(users::email_verified_at.is_null()))
        .set((
            users::email_verified_at.eq(Some(Instant(attempt.at))),
            users::updated_at.eq(Instant(attempt.at)),
        ))
        .execute(connection)?;
    Ok(true)
}
