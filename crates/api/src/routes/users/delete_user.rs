use actix_web::middleware::from_fn;
use actix_web::{HttpRequest, HttpResponse, delete, web};
use deserr::Deserr;
use tasklane_domain::user::{Client, Origin};
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::extract::{Authenticated, BodyErrors, OptionalBody};
use crate::middleware::deadline;
use crate::rate_limit::AuthLimit;
use crate::routes::accounts::PasswordText;
use crate::state::AppState;

#[derive(Deserr)]
#[deserr(error = BodyErrors, deny_unknown_fields)]
struct ErasureBody {
    #[deserr(default)]
    password: Option<PasswordText>,
}

/// What confirms an erasure.
#[derive(ToSchema)]
#[schema(as = Erasure)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes in the OpenAPI document what ErasureBody reads"
)]
pub(super) struct ErasureSchema {
    /// The password of a local account.
    #[schema(format = Password)]
    password: Option<String>,
}

/// Erase yourself
///
/// Erases the caller and everything that they own, at once and for good. A local account must say
/// its password. Access tokens issued until now are refused from then on.
#[utoipa::path(
    tag = "Profile",
    request_body(content = Option<ErasureSchema>),
    responses((status = 204, description = "Everything is erased")),
)]
#[delete("/api/users/me", wrap = "from_fn(deadline)")]
pub(super) async fn delete_user(
    state: web::Data<AppState>,
    http: HttpRequest,
    request: Authenticated<OptionalBody<ErasureBody>>,
) -> Result<HttpResponse, ApiError> {
    let Authenticated(caller, OptionalBody(body)) = request;
    let password = body.and_then(|body| body.password);
    let candidate = password.as_ref().and_then(PasswordText::candidate);
    let client = match caller.actor().origin {
        Origin::Local => AuthLimit::take(&http)?.client(None),
        Origin::Federated(_) => Client::default(),
    };
    state.users.erase(caller.actor(), candidate, client).await?;
    Ok(HttpResponse::NoContent().finish())
}
