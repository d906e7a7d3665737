use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, Responder};
use deserr::Deserr;
use utoipa::ToSchema;

use super::link_token::LinkTokenText;
use crate::error::ApiError;
use crate::extract::{
    AnyBearer, FieldErrors, OPEN_BODY_LIMIT, OptionalBody, bearer_token, check_token,
};
use crate::operation::{
    Accepted, Describe, NoContent, Operation, OperationDescription, Route, State, Tag,
};
use crate::problem::ProblemCode;
use crate::rate_limit::AuthLimit;
use crate::schema;

/// The token of a link, or nothing to have the link sent again.
#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(super) struct EmailVerification {
    /// The link's parameter `token`.
    #[deserr(default)]
    #[schema(value_type = Option<schema::LinkToken>)]
    token: Option<LinkTokenText>,
}

/// 202 when the link is sent, 204 when the address is verified.
pub(super) enum Verification {
    Sent,
    Verified,
}

impl Responder for Verification {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        match self {
            Self::Sent => Accepted.respond_to(request),
            Self::Verified => NoContent.respond_to(request),
        }
    }
}

impl Describe for Verification {
    fn describe(operation: &mut OperationDescription<'_>) {
        Accepted::describe(operation);
        operation.answer_with(StatusCode::NO_CONTENT, "The email address is verified");
    }
}

pub(super) struct VerifyEmail;

impl Operation for VerifyEmail {
    const ROUTE: Route = Route::post("/api/auth/email/verify");
    const ID: &'static str = "verify_email";
    const TAG: Tag = Tag::Accounts;
    const SUMMARY: &'static str = "Verify an email address, or send the link again";
    const DESCRIPTION: &'static str = "With the token of a link, which works once: verifies the address, \
        for which no access token is needed. Without: sends the link to the caller's address again, \
        unless it is verified already, or 3 mails or requests were made within an hour. 404 where the \
        server sends no such links, or the caller has no local account.";
    const ANSWER: &'static str = "The link is sent, unless the address is verified";
    const REFUSALS: &'static [ProblemCode] =
        &[ProblemCode::InvalidResetToken, ProblemCode::NotFound];

    type Input = (
        AuthLimit,
        AnyBearer,
        OptionalBody<EmailVerification, OPEN_BODY_LIMIT>,
    );
    type Output = Verification;

    async fn call(
        state: State,
        (limit, AnyBearer(request), OptionalBody(body)): Self::Input,
    ) -> Result<Self::Output, ApiError> {
        if let Some(token) = body.and_then(|body| body.token) {
            state.accounts.verify_email(&token.parse()?).await?;
            return Ok(Verification::Verified);
        }
        let caller = check_token(&state, &request, bearer_token(&request)?).await?;
        let (user, client) = (caller.actor.id, limit.client(None));
        state.accounts.request_verification(user, client).await?;
        Ok(Verification::Sent)
    }
}
