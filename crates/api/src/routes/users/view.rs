use serde::Serialize;
use tasklane_domain::user::{Email, Name, User};
use utoipa::ToSchema;
use uuid::Uuid;

/// A user as clients see them.
#[derive(Serialize)]
pub struct UserView<'a> {
    id: Uuid,
    email: Option<&'a str>,
    name: Option<&'a str>,
    issuer: &'a str,
    created_at: Option<String>,
    updated_at: Option<String>,
}

impl<'a> From<&'a User> for UserView<'a> {
    fn from(user: &'a User) -> Self {
        Self {
            id: user.id.as_uuid(),
            email: user.email.as_ref().map(Email::as_str),
            name: user.name.as_ref().map(Name::as_str),
            issuer: &user.issuer,
            created_at: user.created_at.map(|instant| instant.to_string()),
            updated_at: user.updated_at.map(|instant| instant.to_string()),
        }
    }
}

/// Somebody who owns tasks.
#[derive(ToSchema)]
#[schema(as = User)]
#[expect(
    dead_code,
    reason = "describes in the OpenAPI document what UserView serialises to"
)]
pub struct UserSchema {
    /// Their id.
    #[schema(example = "0193a5c8-0000-7c4d-9f10-6b1a2c3d4e5f")]
    id: Uuid,
    /// Where to reach them.
    #[schema(required = true, example = "ada@example.com")]
    email: Option<String>,
    /// How they want to be called.
    #[schema(required = true, example = "Ada")]
    name: Option<String>,
    /// The alias of the issuer that vouches for them; `local` for a local account.
    #[schema(example = "local")]
    issuer: String,
    /// When they came to be; null for an issuer's user who has written nothing yet.
    #[schema(required = true, format = DateTime)]
    created_at: Option<String>,
    /// When their profile last changed.
    #[schema(required = true, format = DateTime)]
    updated_at: Option<String>,
}
