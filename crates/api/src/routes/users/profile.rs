use tasklane_domain::service::AccessError;
use tasklane_domain::user::{Actor, User};

use crate::error::ApiError;
use crate::state::AppState;

/// The owner's profile.
///
/// # Errors
/// The owner is gone, so their token counts as revoked; the store's.
pub async fn profile(state: &AppState, owner: &Actor) -> Result<User, ApiError> {
    known(state.users.profile(owner).await?)
}

/// A user who is there.
///
/// # Errors
/// They are gone, so the token that named them counts as revoked.
pub(super) fn known(user: Option<User>) -> Result<User, ApiError> {
    user.ok_or(ApiError::Access(AccessError::Revoked))
}
