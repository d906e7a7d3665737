use deserr::Deserr;
use utoipa::ToSchema;

use super::link_token::LinkTokenText;
use super::password::NewPassword;
use crate::error::ApiError;
use crate::extract::{Body, FieldErrors, OPEN_BODY_LIMIT};
use crate::operation::{NoContent, Operation, Route, State, Tag};
use crate::problem::ProblemCode;
use crate::rate_limit::AuthLimit;
use crate::schema;

/// A new password in the place of a forgotten one.
#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(super) struct PasswordReset {
    /// The link's parameter `token`.
    #[schema(value_type = schema::LinkToken)]
    token: LinkTokenText,
    /// The new password: 8 to 128 characters of any kind; neither the email nor one of the thousand
    /// most common.
    #[schema(value_type = schema::NewPassword, example = "another good phrase")]
    new_password: NewPassword,
}

pub(super) struct ResetPassword;

impl Operation for ResetPassword {
    const ROUTE: Route = Route::post("/api/auth/password/reset");
    const ID: &'static str = "reset_password";
    const TAG: Tag = Tag::Accounts;
    const SUMMARY: &'static str = "Set a new password by a link";
    const DESCRIPTION: &'static str = "Ends all sessions, and marks the email address as verified. \
        The link works once; a password that is refused does not use it up.";
    const ANSWER: &'static str = "The new password is in force";
    const REFUSALS: &'static [ProblemCode] = &[ProblemCode::InvalidResetToken];

    type Input = (AuthLimit, Body<PasswordReset, OPEN_BODY_LIMIT>);
    type Output = NoContent;

    async fn call(
        state: State,
        (limit, Body(body)): Self::Input,
    ) -> Result<Self::Output, ApiError> {
        let token = body.token.parse()?;
        let user = state.accounts.user_of_reset_link(&token).await?;
        let new = body
            .new_password
            .check_against(user.email.as_ref())
            .map_err(|violation| ApiError::field("/new_password", violation))?;
        let client = limit.client(None);
        state.accounts.reset_password(&token, &new, client).await?;
        Ok(NoContent)
    }
}
