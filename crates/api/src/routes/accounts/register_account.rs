use actix_web::http::StatusCode;
use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, post, web};
use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use tasklane_domain::service::Registration;
use tasklane_domain::user::{Email, Name};
use utoipa::ToSchema;

use super::signed_in::signed_in_response;
use super::{NewPassword, SignedInSchema};
use crate::error::ApiError;
use crate::extract::{Body, BodyErrors, UserAgent};
use crate::middleware::deadline;
use crate::rate_limit::AuthLimit;
use crate::state::AppState;

#[derive(Deserr)]
#[deserr(error = BodyErrors, deny_unknown_fields)]
struct RegistrationFields {
    email: Email,
    password: NewPassword,
    #[deserr(default)]
    name: Option<Name>,
}

struct RegistrationBody(Registration);

impl Deserr<BodyErrors> for RegistrationBody {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, BodyErrors> {
        let RegistrationFields {
            email,
            password,
            name,
        } = RegistrationFields::deserialize_from_value(value, location)?;
        let password = password
            .check_against(Some(&email))
            .map_err(|violation| BodyErrors::at(location.push_key("password"), violation))?;
        Ok(Self(Registration {
            email,
            password,
            name,
        }))
    }
}

/// Somebody who wants an account.
#[derive(ToSchema)]
#[schema(as = Registration)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes in the OpenAPI document what RegistrationBody reads"
)]
pub(super) struct RegistrationSchema {
    /// Where to reach them; compared without case.
    #[schema(example = "ada@example.com")]
    email: String,
    /// 8 to 128 characters of any kind; neither the email nor one of the thousand most common.
    #[schema(
        format = Password,
        min_length = 8,
        max_length = 128,
        example = "correct horse battery staple"
    )]
    password: String,
    /// How they want to be called.
    #[schema(example = "Ada")]
    name: Option<String>,
}

/// Make a local account
///
/// The answer signs the new user in.
#[utoipa::path(
    tag = "Accounts",
    request_body = RegistrationSchema,
    responses(
        (status = 201, description = "The user and the tokens of their first session", body = SignedInSchema),
    ),
    security(()),
)]
#[post("/api/auth/register", wrap = "from_fn(deadline)")]
pub(super) async fn register_account(
    state: web::Data<AppState>,
    limit: AuthLimit,
    user_agent: UserAgent,
    body: Body<RegistrationBody>,
) -> Result<HttpResponse, ApiError> {
    let Body(RegistrationBody(registration)) = body;
    let signed_in = state
        .accounts
        .register(registration, limit.client(user_agent.0.as_deref()))
        .await?;
    Ok(signed_in_response(StatusCode::CREATED, &signed_in))
}
