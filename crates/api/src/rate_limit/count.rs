use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use tasklane_domain::user::{Client, Principal};

use super::RateLimits;
use super::key::Key;
use super::policy::QuotaState;
use super::policy_name::PolicyName;
use crate::error::ApiError;
use crate::operation::{Describe, OperationDescription};
use crate::problem::{Problem, ProblemCode};

/// Counts a request against the `api` policy, once it is known who calls: against the user, or
/// against the client's address when nobody is let in. What the server itself could not find out is
/// not held against the client. A user who has used up the quota of `work` is refused.
///
/// # Errors
/// The outcome's own, or `rate_limited` in its place.
pub fn count_access(
    request: &HttpRequest,
    outcome: Result<Principal, ApiError>,
) -> Result<Principal, ApiError> {
    let Some(limits) = RateLimits::of(request) else {
        return outcome;
    };
    let key = match &outcome {
        Ok(principal) => principal.actor.id.into(),
        Err(error) if error.problem().status().is_client_error() => limits.key(request),
        Err(_) => return outcome,
    };
    count(request, limits, PolicyName::Api, key)?;
    let principal = outcome?;
    limits.check_work(&key)?;
    Ok(principal)
}

/// The `auth` policy: extracting it counts the request against the client's address.
pub struct AuthLimit(HttpRequest);

impl AuthLimit {
    /// Counts a request.
    ///
    /// # Errors
    /// `rate_limited`
    pub fn take(request: &HttpRequest) -> Result<Self, ApiError> {
        if let Some(limits) = RateLimits::of(request) {
            let address = limits.address(request);
            count(request, limits, PolicyName::Auth, address.into())?;
            if let Some(site) = Key::site(address) {
                count(request, limits, PolicyName::Auth, site)?;
            }
        }
        Ok(Self(request.clone()))
    }

    /// Who calls, as the connection and the header `User-Agent` show it.
    #[must_use]
    pub fn client<'a>(&self, user_agent: Option<&'a str>) -> Client<'a> {
        Client {
            user_agent,
            address: RateLimits::of(&self.0).map(|limits| limits.address(&self.0)),
        }
    }
}

impl FromRequest for AuthLimit {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::take(request))
    }
}

impl Describe for AuthLimit {
    fn describe(operation: &mut OperationDescription<'_>) {
        operation.limit();
    }
}

/// The `refresh` policy: extracting it counts the request against the client's address.
pub struct RefreshLimit(());

impl FromRequest for RefreshLimit {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let counted = RateLimits::of(request)
            .map(|limits| count(request, limits, PolicyName::Refresh, limits.key(request)));
        ready(counted.unwrap_or(Ok(())).map(Self))
    }
}

impl Describe for RefreshLimit {
    fn describe(operation: &mut OperationDescription<'_>) {
        operation.limit();
    }
}

fn count(
    request: &HttpRequest,
    limits: &RateLimits,
    policy: PolicyName,
    key: Key,
) -> Result<(), ApiError> {
    let Some(quota_state) = limits.check(policy, &key) else {
        return Ok(());
    };
    remember(request, quota_state);
    if quota_state.allowed {
        return Ok(());
    }
    Err(rate_limited(policy, "too many requests", quota_state.reset).into())
}

/// The refusal of what may be tried again after that many seconds, under that policy.
pub(crate) fn rate_limited(policy: PolicyName, reason: &str, seconds: u64) -> Problem {
    let detail = format!("{reason}; try again in {seconds} s");
    Problem {
        policy: Some(policy),
        ..Problem::new(ProblemCode::RateLimited, detail)
    }
    .with_header(RETRY_AFTER, HeaderValue::from(seconds))
}

/// Keeps the state of the quota with the least left, for the headers of the answer.
fn remember(request: &HttpRequest, quota_state: QuotaState) {
    let mut extensions = request.extensions_mut();
    match extensions.get_mut::<QuotaState>() {
        Some(tighter) if tighter.remaining < quota_state.remaining => {}
        Some(known) => *known = quota_state,
        None => drop(extensions.insert(quota_state)),
    }
}
