//! Shutting a user out, and letting them in again.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::UserId;
use uuid::Uuid;

use super::erasure::greatest;
use crate::postgres::connection::connections::{Connections, Work};
use crate::postgres::error::PgError;
use crate::postgres::schema::{sessions, users};

pub(crate) async fn disable(
    connections: &Connections,
    user: UserId,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let disabling = Disabling {
        user: user.as_uuid(),
        at: at.as_datetime(),
    };
    Ok(connections.transaction(disabling).await?)
}

pub(crate) async fn enable(connections: &Connections, user: UserId) -> Result<bool, StoreError> {
    let statement = diesel::update(users::table.find(user.as_uuid()))
        .set(users::disabled_at.eq(None::<DateTime<Utc>>))
        .returning(users::id);
    let known: Vec<Uuid> = connections.execute(&statement).await?;
    Ok(!known.is_empty())
}

/// One transaction rather than one statement: the statement would not see a session that began while
/// it waited for the user's row.
#[derive(Clone)]
struct Disabling {
    user: Uuid,
    at: DateTime<Utc>,
}

impl Work for Disabling {
    type Output = bool;
    type Error = PgError;

    async fn run(self, connection: &mut AsyncPgConnection) -> Result<bool, PgError> {
        let user = users::table.find(self.user);
        // The strongest lock: a sign-in takes the weakest one, and neither may overlook the other.
        let locked = user.select(users::id).for_update();
        let known: Option<Uuid> = locked.first(connection).await.optional()?;
        if known.is_none() {
            return Ok(false);
        }
        // Their refresh secrets go with them.
        diesel::delete(sessions::table.filter(sessions::user_id.eq(self.user)))
            .execute(connection)
            .await?;
        diesel::update(user)
            .set((
                users::version.eq(users::version + 1_i64),
                users::disabled_at.eq(self.at),
                users::tokens_not_before.eq(greatest(users::tokens_not_before, self.at)),
            ))
            .execute(connection)
            .await?;
        Ok(true)
    }
}
