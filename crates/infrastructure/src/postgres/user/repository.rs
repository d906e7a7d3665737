use std::borrow::Cow;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable, Timestamptz, Uuid as SqlUuid};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::{SessionId, UserId};
use tasklane_domain::port::UserRepository;
use tasklane_domain::user::{AccessStatus, Actor, Name, User};
use uuid::Uuid;

use super::{access, erasure, rename, row};
use crate::postgres::PostgresStore;
use crate::postgres::connection::statement::{Prepared, Statement, Values};

#[async_trait]
impl UserRepository for PostgresStore {
    #[tracing::instrument(level = "debug", name = "db.user.find", skip_all)]
    async fn find(&self, id: UserId) -> Result<Option<User>, StoreError> {
        row::find(&self.connections, id).await
    }

    #[tracing::instrument(level = "debug", name = "db.user.rename", skip_all)]
    async fn rename(
        &self,
        actor: &Actor,
        name: Option<Name>,
        at: Timestamp,
    ) -> Result<Option<User>, StoreError> {
        rename::rename(&self.connections, actor, name.as_ref(), at).await
    }

    #[tracing::instrument(level = "debug", name = "db.user.erase", skip_all)]
    async fn erase(&self, actor: &Actor, at: Timestamp) -> Result<bool, StoreError> {
        erasure::erase(&self.connections, actor, at).await
    }

    #[tracing::instrument(level = "debug", name = "db.user.disable", skip_all)]
    async fn disable(&self, id: UserId, at: Timestamp) -> Result<bool, StoreError> {
        access::disable(&self.connections, id, at).await
    }

    #[tracing::instrument(level = "debug", name = "db.user.enable", skip_all)]
    async fn enable(&self, id: UserId) -> Result<bool, StoreError> {
        access::enable(&self.connections, id).await
    }

    #[tracing::instrument(level = "debug", name = "db.user.access_status", skip_all)]
    async fn access_status(
        &self,
        id: UserId,
        session: Option<SessionId>,
        now: Timestamp,
    ) -> Result<AccessStatus, StoreError> {
        let statement = FindAccessStatus {
            id: id.as_uuid(),
            session: session.map(SessionId::as_uuid),
            now: now.as_datetime(),
        };
        let rows: Vec<(bool, Option<DateTime<Utc>>, bool, bool)> =
            self.connections.pipelined(&Prepared(&statement)).await?;
        let access_status = |(exists, not_before, disabled, session_live)| {
            let not_before: Option<DateTime<Utc>> = not_before;
            AccessStatus {
                exists,
                not_before: not_before.map(Timestamp::new),
                disabled,
                session_live,
            }
        };
        Ok(rows
            .into_iter()
            .next()
            .map(access_status)
            .unwrap_or_default())
    }
}

struct FindAccessStatus {
    id: Uuid,
    session: Option<Uuid>,
    now: DateTime<Utc>,
}

impl Statement for FindAccessStatus {
    type Columns = (Bool, Nullable<Timestamptz>, Bool, Bool);

    fn sql(&self) -> Cow<'static, str> {
        Cow::Borrowed(include_str!("sql/find_access_status.sql"))
    }

    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
        values
            .push::<SqlUuid>(&self.id)?
            .push::<Nullable<SqlUuid>>(&self.session)?
            .push::<Timestamptz>(&self.now)?;
        Ok(())
    }
}
