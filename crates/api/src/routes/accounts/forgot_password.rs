use deserr::Deserr;
use tasklane_domain::user::Email;
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::extract::{Body, FieldErrors, OPEN_BODY_LIMIT};
use crate::operation::{Accepted, Operation, Route, State, Tag};
use crate::problem::ProblemCode;
use crate::rate_limit::AuthLimit;
use crate::schema;

/// The address of an account whose password was forgotten.
#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(super) struct ForgottenPassword {
    /// The account's email address, in any case.
    #[schema(value_type = schema::Email)]
    email: Email,
}

pub(super) struct ForgotPassword;

impl Operation for ForgotPassword {
    const ROUTE: Route = Route::post("/api/auth/password/forgot");
    const ID: &'static str = "forgot_password";
    const TAG: Tag = Tag::Accounts;
    const SUMMARY: &'static str = "Send a link that resets a password";
    const DESCRIPTION: &'static str = "The link goes to the address if there is such an account. \
        Neither the answer nor the time that it takes reveals whether there is. An account gets at most \
        3 mails an hour, and an address of the internet may ask 3 times an hour: what is beyond that \
        gets the same answer and sends nothing. 404 where the server sends no such links.";
    const ANSWER: &'static str = "The link is sent, if there is such an account";
    const REFUSALS: &'static [ProblemCode] = &[ProblemCode::NotFound];

    type Input = (AuthLimit, Body<ForgottenPassword, OPEN_BODY_LIMIT>);
    type Output = Accepted;

    async fn call(
        state: State,
        (limit, Body(body)): Self::Input,
    ) -> Result<Self::Output, ApiError> {
        let client = limit.client(None);
        state.accounts.request_password_reset(body.email, client)?;
        Ok(Accepted)
    }
}
