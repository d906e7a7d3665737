//! Settings that are right for somebody's own machine, and rarely for others'.

use super::diagnosis::Diagnosis;
use crate::config::{Profile, Settings};

/// What a service for others usually has; nothing in development.
pub(super) fn check(settings: &Settings) -> Vec<Diagnosis> {
    match settings.profile {
        Profile::Development => Vec::new(),
        Profile::Production => vec![cors(settings), hsts(settings), rate_limit(settings)],
    }
}

fn cors(settings: &Settings) -> Diagnosis {
    match settings.cors.origins.len() {
        0 => Diagnosis::warning(
            "cors",
            "no web page of another origin may call",
            "name your frontends' origins in cors.origins, unless no browser calls from one",
        ),
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
            "clients may call, and guess passwords, as often as they like",
            "set rate_limit.enabled = true, unless something before Tasklane limits them",
        )
    }
}
