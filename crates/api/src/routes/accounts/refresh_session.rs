use deserr::Deserr;
use tasklane_domain::service::{RefreshError, SignedIn};
use utoipa::ToSchema;

use super::refresh_token;
use crate::error::ApiError;
use crate::extract::{Body, FieldErrors, OPEN_BODY_LIMIT};
use crate::operation::{Operation, Route, Shown, State, Tag};
use crate::problem::ProblemCode;
use crate::rate_limit::RefreshLimit;
use crate::schema;

/// The refresh token of a session.
#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(super) struct Refresh {
    /// The newest refresh token of the session.
    #[schema(value_type = schema::RefreshToken)]
    refresh_token: String,
}

pub(super) struct RefreshSession;

impl Operation for RefreshSession {
    const ROUTE: Route = Route::post("/api/auth/refresh");
    const ID: &'static str = "refresh_session";
    const TAG: Tag = Tag::Accounts;
    const SUMMARY: &'static str = "Refresh a session";
    const DESCRIPTION: &'static str = "Exchanges the refresh token for new tokens. The token that was \
        used last may be used again within `auth.refresh_grace` (a minute), as long as its successor \
        is unused, and gives the same successor: a lost answer costs nobody the session. Using any \
        other token again ends the whole session, since it may have been stolen.";
    const ANSWER: &'static str = "The user and new tokens";
    const REFUSALS: &'static [ProblemCode] = &[ProblemCode::InvalidRefreshToken];

    type Input = (RefreshLimit, Body<Refresh, OPEN_BODY_LIMIT>);
    type Output = Shown<SignedIn>;

    async fn call(state: State, (_, Body(body)): Self::Input) -> Result<Self::Output, ApiError> {
        let token = refresh_token::parse(&body.refresh_token).ok_or(RefreshError::InvalidToken)?;
        Ok(Shown(state.accounts.refresh(token).await?))
    }
}
