use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage};

use super::RateQuota;
use super::policy::QuotaState;
use super::policy_name::PolicyName;
use crate::operation::Header;
use crate::seconds::whole_seconds;

const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

pub(crate) const RATE_LIMIT_POLICY_HEADER: Header = Header {
    key: "RateLimit-Policy",
    name: "RateLimit-Policy",
    meaning: "The quota that the request counts against, in requests, and its window in seconds",
    pattern: "^\"[a-z]+\";q=[0-9]+;w=[0-9]+$",
    example: "\"api\";q=600;w=60",
};
pub(crate) const RATE_LIMIT_HEADER: Header = Header {
    key: "RateLimit",
    name: "RateLimit",
    meaning: "Requests left of the quota, and seconds until there is at least one more",
    pattern: "^\"[a-z]+\";r=[0-9]+;t=[0-9]+$",
    example: "\"api\";r=599;t=1",
};

/// Adds `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10) to the answer of
/// every request that was counted, whatever its outcome. Of several quotas, the one with the
/// least left is reported.
///
/// # Errors
/// Those of what is inside.
pub async fn rate_limit_headers<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let mut response = next.call(request).await?;
    let quota_state = response.request().extensions().get::<QuotaState>().copied();
    if let Some(quota_state) = quota_state {
        let policy = policy_field(quota_state.policy, quota_state.quota);
        let headers = response.headers_mut();
        headers.insert(RATE_LIMIT_POLICY, policy);
        headers.insert(RATE_LIMIT, limit_field(quota_state));
    }
    Ok(response)
}

/// A policy as `RateLimit-Policy` tells it: its quota in requests, its window in whole seconds.
fn policy_field(name: PolicyName, settings: RateQuota) -> HeaderValue {
    let window = whole_seconds(settings.window);
    field(format!(
        "\"{}\";q={};w={window}",
        name.as_str(),
        settings.quota
    ))
}

/// The state of a quota as `RateLimit` tells it.
fn limit_field(quota_state: QuotaState) -> HeaderValue {
    let QuotaState {
        policy,
        remaining,
        reset,
        ..
    } = quota_state;
    field(format!("\"{}\";r={remaining};t={reset}", policy.as_str()))
}

/// A header's value of names and numbers, which fit into one.
fn field(text: String) -> HeaderValue {
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_fields_are_structured_items_with_whole_numbers() {
        let settings = RateQuota {
            quota: 600,
            window: Duration::from_mins(1),
        };
        assert_eq!(
            policy_field(PolicyName::Api, settings),
            "\"api\";q=600;w=60"
        );
        let quota_state = QuotaState {
            policy: PolicyName::Auth,
            quota: settings,
            allowed: true,
            remaining: 19,
            reset: 3,
        };
        assert_eq!(limit_field(quota_state), "\"auth\";r=19;t=3");
    }
}
