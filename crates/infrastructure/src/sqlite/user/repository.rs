use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::{SessionId, UserId};
use tasklane_domain::port::UserRepository;
use tasklane_domain::user::{AccessStatus, Actor, LOCAL_ISSUER, Name, Origin, User};

use super::row::{Profile, admit_user, find_user, record_disabling, record_erasure};
use crate::sqlite::SqliteStore;
use crate::sqlite::account::session_row::delete_others;
use crate::sqlite::column::{Id, Instant};
use crate::sqlite::error::TxError;
use crate::sqlite::schema::{
    account_emails, account_links, accounts, known_addresses, sessions, tasks, users,
};

#[async_trait]
impl UserRepository for SqliteStore {
    #[tracing::instrument(level = "debug", name = "db.user.find", skip_all)]
    async fn find(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.readers()
            .look_up(move |connection| {
                Ok(find_user(connection, id)?.map(User::try_from).transpose()?)
            })
            .await
    }

    #[tracing::instrument(level = "debug", name = "db.user.rename", skip_all)]
    async fn rename(
        &self,
        actor: &Actor,
        name: Option<Name>,
        at: Timestamp,
    ) -> Result<Option<User>, StoreError> {
        let actor = actor.clone();
        self.writer()
            .run(move |connection| rename(connection, &actor, name.as_ref(), at))
            .await
    }

    #[tracing::instrument(level = "debug", name = "db.user.erase", skip_all)]
    async fn erase(&self, actor: &Actor, at: Timestamp) -> Result<bool, StoreError> {
        let actor = actor.clone();
        self.writer()
            .run(move |connection| erase(connection, &actor, at))
            .await
    }

    #[tracing::instrument(level = "debug", name = "db.user.disable", skip_all)]
    async fn disable(&self, id: UserId, at: Timestamp) -> Result<bool, StoreError> {
        self.writer()
            .run(move |connection| {
                delete_others(connection, id, None)?;
                Ok(record_disabling(connection, id, at)?)
            })
            .await
    }

    #[tracing::instrument(level = "debug", name = "db.user.enable", skip_all)]
    async fn enable(&self, id: UserId) -> Result<bool, StoreError> {
        self.writer()
            .run(move |connection| {
                let user = users::table.find(Id::from(id));
                let known = diesel::update(user)
                    .set(users::disabled_at.eq(None::<Instant>))
                    .execute(connection)?;
                Ok(known > 0)
            })
            .await
    }

    #[tracing::instrument(level = "debug", name = "db.user.access_status", skip_all)]
    async fn access_status(
        &self,
        id: UserId,
        session: Option<SessionId>,
        now: Timestamp,
    ) -> Result<AccessStatus, StoreError> {
        self.readers()
            .look_up(move |connection| Ok(find_access_status(connection, id, session, now)?))
            .await
    }
}

fn rename(
    connection: &mut SqliteConnection,
    actor: &Actor,
    name: Option<&Name>,
    at: Timestamp,
) -> Result<Option<User>, TxError> {
    let user = find_user(connection, actor.id)?
        .map(User::try_from)
        .transpose()?;
    if let Some(user) = user {
        let Some(renamed) = user.renamed(name, at) else {
            return Ok(Some(user));
        };
        diesel::update(users::table.find(Id::from(actor.id)))
            .set((
                users::name.eq(name.map(Name::as_str)),
                users::updated_at.eq(Instant(at)),
            ))
            .execute(connection)?;
        return Ok(Some(renamed));
    }
    let Some(admission) = actor.admission(at) else {
        return Ok(None);
    };
    let profile = Profile::of_admission(&admission).named(name);
    admit_user(connection, actor.id, &profile)?;
    Ok(Some(User {
        name: name.cloned(),
        ..admission.to_user()
    }))
}

/// Whether there was a user. A federated one who did not exist is recorded as erased all the same.
fn erase(connection: &mut SqliteConnection, actor: &Actor, at: Timestamp) -> Result<bool, TxError> {
    let user = find_user(connection, actor.id)?
        .map(User::try_from)
        .transpose()?;
    let issuer = match &actor.origin {
        Origin::Local if user.is_none() => return Ok(false),
        Origin::Local => LOCAL_ISSUER,
        Origin::Federated(issued) => issued.alias.as_str(),
    };
    let id = Id::from(actor.id);
    if let Some(email) = user.as_ref().and_then(|user| user.email.as_ref()) {
        // A federated user may have the address of somebody else's account.
        let own = account_emails::table
            .find(email.key())
            .filter(account_emails::user_id.eq(id));
        diesel::delete(own).execute(connection)?;
    }
    diesel::delete(accounts::table.find(id)).execute(connection)?;
    diesel::delete(account_links::table.filter(account_links::user_id.eq(id)))
        .execute(connection)?;
    diesel::delete(sessions::table.filter(sessions::user_id.eq(id))).execute(connection)?;
    diesel::delete(known_addresses::table.filter(known_addresses::user_id.eq(id)))
        .execute(connection)?;
    diesel::delete(tasks::table.filter(tasks::owner_id.eq(id))).execute(connection)?;
    record_erasure(connection, actor.id, issuer, at)?;
    Ok(user.is_some())
}

fn find_access_status(
    connection: &mut SqliteConnection,
    id: UserId,
    session: Option<SessionId>,
    now: Timestamp,
) -> QueryResult<AccessStatus> {
    let its_session = sessions::user_id
        .eq(users::id)
        .and(sessions::id.nullable().eq(session.map(Id::from)))
        .and(sessions::expires_at.gt(Instant(now)));
    let found = users::table
        .left_join(sessions::table.on(its_session))
        .filter(users::id.eq(Id::from(id)))
        .select((
            users::erased_at.is_null(),
            users::tokens_not_before,
            users::disabled_at.is_not_null(),
            sessions::id.nullable().is_not_null(),
        ))
        .get_result::<(bool, Option<Instant>, bool, bool)>(connection)
        .optional()?;
    let access_status = |(exists, not_before, disabled, session_live)| {
        let not_before: Option<Instant> = not_before;
        AccessStatus {
            exists,
            not_before: not_before.map(|Instant(at)| at),
            disabled,
            session_live,
        }
    };
    Ok(found.map(access_status).unwrap_or_default())
}
