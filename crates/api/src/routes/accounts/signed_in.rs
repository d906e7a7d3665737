use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;
use tasklane_domain::service::SignedIn;
use utoipa::ToSchema;

use super::refresh_token;
use crate::routes::users::{UserSchema, UserView};

/// A user with the tokens of a session.
#[derive(Serialize)]
struct SignedInView<'a> {
    user: UserView<'a>,
    access_token: &'a str,
    token_type: &'static str,
    expires_in: u64,
    refresh_token: String,
}

/// A user with the tokens of a session.
#[derive(ToSchema)]
#[schema(as = SignedIn)]
#[expect(
    dead_code,
    reason = "describes in the OpenAPI document what SignedInView serialises to"
)]
pub struct SignedInSchema {
    /// Who signed in.
    user: UserSchema,
    /// A JWT for the header `Authorization`.
    access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    token_type: String,
    /// Seconds for which the access token is accepted.
    #[schema(minimum = 1, example = 900)]
    expires_in: u64,
    /// For `POST /api/auth/refresh`.
    refresh_token: String,
}

/// The answer to a registration, a login or a refresh.
pub(super) fn signed_in_response(status: StatusCode, signed_in: &SignedIn) -> HttpResponse {
    HttpResponse::build(status).json(SignedInView {
        user: UserView::from(&signed_in.user),
        access_token: &signed_in.access.text,
        token_type: "Bearer",
        expires_in: signed_in.access.lifetime.as_secs(),
        refresh_token: refresh_token::encode(&signed_in.refresh),
    })
}
