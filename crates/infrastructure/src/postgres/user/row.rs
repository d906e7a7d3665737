//! How a user lies in its table.

use chrono::{DateTime, Utc};
use diesel::prelude::{Queryable, Selectable};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::{BoxError, StoreError};
use tasklane_domain::id::UserId;
use tasklane_domain::user::{Email, FederatedProfile, Name, User};
use uuid::Uuid;

use crate::postgres::schema::users;

/// A user, as they are read.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
pub(crate) struct UserRow {
    id: Uuid,
    issuer: String,
    email: Option<String>,
    name: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// The SQL types of a [`UserRow`], for statements that are written in SQL.
pub(crate) type UserColumns = diesel::dsl::SqlTypeOf<(
    users::id,
    users::issuer,
    users::email,
    users::name,
    users::created_at,
    users::updated_at,
)>;

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
            name: self.name.as_deref().map(Name::parse).transpose()?,
            created_at: Some(Timestamp::new(self.created_at)),
            updated_at: Some(Timestamp::new(self.updated_at)),
        })
    }
}

/// What an issuer says of a user, as it is written.
#[derive(Debug)]
pub(crate) struct ProfileColumns {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) email: Option<String>,
    pub(crate) name: Option<String>,
}

impl From<&FederatedProfile> for ProfileColumns {
    fn from(profile: &FederatedProfile) -> Self {
        Self {
            issuer: profile.alias.clone(),
            subject: profile.subject.clone(),
            email: profile
                .email
                .as_ref()
                .map(|email| email.as_str().to_owned()),
            name: profile.name.as_ref().map(|name| name.as_str().to_owned()),
        }
    }
}
