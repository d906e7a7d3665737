//! How often clients may call.
//!
//! Four policies, each with a quota for every key that it knows:
//!
//! | policy | counts | by |
//! |---|---|---|
//! | `api` | a request whose caller is known | user |
//! | `api` | a request that is refused for its credentials | client address |
//! | `auth` | registering, and each check of a password | client address |
//! | `refresh` | refreshing a session | client address |
//! | `work` | time that the store spends | user |
//!
//! What an IPv6 client has is its network of 64 bits; under `auth`, all networks of one site (48 bits)
//! together have eight times as much. Everything is counted in this process alone.

mod client_address;
mod count;
mod headers;
mod key;
mod policy;
mod policy_name;
mod states;
mod work;

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::http::header::X_FORWARDED_FOR;
use actix_web::{HttpMessage, HttpRequest, web};
use ipnet::IpNet;
use tasklane_domain::id::UserId;

pub(crate) use count::rate_limited;
pub use count::{AuthLimit, RefreshLimit, count_access};
pub use headers::rate_limit_headers;
pub(crate) use headers::{RATE_LIMIT_HEADER, RATE_LIMIT_POLICY_HEADER};

use crate::problem::Problem;
use crate::seconds::whole_seconds;
use client_address::{client_address, is_trusted, peer_address};
pub(crate) use key::Key;
use policy::{Policy, QuotaState};
pub(crate) use policy_name::PolicyName;
use work::WorkPolicy;

/// How often keys are forgotten whose quota is whole again.
const SWEEP_INTERVAL: Duration = Duration::from_secs(10);

/// How many times as much all networks of a site have together.
const SITE: u32 = 8;

/// The quotas of the policies.
#[derive(Debug, Clone, Copy)]
pub struct RateLimitSettings {
    /// For the API: by user, or by address before there is one.
    pub api: RateQuota,
    /// For signing in and up, and passwords: by address.
    pub auth: RateQuota,
    /// For refreshing: by address.
    pub refresh: RateQuota,
    /// For the store's work: by user.
    pub work: WorkQuota,
}

/// How many requests are let through in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateQuota {
    /// Requests, at least 1.
    pub quota: u32,
    /// The length of the window, more than zero.
    pub window: Duration,
}

/// How much time may be spent in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkQuota {
    /// The time, more than zero.
    pub quota: Duration,
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
    refresh: Policy,
    /// `auth` for all networks of a site together.
    auth_of_site: Policy,
    work: WorkPolicy,
}

impl Policies {
    fn new(limits: RateLimitSettings) -> Self {
        let of_site = RateQuota {
            quota: limits.auth.quota.saturating_mul(SITE),
            ..limits.auth
        };
        Self {
            api: Policy::new(PolicyName::Api, limits.api),
            auth: Policy::new(PolicyName::Auth, limits.auth),
            refresh: Policy::new(PolicyName::Refresh, limits.refresh),
            auth_of_site: Policy::new(PolicyName::Auth, of_site),
            work: WorkPolicy::new(limits.work),
        }
    }

    /// The policy that counts requests of this key; `None` for a bound on something else.
    fn get(&self, name: PolicyName, key: &Key) -> Option<&Policy> {
        match (name, key) {
            (PolicyName::Api, _) => Some(&self.api),
            (PolicyName::Auth, Key::Site(_)) => Some(&self.auth_of_site),
            (PolicyName::Auth, _) => Some(&self.auth),
            (PolicyName::Refresh, _) => Some(&self.refresh),
            (
                PolicyName::Concurrency
                | PolicyName::Streams
                | PolicyName::Memory
                | PolicyName::Work,
                _,
            ) => None,
        }
    }

    fn sweep(&self) {
        for policy in [&self.api, &self.auth, &self.refresh, &self.auth_of_site] {
            policy.sweep();
        }
        self.work.sweep();
    }
}

impl RateLimits {
    /// The policies with these quotas; without any, nothing is limited. `trusted_proxies` are the
    /// networks whose `X-Forwarded-For` is believed.
    #[must_use]
    pub fn new(limits: Option<RateLimitSettings>, trusted_proxies: Vec<IpNet>) -> Self {
        Self {
            policies: limits.map(Policies::new),
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
            policies.sweep();
        }
    }

    fn of(request: &HttpRequest) -> Option<&Self> {
        request
            .app_data::<web::Data<Self>>()
            .map(|limits| &***limits)
    }

    fn check(&self, policy: PolicyName, key: &Key) -> Option<QuotaState> {
        let policies = self.policies.as_ref()?;
        Some(policies.get(policy, key)?.check(key))
    }

    /// Takes time that was spent for a user from the quota of `work`.
    pub(crate) fn charge(&self, key: &Key, spent: Duration) {
        if let Some(policies) = &self.policies {
            policies.work.charge(key, spent);
        }
    }

    /// Makes sure that a user has some of the quota of `work` left.
    fn check_work(&self, key: &Key) -> Result<(), Problem> {
        let Some(policies) = &self.policies else {
            return Ok(());
        };
        policies.work.check(key).map_err(|wait| {
            let reason = "your requests took too much work";
            rate_limited(PolicyName::Work, reason, whole_seconds(wait))
        })
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

/// Makes sure that a user has some of the quota of `work` left.
///
/// # Errors
/// `rate_limited`
pub(crate) fn check_work(request: &HttpRequest, key: Key) -> Result<(), Problem> {
    RateLimits::of(request).map_or(Ok(()), |limits| limits.check_work(&key))
}

/// Whose share a request has: its user's, or its address's before there is one.
pub(crate) fn caller_key(request: &HttpRequest) -> Key {
    if let Some(user) = request.extensions().get::<UserId>() {
        return (*user).into();
    }
    match RateLimits::of(request) {
        Some(limits) => limits.key(request),
        None => peer_address(request).into(),
    }
}
