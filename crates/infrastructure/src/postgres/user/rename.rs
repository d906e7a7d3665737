//! Renaming a user: load, let the domain decide, and store if nothing has changed since.

use diesel::prelude::*;
use diesel::query_dsl::methods;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::user::{Actor, Name, User};
use uuid::Uuid;

use super::row::{self, AdmittedUserRow};
use crate::postgres::connection::connections::Connections;
use crate::postgres::schema::users;

pub(super) async fn rename(
    connections: &Connections,
    actor: &Actor,
    name: Option<&Name>,
    at: Timestamp,
) -> Result<Option<User>, StoreError> {
    // Each attempt that fails means that another renaming, creation or erasure succeeded.
    loop {
        let (renamed, stored) = if let Some(user) = row::find(connections, actor.id).await? {
            let Some(renamed) = user.renamed(name, at) else {
                return Ok(Some(user));
            };
            let stored = update(connections, &user, name, at).await?;
            (renamed, stored)
        } else {
            let Some(admission) = actor.admission(at) else {
                return Ok(None);
            };
            let user = User {
                name: name.cloned(),
                ..admission.to_user()
            };
            let row = AdmittedUserRow::new(&user, &admission.profile.subject, at);
            let stored = admit(connections, &row).await?;
            (user, stored)
        };
        if stored {
            return Ok(Some(renamed));
        }
    }
}

/// False when the user is not as they were any more.
async fn update(
    connections: &Connections,
    user: &User,
    name: Option<&Name>,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let old_name = user.name.as_ref().map(Name::as_str);
    let unchanged = users::table
        .find(user.id.as_uuid())
        .filter(users::erased_at.is_null())
        .filter(users::name.is_not_distinct_from(old_name))
        .filter(
            users::updated_at
                .nullable()
                .eq(user.updated_at.map(Timestamp::as_datetime)),
        );
    let statement = diesel::update(unchanged)
        .set((
            users::name.eq(name.map(Name::as_str)),
            users::updated_at.eq(at.as_datetime()),
        ))
        .returning(users::id);
    let stored: Vec<Uuid> = connections.execute(&statement).await?;
    Ok(!stored.is_empty())
}

/// False when the user exists by now.
async fn admit(connections: &Connections, row: &AdmittedUserRow<'_>) -> Result<bool, StoreError> {
    let upsert = diesel::insert_into(users::table)
        .values(row)
        .on_conflict(users::id)
        .do_update()
        .set((row, users::version.eq(users::version + 1_i64)));
    let statement = methods::FilterDsl::filter(upsert, users::erased_at.is_not_null());
    let statement = statement.returning(users::id);
    let stored: Vec<Uuid> = connections.execute(&statement).await?;
    Ok(!stored.is_empty())
}
