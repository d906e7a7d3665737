use deserr::Deserr;
use tasklane_domain::service::Registration;
use tasklane_domain::user::{Email, Name};
use utoipa::ToSchema;

use super::password::NewPassword;
use super::signed_in::Registered;
use crate::error::ApiError;
use crate::extract::{Body, FieldErrors, OPEN_BODY_LIMIT, UserAgent};
use crate::operation::{Operation, Route, State, Tag};
use crate::problem::ProblemCode;
use crate::rate_limit::AuthLimit;
use crate::schema;

/// A new account.
#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = Registration)]
#[serde(deny_unknown_fields)]
pub(super) struct RegistrationBody {
    /// The email address, compared without case.
    #[schema(value_type = schema::Email)]
    email: Email,
    /// 8 to 128 characters of any kind; neither the email nor one of the thousand most common.
    #[schema(value_type = schema::NewPassword)]
    password: NewPassword,
    /// The display name.
    #[deserr(default)]
    #[schema(value_type = Option<schema::Name>, example = "Ada")]
    name: Option<Name>,
}

pub(super) struct RegisterAccount;

impl Operation for RegisterAccount {
    const ROUTE: Route = Route::post("/api/auth/register");
    const ID: &'static str = "register_account";
    const TAG: Tag = Tag::Accounts;
    const SUMMARY: &'static str = "Create a local account";
    const DESCRIPTION: &'static str = "The answer signs the new user in. A link \
        that verifies the email address is sent to it, if the server sends mail.";
    const ANSWER: &'static str = "The user and the tokens of the first session";
    const REFUSALS: &'static [ProblemCode] =
        &[ProblemCode::RegistrationDisabled, ProblemCode::EmailTaken];

    type Input = (
        AuthLimit,
        UserAgent,
        Body<RegistrationBody, OPEN_BODY_LIMIT>,
    );
    type Output = Registered;

    async fn call(
        state: State,
        (limit, UserAgent(user_agent), Body(body)): Self::Input,
    ) -> Result<Self::Output, ApiError> {
        let RegistrationBody {
            email,
            password,
            name,
        } = body;
        let password = password
            .check_against(Some(&email))
            .map_err(|violation| ApiError::field("/password", violation))?;
        let registration = Registration {
            email,
            password,
            name,
        };
        let client = limit.client(user_agent.as_deref());
        Ok(Registered(
            state.accounts.register(registration, client).await?,
        ))
    }
}
