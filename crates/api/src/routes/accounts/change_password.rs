use deserr::Deserr;
use utoipa::ToSchema;

use super::password::NewPassword;
use crate::error::ApiError;
use crate::extract::{Authenticated, Body, FieldErrors};
use crate::operation::{NoContent, Operation, Route, State, Tag};
use crate::problem::ProblemCode;
use crate::rate_limit::AuthLimit;
use crate::routes::password_text::PasswordText;
use crate::schema;

/// A change of password.
#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(super) struct PasswordChange {
    /// The current password.
    #[schema(value_type = schema::Password)]
    current_password: PasswordText,
    /// The new password: 8 to 128 characters of any kind; neither the email nor one of the thousand
    /// most common.
    #[schema(value_type = schema::NewPassword, example = "another good phrase")]
    new_password: NewPassword,
}

pub(super) struct ChangePassword;

impl Operation for ChangePassword {
    const ROUTE: Route = Route::put("/api/auth/password");
    const ID: &'static str = "change_password";
    const TAG: Tag = Tag::Accounts;
    const SUMMARY: &'static str = "Change the account's password";
    const DESCRIPTION: &'static str =
        "Ends all other sessions. A caller without a local account has no password: 404.";
    const ANSWER: &'static str = "The new password is in force";
    const REFUSALS: &'static [ProblemCode] = &[ProblemCode::NotFound];

    type Input = (AuthLimit, Authenticated<Body<PasswordChange>>);
    type Output = NoContent;

    async fn call(
        state: State,
        (limit, Authenticated(caller, Body(body))): Self::Input,
    ) -> Result<Self::Output, ApiError> {
        let user = state.users.profile(caller.actor()).await?;
        let user = user.ok_or(ApiError::NotFound)?;
        let new = body
            .new_password
            .check_against(user.email.as_ref())
            .map_err(|violation| ApiError::field("/new_password", violation))?;
        let attempt = body.current_password.attempt();
        let (session, client) = (caller.0.session, limit.client(None));
        state
            .accounts
            .change_password(caller.id(), attempt, &new, session, client)
            .await?;
        Ok(NoContent)
    }
}
