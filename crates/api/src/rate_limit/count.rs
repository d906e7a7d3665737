use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use tasklane_domain::user::{Email, Principal};

use super::RateLimits;
use super::key::Key;
use super::policy::QuotaState;
use super::policy_name::PolicyName;
use crate::error::ApiError;
use crate::metrics::record_rate_limited;
use crate::problem::{Problem, ProblemCode};

/// Counts a request against the `api` policy, once it is known who calls: against the user, or
/// against the client's address when nobody is let in. What the server itself could not find out is
/// not held against the client.
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
        Err(error) if error.problem().status().is_client_error() => limits.address(request),
        Err(_) => return outcome,
    };
    count(request, limits, PolicyName::Api, key)?;
    outcome
}

/// The `auth` policy: extracting it counts the request against the client's address.
pub struct AuthLimit(HttpRequest);

impl AuthLimit {
    /// Counts the request against the email address as well, wherever it comes from.
    ///
    /// # Errors
    /// `rate_limited`
    pub fn count_email(&self, email: &Email) -> Result<(), ApiError> {
        match RateLimits::of(&self.0) {
            Some(limits) => count(&self.0, limits, PolicyName::Auth, limits.email(email)),
            None => Ok(()),
        }
    }
}

impl FromRequest for AuthLimit {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let counted = match RateLimits::of(request) {
            Some(limits) => count(request, limits, PolicyName::Auth, limits.address(request)),
            None => Ok(()),
        };
        ready(counted.map(|()| Self(request.clone())))
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
    record_rate_limited(policy);
    let detail = format!(
        "too many requests; there is room in {} s",
        quota_state.reset
    );
    let problem = Problem::new(ProblemCode::RateLimited, detail);
    Err(problem
        .with_header(RETRY_AFTER, HeaderValue::from(quota_state.reset))
        .into())
}

/// Keeps the quota_state with the least left, for the headers of the answer.
fn remember(request: &HttpRequest, quota_state: QuotaState) {
    let mut extensions = request.extensions_mut();
    match extensions.get_mut::<QuotaState>() {
        Some(tighter) if tighter.remaining < quota_state.remaining => {}
        Some(known) => *known = quota_state,
        None => drop(extensions.insert(quota_state)),
    }
}
