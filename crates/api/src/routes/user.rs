//! The caller's profile, as several operations answer with it.

use serde::Serialize;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::service::AccessError;
use tasklane_domain::user::{Actor, Email, Name, User};
use utoipa::ToSchema;
use uuid::Uuid;

use super::text::Text;
use crate::error::ApiError;
use crate::operation::View;
use crate::schema;
use crate::state::AppState;

/// A user.
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserView<'a> {
    /// The user's id.
    #[schema(example = "0193a5c8-0000-7c4d-9f10-6b1a2c3d4e5f")]
    id: Uuid,
    /// The email address.
    #[schema(value_type = Option<schema::Email>, required, example = "ada@example.com")]
    email: Option<&'a str>,
    /// Whether the email address was verified: by a link that was sent there, or by the issuer.
    #[schema(example = true)]
    email_verified: bool,
    /// The display name.
    #[schema(value_type = Option<schema::Name>, required, example = "Ada")]
    name: Option<&'a str>,
    /// The alias of the issuer of the user's tokens; `local` for a local account.
    #[schema(example = "local")]
    issuer: &'a str,
    /// When the user was created; null for an issuer's user who has written nothing yet.
    #[schema(value_type = Option<schema::Instant>, required, example = "2026-11-20T21:04:05.123456Z")]
    created_at: Option<Text<Timestamp>>,
    /// When the profile last changed.
    #[schema(value_type = Option<schema::Instant>, required, example = "2026-11-20T21:04:05.123456Z")]
    updated_at: Option<Text<Timestamp>>,
}

impl View for User {
    type View<'a> = UserView<'a>;

    fn view(&self) -> UserView<'_> {
        UserView {
            id: self.id.as_uuid(),
            email: self.email.as_ref().map(Email::as_str),
            email_verified: self.email_verified,
            name: self.name.as_ref().map(Name::as_str),
            issuer: &self.issuer,
            created_at: self.created_at.map(Text),
            updated_at: self.updated_at.map(Text),
        }
    }
}

/// The profile of the user who acts.
///
/// # Errors
/// The user is gone, so the token counts as revoked; or the store cannot tell.
pub(super) async fn profile(state: &AppState, actor: &Actor) -> Result<User, ApiError> {
    known(state.users.profile(actor).await?)
}

/// A user who exists.
///
/// # Errors
/// The user is gone, so the token that names them counts as revoked.
pub(super) fn known(user: Option<User>) -> Result<User, ApiError> {
    user.ok_or(ApiError::Access(AccessError::Revoked))
}
