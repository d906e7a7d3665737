//! Refreshing a session: load, let the domain decide, and store if nothing has changed since.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::{Bytea, Timestamptz, Uuid as SqlUuid};
use tasklane_domain::error::StoreError;
use tasklane_domain::user::{Refresh, RefreshAttempt, Renewal, Rotation, StoredSession, User};
use uuid::Uuid;

use super::session_row::StoredSessionRow;
use crate::postgres::connection::connections::Connections;
use crate::postgres::connection::statement::{Prepared, Statement, Values};
use crate::postgres::schema::{sessions, spent_secrets, users};
use crate::postgres::user::row::UserRow;

/// A session, its user, and whether the secret that is presented is spent.
struct Loaded {
    session: StoredSession,
    user: User,
    is_spent: bool,
}

pub(super) async fn rotate(
    connections: &Connections,
    user: Uuid,
    session: Uuid,
    attempt: &RefreshAttempt,
) -> Result<Rotation, StoreError> {
    // An attempt that loses to another one finds another newest secret, and the old one never comes
    // back: there is no third round.
    loop {
        let Some(loaded) = load(connections, user, session, attempt).await? else {
            return Ok(Rotation::Unknown);
        };
        match loaded.session.refresh(attempt, loaded.is_spent) {
            Refresh::Renew(renewal) => {
                let renewal = RenewSession::new(user, attempt, &renewal);
                let renewed: Vec<Uuid> = connections.execute(&Prepared(&renewal)).await?;
                if !renewed.is_empty() {
                    return Ok(Rotation::Rotated(loaded.user));
                }
            }
            Refresh::Repeat => return Ok(Rotation::Repeated(loaded.user)),
            Refresh::End => {
                let statement = diesel::delete(sessions::table.find((user, session)));
                let statement = statement.returning(sessions::id);
                connections.execute::<_, Uuid>(&statement).await?;
                return Ok(Rotation::Reused);
            }
            Refresh::Refuse => return Ok(Rotation::Unknown),
        }
    }
}

async fn load(
    connections: &Connections,
    user: Uuid,
    session: Uuid,
    attempt: &RefreshAttempt,
) -> Result<Option<Loaded>, StoreError> {
    let spent = spent_secrets::table
        .filter(spent_secrets::user_id.eq(user))
        .filter(spent_secrets::session_id.eq(session))
        .filter(spent_secrets::secret_hash.eq(attempt.presented.as_bytes().to_vec()));
    let query = sessions::table
        .inner_join(users::table)
        .filter(sessions::user_id.eq(user))
        .filter(sessions::id.eq(session))
        .filter(users::erased_at.is_null())
        .select((
            StoredSessionRow::as_select(),
            UserRow::as_select(),
            exists(spent),
        ));
    let rows: Vec<(StoredSessionRow, UserRow, bool)> = connections.pipelined(&query).await?;
    let Some((session, user, is_spent)) = rows.into_iter().next() else {
        return Ok(None);
    };
    Ok(Some(Loaded {
        session: session.try_into()?,
        user: user.into_user()?,
        is_spent,
    }))
}

struct RenewSession {
    user: Uuid,
    session: Uuid,
    presented: Vec<u8>,
    newest: Vec<u8>,
    last_used_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    forget_spent_before: DateTime<Utc>,
}

impl RenewSession {
    fn new(user: Uuid, attempt: &RefreshAttempt, renewal: &Renewal) -> Self {
        let StoredSession {
            session, newest, ..
        } = &renewal.session;
        Self {
            user,
            session: session.id.as_uuid(),
            presented: attempt.presented.as_bytes().to_vec(),
            newest: newest.as_bytes().to_vec(),
            last_used_at: session.last_used_at.as_datetime(),
            expires_at: session.expires_at.as_datetime(),
            forget_spent_before: renewal.forget_spent_before.as_datetime(),
        }
    }
}

impl Statement for RenewSession {
    type Columns = SqlUuid;

    fn sql(&self) -> Cow<'static, str> {
        Cow::Borrowed(include_str!("sql/renew_session.sql"))
    }

    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
        values
            .push::<SqlUuid>(&self.user)?
            .push::<SqlUuid>(&self.session)?
            .push::<Bytea>(&self.presented)?
            .push::<Bytea>(&self.newest)?
            .push::<Timestamptz>(&self.last_used_at)?
            .push::<Timestamptz>(&self.expires_at)?
            .push::<Timestamptz>(&self.forget_spent_before)?;
        Ok(())
    }
}
