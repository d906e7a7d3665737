//! Erasing a user.

use chrono::{DateTime, Utc};
use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::user::{Actor, Email, Origin};
use uuid::Uuid;

use crate::postgres::connection::connections::{Connections, Work};
use crate::postgres::error::PgError;
use crate::postgres::schema::{
    account_emails, account_links, accounts, known_addresses, sessions, tasks, users,
};

pub(crate) async fn erase(
    connections: &Connections,
    actor: &Actor,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let erasure = Erasure {
        actor: actor.clone(),
        at,
    };
    connections
        .transaction(erasure)
        .await
        .map_err(|Stop(error)| error)
}

/// One transaction rather than one statement: the statement would not see what a write that it has
/// to wait for leaves behind.
#[derive(Clone)]
struct Erasure {
    actor: Actor,
    at: Timestamp,
}

struct Stop(StoreError);

impl From<PgError> for Stop {
    fn from(failure: PgError) -> Self {
        Self(failure.into())
    }
}

impl From<diesel::result::Error> for Stop {
    fn from(error: diesel::result::Error) -> Self {
        PgError::from(error).into()
    }
}

impl Work for Erasure {
    type Output = bool;
    type Error = Stop;

    async fn run(self, connection: &mut AsyncPgConnection) -> Result<bool, Stop> {
        let id = self.actor.id.as_uuid();
        if let Origin::Federated(profile) = &self.actor.origin {
            self.create_record(&profile.alias, connection).await?;
        }
        let Some((exists, email)) = lock(id, connection).await? else {
            return Ok(false);
        };
        if !exists && self.actor.origin == Origin::Local {
            return Ok(false);
        }
        delete_what_is_owned(id, email.as_deref(), connection).await?;
        self.mark_erased(connection).await?;
        Ok(exists)
    }
}

impl Erasure {
    /// Makes the record of an erased user, if nothing is known of an issuer's user.
    async fn create_record(
        &self,
        issuer: &str,
        connection: &mut AsyncPgConnection,
    ) -> QueryResult<usize> {
        let at = self.at.as_datetime();
        diesel::insert_into(users::table)
            .values((
                users::id.eq(self.actor.id.as_uuid()),
                users::issuer.eq(issuer),
                users::created_at.eq(at),
                users::updated_at.eq(at),
                users::tokens_not_before.eq(at),
                users::erased_at.eq(at),
            ))
            .on_conflict_do_nothing()
            .execute(connection)
            .await
    }

    async fn mark_erased(&self, connection: &mut AsyncPgConnection) -> QueryResult<()> {
        let at = self.at.as_datetime();
        diesel::update(users::table.find(self.actor.id.as_uuid()))
            .set((
                users::version.eq(users::version + 1_i64),
                users::revision.eq(counted_on()),
                users::purge_horizon.eq(counted_on()),
                users::open_tasks.eq(0),
                users::items.eq(0),
                users::bytes.eq(0),
                users::subject.eq(None::<String>),
                users::email.eq(None::<String>),
                users::email_verified_at.eq(None::<DateTime<Utc>>),
                users::name.eq(None::<String>),
                users::updated_at.eq(at),
                users::tokens_not_before.eq(greatest(users::tokens_not_before, at)),
                users::erased_at.eq(at),
            ))
            .execute(connection)
            .await?;
        Ok(())
    }
}

diesel::define_sql_function! {
    /// The greater of the two that are not null.
    fn greatest(
        a: Nullable<Timestamptz>,
        b: Nullable<Timestamptz>,
    ) -> Nullable<Timestamptz>;
}

/// Locks the user, so that neither a task nor a session is added any more; whether they exist and
/// are not erased, and their address.
async fn lock(
    id: Uuid,
    connection: &mut AsyncPgConnection,
) -> QueryResult<Option<(bool, Option<String>)>> {
    let query = users::table
        .find(id)
        .select((users::erased_at.is_null(), users::email))
        .for_update();
    query.first(connection).await.optional()
}

async fn delete_what_is_owned(
    id: Uuid,
    email: Option<&str>,
    connection: &mut AsyncPgConnection,
) -> QueryResult<()> {
    diesel::delete(tasks::table.filter(tasks::owner_id.eq(id)))
        .execute(connection)
        .await?;
    diesel::delete(known_addresses::table.filter(known_addresses::user_id.eq(id)))
        .execute(connection)
        .await?;
    // Their refresh secrets go with them.
    diesel::delete(sessions::table.filter(sessions::user_id.eq(id)))
        .execute(connection)
        .await?;
    diesel::delete(account_links::table.filter(account_links::user_id.eq(id)))
        .execute(connection)
        .await?;
    diesel::delete(accounts::table.find(id))
        .execute(connection)
        .await?;
    if let Some(email) = email.and_then(|email| Email::parse(email).ok()) {
        let address = account_emails::table.find(email.key());
        diesel::delete(address.filter(account_emails::user_id.eq(id)))
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// The user's revision after an erasure: one more, so that whatever was known of the tasks that are
/// gone is outdated, unless they were gone already.
#[diesel::dsl::auto_type]
fn counted_on() -> _ {
    case_when(users::erased_at.is_null(), users::revision + 1_i64).otherwise(users::revision)
}
