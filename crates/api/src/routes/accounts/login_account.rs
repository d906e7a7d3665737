use deserr::Deserr;
use tasklane_domain::service::SignedIn;
use tasklane_domain::user::Email;
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::extract::{Body, FieldErrors, OPEN_BODY_LIMIT, UserAgent};
use crate::operation::{Operation, Route, Shown, State, Tag};
use crate::problem::ProblemCode;
use crate::rate_limit::AuthLimit;
use crate::routes::password_text::PasswordText;
use crate::schema;

/// Email and password of a local account.
#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(super) struct Credentials {
    /// The account's email address, in any case.
    #[schema(value_type = schema::Email)]
    email: Email,
    /// The account's password.
    #[schema(value_type = schema::Password)]
    password: PasswordText,
}

pub(super) struct LoginAccount;

impl Operation for LoginAccount {
    const ROUTE: Route = Route::post("/api/auth/login");
    const ID: &'static str = "login_account";
    const TAG: Tag = Tag::Accounts;
    const SUMMARY: &'static str = "Sign in with email and password";
    const DESCRIPTION: &'static str =
        "Neither the answer nor the time that it takes reveals whether the email has an account.";
    const ANSWER: &'static str = "The user and the tokens of a new session";
    const REFUSALS: &'static [ProblemCode] = &[
        ProblemCode::InvalidCredentials,
        ProblemCode::EmailNotVerified,
    ];

    type Input = (AuthLimit, UserAgent, Body<Credentials, OPEN_BODY_LIMIT>);
    type Output = Shown<SignedIn>;

    async fn call(
        state: State,
        (limit, UserAgent(user_agent), Body(body)): Self::Input,
    ) -> Result<Self::Output, ApiError> {
        let Credentials { email, password } = body;
        let signed_in = state
            .accounts
            .login(
                &email,
                password.attempt(),
                limit.client(user_agent.as_deref()),
            )
            .await?;
        Ok(Shown(signed_in))
    }
}
