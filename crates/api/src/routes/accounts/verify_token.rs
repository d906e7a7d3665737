use actix_web::HttpRequest;
use deserr::Deserr;
use serde::Serialize;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::user::{Principal, User};
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::extract::{
    AnyBearer, FieldErrors, OPEN_BODY_LIMIT, OptionalBody, bearer_token, check_token,
};
use crate::operation::{Operation, Route, Shown, State, Tag, View};
use crate::rate_limit::count_access;
use crate::routes::text::Text;
use crate::routes::user::{UserView, profile};
use crate::schema;

/// A token to be checked.
#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = Token)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenBody {
    /// An access token; the one in the header `Authorization` when absent.
    #[deserr(default)]
    #[schema(value_type = Option<schema::AccessToken>, example = "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl")]
    token: Option<String>,
}

/// A token that is accepted.
#[derive(Serialize, ToSchema)]
#[schema(as = VerifiedToken)]
pub(crate) struct VerifiedView<'a> {
    /// Always true: a token that is not accepted is a 401.
    #[schema(value_type = schema::True)]
    valid: bool,
    /// The token's user.
    user: UserView<'a>,
    /// The token's `iss`.
    #[schema(example = "tasklane")]
    issuer: &'a str,
    /// The token's `sub`.
    #[schema(example = "0193a5c8-0000-7c4d-9f10-6b1a2c3d4e5f")]
    subject: &'a str,
    /// The token's `iat`.
    #[schema(value_type = Option<schema::Instant>, required, example = "2026-11-20T21:04:05.123456Z")]
    issued_at: Option<Text<Timestamp>>,
    /// The token's `exp`.
    #[schema(value_type = schema::Instant)]
    expires_at: Text<Timestamp>,
}

/// A user, and the token that names them.
pub(crate) struct Verified(User, Principal);

impl View for Verified {
    type View<'a> = VerifiedView<'a>;

    fn view(&self) -> VerifiedView<'_> {
        let Self(user, principal) = self;
        VerifiedView {
            valid: true,
            user: user.view(),
            issuer: &principal.issuer,
            subject: &principal.subject,
            issued_at: principal.actor.issued_at.map(Text),
            expires_at: Text(principal.expires_at),
        }
    }
}

pub(super) struct VerifyToken;

impl Operation for VerifyToken {
    const ROUTE: Route = Route::post("/api/auth/verify");
    const ID: &'static str = "verify_token";
    const TAG: Tag = Tag::Accounts;
    const SUMMARY: &'static str = "Check a token";
    const DESCRIPTION: &'static str = "Says which user the token names, or why it is not accepted. \
        The token is the one in the body, or else the one in the header `Authorization`.";
    const ANSWER: &'static str = "The token is accepted";

    // A body that cannot be read counts against the quota too.
    type Input = (
        AnyBearer,
        Result<OptionalBody<TokenBody, OPEN_BODY_LIMIT>, ApiError>,
    );
    type Output = Shown<Verified>;

    async fn call(
        state: State,
        (AnyBearer(request), body): Self::Input,
    ) -> Result<Self::Output, ApiError> {
        let outcome = check_either(&state, &request, body).await;
        let principal = count_access(&request, outcome)?;
        let user = profile(&state, &principal.actor).await?;
        Ok(Shown(Verified(user, principal)))
    }
}

/// Checks the token in the body, or else the one in the header.
async fn check_either(
    state: &State,
    request: &HttpRequest,
    body: Result<OptionalBody<TokenBody, OPEN_BODY_LIMIT>, ApiError>,
) -> Result<Principal, ApiError> {
    let in_body = body?.0.and_then(|body| body.token);
    let token = match &in_body {
        Some(token) => token,
        None => bearer_token(request)?,
    };
    check_token(state, request, token).await
}
