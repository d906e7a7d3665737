//! How often clients may call.
//!
//! Two policies, each with a quota for every key that it knows:
//!
//! | policy | counts | by |
//! |---|---|---|
//! | `api` | a request whose caller is known | user |
//! | `api` | a request that is refused for its credentials | client address |
//! | `auth` | registering, refreshing, and each check of a password | client address |
//!
//! What an IPv6 client has is its network of 64 bits. Everything is counted in this process alone.

mod client_address;
mod count;
mod headers;
mod key;
mod policy;
mod policy_name;
mod states;

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::http::header::X_FORWARDED_FOR;
use actix_web::{HttpRequest, web};
use ipnet::IpNet;

pub(crate) use count::rate_limited;
pub use count::{AuthLimit, count_access};
pub use headers::rate_limit_headers;
pub(crate) use headers::{RATE_LIMIT_HEADER, RATE_LIMIT_POLICY_HEADER};

use client_address::{client_address, is_trusted, peer_address};
use key::Key;
use policy::{Policy, QuotaState};
pub(crate) use policy_name::PolicyName;

/// How often keys are forgotten whose quota is whole again.
const SWEEP_INTERVAL: Duration = Duration::from_secs(10);

/// The quotas of the policies.
#[derive(Debug, Clone, Copy)]
pub struct RateLimitSettings {
    /// For the API: by user, or by address before there is one.
    pub api: RateQuota,
    /// For signing in and up, refreshing, and passwords: by address.
    pub auth: RateQuota,
}

/// How many requests are let through in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateQuota {
    /// Requests, at least 1.
    pub quota: u32,
    /// The length of the window, more than zero.
    pub window: Duration,
}

/// The policies and what they know of clients, as data of the application.
pub struct RateLimits {
    policies: Option<Policies>,
    trusted_proxies: Vec<IpNet>,
    warned_of_proxy: AtomicBool,
}

struct Policies {
    api: Policy,
    auth: Policy,
}

impl Policies {
    fn get(&self, name: PolicyName) -> &Policy {
        match name {
            PolicyName::Api => &self.api,
            PolicyName::Auth => &self.auth,
        }
    }
}

impl RateLimits {
    /// The policies with these quotas; without any, nothing is limited. `trusted_proxies` are the
    /// networks whose `X-Forwarded-For` is believed.
    #[must_use]
    pub fn new(limits: Option<RateLimitSettings>, trusted_proxies: Vec<IpNet>) -> Self {
        Self {
            policies: limits.map(|limits| Policies {
                api: Policy::new(PolicyName::Api, limits.api),
                auth: Policy::new(PolicyName::Auth, limits.auth),
            }),
            trusted_proxies,
            warned_of_proxy: AtomicBool::default(),
        }
    }

    /// Keeps memory bounded for as long as the process runs.
    pub async fn sweep(limits: web::Data<Self>) {
        let Some(policies) = &limits.policies else {
            return;
        };
        loop {
            tokio::time::sleep(SWEEP_INTERVAL).await;
            policies.api.sweep();
            policies.auth.sweep();
        }
    }

    fn of(request: &HttpRequest) -> Option<&Self> {
        request
            .app_data::<web::Data<Self>>()
            .map(|limits| &***limits)
    }

    fn check(&self, policy: PolicyName, key: &Key) -> Option<QuotaState> {
        let policies = self.policies.as_ref()?;
        Some(policies.get(policy).check(key))
    }

    fn quota_of(&self, policy: PolicyName) -> Option<RateQuota> {
        let policies = self.policies.as_ref()?;
        Some(policies.get(policy).quota())
    }

    fn address(&self, request: &HttpRequest) -> IpAddr {
        let address = client_address(request, &self.trusted_proxies);
        self.warn_of_untrusted_proxy(request, address);
        address
    }

    /// Says once that a proxy's clients all count as one, since the proxy is not trusted.
    fn warn_of_untrusted_proxy(&self, request: &HttpRequest, address: IpAddr) {
        let is_believed = is_trusted(address, &self.trusted_proxies)
            || !request.headers().contains_key(X_FORWARDED_FOR)
            || peer_address(request) != address;
        if is_believed || self.warned_of_proxy.swap(true, Ordering::Relaxed) {
            return;
        }
        tracing::warn!(
            peer = %address,
            "X-Forwarded-For comes from a peer that is not in server.trusted_proxies \
             (TASKLANE__SERVER__TRUSTED_PROXIES): if it is a proxy, all of its clients share one \
             rate limit"
        );
    }

    fn key(&self, request: &HttpRequest) -> Key {
        self.address(request).into()
    }
}
