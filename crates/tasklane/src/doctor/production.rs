//! Settings that are right for somebody's own machine, and rarely for others'.

use super::diagnosis::Diagnosis;
use crate::composition::mail_gaps;
use crate::config::{Profile, RegistrationPolicy, Settings};

/// What a service for others usually has; nothing in development.
pub(super) fn check(settings: &Settings) -> Vec<Diagnosis> {
    match settings.profile {
        Profile::Development => Vec::new(),
        Profile::Production => [
            registration(settings),
            proxies(settings),
            cors(settings),
            hsts(settings),
            rate_limit(settings),
        ]
        .into_iter()
        .chain(mail(settings))
        .collect(),
    }
}

fn registration(settings: &Settings) -> Diagnosis {
    match settings.auth.registration {
        RegistrationPolicy::Closed => Diagnosis::ok("registration", "closed"),
        RegistrationPolicy::Open => Diagnosis::warning(
            "registration",
            "open: anybody who reaches the service can make an account",
            "set auth.registration = \"closed\" unless that is meant, and add people with \
             `tasklane user add`",
        ),
    }
}

fn proxies(settings: &Settings) -> Diagnosis {
    let trusted = &settings.server.trusted_proxies;
    if trusted.is_empty() {
        return Diagnosis::warning(
            "proxies",
            "no proxy is trusted: behind one, all clients share one rate limit for signing in",
            "name the proxy's address in server.trusted_proxies, such as 127.0.0.1 for one on this \
             machine, unless clients connect directly",
        );
    }
    let trusted: Vec<_> = trusted.iter().map(ToString::to_string).collect();
    Diagnosis::ok("proxies", format!("trusted: {}", trusted.join(", ")))
}

fn cors(settings: &Settings) -> Diagnosis {
    match settings.cors.origins.len() {
        0 => Diagnosis::warning(
            "cors",
            "web pages of other origins may not call",
            "name your frontends' origins in cors.origins, unless no browser calls from one",
        ),
        1 => Diagnosis::ok("cors", "1 origin may call"),
        number => Diagnosis::ok("cors", format!("{number} origins may call")),
    }
}

fn hsts(settings: &Settings) -> Diagnosis {
    match &settings.server.hsts {
        None => Diagnosis::warning(
            "hsts",
            "browsers are not told to keep to https",
            "set server.hsts, such as \"max-age=31536000\", unless the proxy that ends TLS does so",
        ),
        Some(value) => Diagnosis::ok("hsts", value.clone()),
    }
}

fn rate_limit(settings: &Settings) -> Diagnosis {
    if settings.rate_limit.enabled {
        let policy = settings.rate_limit.api;
        let finding = format!("{} requests in {:?}", policy.quota, policy.window);
        Diagnosis::ok("rate limit", finding)
    } else {
        Diagnosis::warning(
            "rate limit",
            "clients may call as often as they like",
            "set rate_limit.enabled = true, unless a proxy in front of Tasklane limits them",
        )
    }
}

fn mail(settings: &Settings) -> Vec<Diagnosis> {
    let gaps = mail_gaps(settings).into_iter();
    gaps.map(|(finding, advice)| Diagnosis::warning("mail", finding, advice))
        .collect()
}
