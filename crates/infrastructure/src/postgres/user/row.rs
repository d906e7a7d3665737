//! How a user lies in its table.

#![expect(clippy::ref_option_ref, reason = "diesel's derives borrow every field")]

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::{BoxError, StoreError};
use tasklane_domain::id::UserId;
use tasklane_domain::user::{Email, FederatedProfile, Name, User};
use uuid::Uuid;

use crate::postgres::connection::connections::Connections;
use crate::postgres::schema::users;

/// A user, as they are read.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
pub(crate) struct UserRow {
    id: Uuid,
    issuer: String,
    email: Option<String>,
    email_verified_at: Option<DateTime<Utc>>,
    name: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl UserRow {
    pub(crate) fn into_user(self) -> Result<User, StoreError> {
        self.parse()
            .map_err(|error| StoreError::corrupt("user", error))
    }

    fn parse(self) -> Result<User, BoxError> {
        Ok(User {
            id: UserId::new(self.id),
            issuer: self.issuer,
            email: self.email.as_deref().map(Email::parse).transpose()?,
            email_verified: self.email_verified_at.is_some(),
            name: self.name.as_deref().map(Name::parse).transpose()?,
            created_at: Some(Timestamp::new(self.created_at)),
            updated_at: Some(Timestamp::new(self.updated_at)),
        })
    }
}

/// The user, unless they do not exist or were erased.
pub(super) async fn find(
    connections: &Connections,
    id: UserId,
) -> Result<Option<User>, StoreError> {
    let query = users::table
        .filter(users::id.eq(id.as_uuid()))
        .filter(users::erased_at.is_null())
        .select(UserRow::as_select());
    let rows: Vec<UserRow> = connections.pipelined(&query).await?;
    rows.into_iter().next().map(UserRow::into_user).transpose()
}

/// What an issuer says of a user, as it is written.
#[derive(Debug)]
pub(crate) struct ProfileColumns {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) email: Option<String>,
    pub(crate) email_verified_at: Option<DateTime<Utc>>,
    pub(crate) name: Option<String>,
}

impl ProfileColumns {
    /// The profile of one who comes to exist, or back, at the instant `at`.
    pub(crate) fn new(profile: &FederatedProfile, at: DateTime<Utc>) -> Self {
        Self {
            issuer: profile.alias.clone(),
            subject: profile.subject.clone(),
            email: profile
                .email
                .as_ref()
                .map(|email| email.as_str().to_owned()),
            email_verified_at: profile.email_verified.then_some(at),
            name: profile.name.as_ref().map(|name| name.as_str().to_owned()),
        }
    }
}

/// A federated user who comes to exist, or comes back, with all that is known of them.
#[derive(Debug, Insertable, AsChangeset)]
#[diesel(table_name = users, treat_none_as_null = true)]
pub(crate) struct AdmittedUserRow<'a> {
    id: Uuid,
    issuer: &'a str,
    subject: &'a str,
    email: Option<&'a str>,
    email_verified_at: Option<DateTime<Utc>>,
    name: Option<&'a str>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    erased_at: Option<DateTime<Utc>>,
}

impl<'a> AdmittedUserRow<'a> {
    pub(crate) fn new(user: &'a User, subject: &'a str, at: Timestamp) -> Self {
        Self {
            id: user.id.as_uuid(),
            issuer: &user.issuer,
            subject,
            email: user.email.as_ref().map(Email::as_str),
            email_verified_at: user.email_verified.then(|| at.as_datetime()),
            name: user.name.as_ref().map(Name::as_str),
            created_at: at.as_datetime(),
            updated_at: at.as_datetime(),
            erased_at: None,
        }
    }
}
