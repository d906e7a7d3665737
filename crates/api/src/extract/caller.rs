//! Who calls.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::pin::{Pin, pin};

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, web};
use futures::FutureExt;
use tasklane_domain::id::{OwnerId, UserId};
use tasklane_domain::port::TokenError;
use tasklane_domain::service::AccessError;
use tasklane_domain::user::{Actor, Principal};

use crate::admission::Permit;
use crate::error::ApiError;
use crate::metrics::{Verification, record_verification};
use crate::operation::{Describe, OperationDescription};
use crate::problem::Problem;
use crate::rate_limit::count_access;
use crate::shares::Shares;
use crate::state::AppState;

/// An authenticated caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller(pub Principal);

impl Caller {
    /// Who acts.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.0.actor
    }

    /// The owner of what is theirs.
    #[must_use]
    pub fn owner(&self) -> OwnerId {
        self.0.actor.owner()
    }

    /// Who acts, as an id.
    #[must_use]
    pub fn id(&self) -> UserId {
        self.0.actor.id
    }
}

/// The caller and, read only once they are known, the rest of the request.
pub struct Authenticated<T>(pub Caller, pub T);

impl<T: FromRequest + 'static> FromRequest for Authenticated<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            let caller = authenticate(&request).await?;
            Shares::take_turn(&request).await.map_err(ApiError::from)?;
            let rest = T::from_request(&request, &mut payload)
                .await
                .map_err(Into::into)?;
            Ok(Self(caller, rest))
        })
    }
}

impl<T: Describe> Describe for Authenticated<T> {
    fn describe(operation: &mut OperationDescription<'_>) {
        operation.secure(false);
        operation.limit();
        T::describe(operation);
    }
}

/// The request, which may carry an access token.
pub struct AnyBearer(pub HttpRequest);

impl FromRequest for AnyBearer {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(request.clone())))
    }
}

impl Describe for AnyBearer {
    fn describe(operation: &mut OperationDescription<'_>) {
        operation.secure(true);
        operation.limit();
    }
}

async fn authenticate(request: &HttpRequest) -> Result<Caller, ApiError> {
    let state = state(request)?;
    let outcome = match bearer_token(request) {
        Ok(token) => check_token(state, request, token).await,
        Err(error) => Err(error),
    };
    let principal = count_access(request, outcome)?;
    request.extensions_mut().insert(principal.actor.id);
    state.usage.record();
    Ok(Caller(principal))
}

/// The principal behind an access token.
///
/// # Errors
/// The token is not accepted, or its user or session has ended.
pub async fn check_token(
    state: &AppState,
    request: &HttpRequest,
    token: &str,
) -> Result<Principal, ApiError> {
    let verified = give_turn_up_while_waiting(request, state.access.verify(token)).await?;
    let outcome = match verified {
        Ok(principal) => state.access.confirm(&principal).await.map(|()| principal),
        Err(error) => Err(error),
    };
    record_verification(match &outcome {
        Ok(_) => Verification::Accepted,
        Err(AccessError::Token(TokenError::Expired)) => Verification::Expired,
        Err(AccessError::Token(TokenError::NotAToken | TokenError::Invalid(_))) => {
            Verification::Invalid
        }
        Err(AccessError::Revoked) => Verification::Revoked,
        Err(AccessError::Token(TokenError::KeysUnavailable) | AccessError::Store(_)) => {
            Verification::Unavailable
        }
    });
    Ok(outcome?)
}

/// Verifying a token only waits where its issuer's keys have to be fetched. Others have the request's
/// turn meanwhile.
async fn give_turn_up_while_waiting<T>(
    request: &HttpRequest,
    verification: impl Future<Output = T>,
) -> Result<T, Problem> {
    let mut verification = pin!(verification);
    if let Some(verified) = (&mut verification).now_or_never() {
        return Ok(verified);
    }
    match Permit::of(request) {
        Some(permit) => permit.pause_for(verification).await,
        None => Ok(verification.await),
    }
}

fn state(request: &HttpRequest) -> Result<&web::Data<AppState>, ApiError> {
    request
        .app_data()
        .ok_or_else(|| crate::error::unavailable("the server is starting").into())
}

/// The token in the header `Authorization` (RFC 6750, section 2.1).
///
/// # Errors
/// The token is missing or not visible ASCII, or there is more than one header.
pub fn bearer_token(request: &HttpRequest) -> Result<&str, ApiError> {
    let mut headers = request.headers().get_all(header::AUTHORIZATION);
    let value = headers.next().ok_or(ApiError::Unauthenticated)?;
    if headers.next().is_some() {
        return Err(invalid("more than one Authorization header was sent"));
    }
    let value = value
        .to_str()
        .map_err(|_| invalid("the token must be visible ASCII"))?
        .trim();
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim_start()),
        _ => Err(ApiError::Unauthenticated),
    }
}

fn invalid(reason: &'static str) -> ApiError {
    ApiError::Access(AccessError::Token(TokenError::Invalid(reason)))
}
