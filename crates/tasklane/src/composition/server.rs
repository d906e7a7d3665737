use tasklane_api::public_url::PublicUrl;
use tasklane_api::rate_limit::{RateLimitSettings, RateQuota, WorkQuota};
use tasklane_api::server::ServerSettings;
use tasklane_api::shares::ShareSettings;
use tasklane_api::web_page::WebPageSettings;

use crate::config::{RatePolicy, Settings};

/// What the HTTP server is told of the settings.
pub(crate) fn server_settings(settings: &Settings) -> ServerSettings {
    let server = &settings.server;
    let limits = &settings.rate_limit;
    ServerSettings {
        workers: server.workers,
        max_connections: server.max_connections,
        max_in_flight: server.max_in_flight,
        max_event_streams: server.max_event_streams,
        request_timeout: server.request_timeout,
        header_timeout: server.header_timeout,
        body_timeout: server.body_timeout,
        keep_alive: server.keep_alive,
        shutdown_timeout: server.shutdown_timeout,
        hsts: server.hsts.clone(),
        trusted_proxies: server.trusted_proxies.clone(),
        rate_limits: limits.enabled.then(|| RateLimitSettings {
            api: quota(limits.api),
            auth: quota(limits.auth),
            refresh: quota(limits.refresh),
            work: WorkQuota {
                quota: limits.work.quota,
                window: limits.work.window,
            },
        }),
        shares: ShareSettings {
            user_concurrency: server.user_concurrency,
            user_streams: server.user_streams,
            body_memory: server.body_memory,
        },
        answer_memory: server.answer_memory,
        public_url: server
            .public_url
            .as_ref()
            .map(PublicUrl::new)
            .unwrap_or_default(),
        docs: settings.api.docs,
        origins: settings.cors.origins.clone(),
        page: WebPageSettings {
            enabled: settings.web.enabled,
            better_auth: settings.web.better_auth.clone(),
        },
    }
}

fn quota(policy: RatePolicy) -> RateQuota {
    RateQuota {
        quota: policy.quota,
        window: policy.window,
    }
}
