use std::borrow::Cow;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::{SessionId, UserId};
use tasklane_domain::port::UserRepository;
use tasklane_domain::user::{AccessStatus, Actor, Name, Origin, User};
use uuid::Uuid;

use super::row::{ProfileColumns, UserColumns, UserRow};
use super::{access, erasure};
use crate::postgres::PostgresStore;
use crate::postgres::connection::statement::{Prepared, Statement, Values};
use crate::postgres::schema::users;

#[async_trait]
impl UserRepository for PostgresStore {
    #[tracing::instrument(level = "debug", name = "db.user.find", skip_all)]
    async fn find(&self, id: UserId) -> Result<Option<User>, StoreError> {
        let query = users::table
            .filter(users::id.eq(id.as_uuid()))
            .filter(users::erased_at.is_null())
            .select(UserRow::as_select());
        let rows: Vec<UserRow> = self.connections.pipelined(&query).await?;
        rows.into_iter().next().map(UserRow::into_user).transpose()
    }

    #[tracing::instrument(level = "debug", name = "db.user.rename", skip_all)]
    async fn rename(
        &self,
        actor: &Actor,
        name: Option<Name>,
        at: Timestamp,
    ) -> Result<Option<User>, StoreError> {
        let local = RenameLocalUser {
            id: actor.id.as_uuid(),
            name: name.map(|name| name.as_str().to_owned()),
            at: at.as_datetime(),
        };
        let rows: Vec<UserRow> = match &actor.origin {
            Origin::Local => self.connections.execute(&Prepared(&local)).await?,
            Origin::Federated(profile) => {
                let issued = RenameFederatedUser {
                    local,
                    profile: profile.into(),
                };
                self.connections.execute(&Prepared(&issued)).await?
            }
        };
        rows.into_iter().next().map(UserRow::into_user).transpose()
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
        let statement = FindStanding {
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

struct RenameLocalUser {
    id: Uuid,
    name: Option<String>,
    at: DateTime<Utc>,
}

impl Statement for RenameLocalUser {
    type Columns = UserColumns;

    fn sql(&self) -> Cow<'static, str> {
        Cow::Borrowed(include_str!("sql/rename_local_user.sql"))
    }

    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
        values
            .push::<SqlUuid>(&self.id)?
            .push::<Nullable<Text>>(&self.name)?
            .push::<Timestamptz>(&self.at)?;
        Ok(())
    }
}

struct RenameFederatedUser {
    local: RenameLocalUser,
    profile: ProfileColumns,
}

impl Statement for RenameFederatedUser {
    type Columns = UserColumns;

    fn sql(&self) -> Cow<'static, str> {
        Cow::Borrowed(include_str!("sql/rename_federated_user.sql"))
    }

    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
        self.local.bind(values)?;
        values
            .push::<Text>(&self.profile.issuer)?
            .push::<Text>(&self.profile.subject)?
            .push::<Nullable<Text>>(&self.profile.email)?;
        Ok(())
    }
}

struct FindStanding {
    id: Uuid,
    session: Option<Uuid>,
    now: DateTime<Utc>,
}

impl Statement for FindStanding {
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
