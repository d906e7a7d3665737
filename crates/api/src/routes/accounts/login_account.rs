use actix_web::http::StatusCode;
use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, post, web};
use deserr::Deserr;
use tasklane_domain::user::Email;
use utoipa::ToSchema;

use super::signed_in::signed_in_response;
use super::{PasswordText, SignedInSchema};
use crate::error::ApiError;
use crate::extract::{Body, BodyErrors, UserAgent};
use crate::middleware::deadline;
use crate::rate_limit::AuthLimit;
use crate::state::AppState;

#[derive(Deserr)]
#[deserr(error = BodyErrors, deny_unknown_fields)]
struct CredentialsBody {
    email: Email,
    password: PasswordText,
}

/// What proves a local account.
#[derive(ToSchema)]
#[schema(as = Credentials)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes in the OpenAPI document what CredentialsBody reads"
)]
pub(super) struct CredentialsSchema {
    /// The account's email address, in any case.
    #[schema(example = "ada@example.com")]
    email: String,
    /// The account's password.
    #[schema(format = Password, example = "correct horse battery staple")]
    password: String,
}

/// Sign in with email and password
///
/// The answer, and the time that it takes, do not tell whether the email has an account.
#[utoipa::path(
    tag = "Accounts",
    request_body = CredentialsSchema,
    responses(
        (status = 200, description = "The user and the tokens of a new session", body = SignedInSchema),
    ),
    security(()),
)]
#[post("/api/auth/login", wrap = "from_fn(deadline)")]
pub(super) async fn login_account(
    state: web::Data<AppState>,
    limit: AuthLimit,
    user_agent: UserAgent,
    body: Body<CredentialsBody>,
) -> Result<HttpResponse, ApiError> {
    let Body(CredentialsBody { email, password }) = body;
    let signed_in = state
        .accounts
        .login(
            &email,
            password.candidate(),
            limit.client(user_agent.0.as_deref()),
        )
        .await?;
    Ok(signed_in_response(StatusCode::OK, &signed_in))
}
