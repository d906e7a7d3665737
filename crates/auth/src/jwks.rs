//! The keys that an issuer publishes, fetched when they are needed and kept for a while.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::{StatusCode, Url, redirect};
use tokio::sync::watch;
use tokio::time::Instant;

use tasklane_domain::port::TokenError;

use crate::header::Header;
use crate::key_set::{KeySet, Selection};
use crate::settings::{SettingsProblem, is_safe};

#[cfg(test)]
pub(crate) mod stub;
#[cfg(test)]
mod tests;

/// Longest answer, in bytes.
const MAX_LENGTH: usize = 256 * 1024;

/// This machine; the port is the URL's.
const LOOPBACK: [SocketAddr; 2] = [
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
    SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), 0),
];

/// How long things take.
#[derive(Debug, Clone, Copy)]
struct Timing {
    /// How long a fetch may take, from the look-up of the host to the last byte.
    time_out: Duration,
    /// How long a set is used before it is fetched again.
    lifetime: Duration,
    /// From what age on a set is fetched again without anybody waiting for it.
    refresh_at: Duration,
    /// How long a set is used while it cannot be fetched again.
    outage: Duration,
    /// How long after a fetch none is made, however it ended.
    cool_down: Duration,
}

const TIMING: Timing = Timing {
    time_out: Duration::from_secs(5),
    lifetime: Duration::from_mins(10),
    refresh_at: Duration::from_mins(8),
    outage: Duration::from_hours(24),
    cool_down: Duration::from_secs(30),
};

/// Fetches a JWK Set and keeps it.
///
/// However many tokens wait for keys, one fetch is under way at a time. It runs in a task of its
/// own, so that a client that hangs up does not take it down for the others. A set that is about to
/// end is fetched again while it is used. Nobody waits for keys when there are some and the last
/// fetch failed, and nobody waits twice for an issuer that is dead.
pub(crate) struct JwksClient(Arc<Shared>);

struct Shared {
    url: Url,
    http: reqwest::Client,
    timing: Timing,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The last set and when it came. It may be empty, but not the first one: an issuer that has not
    /// published any key yet is like one that cannot be reached.
    current: Option<(Arc<KeySet>, Instant)>,
    /// When the last fetch ended, and whether it failed.
    last_fetch: Option<(Instant, bool)>,
    /// Closed as soon as the fetch that it belongs to has ended, by whatever way.
    under_way: Option<watch::Receiver<()>>,
}

impl JwksClient {
    pub(crate) fn new(url: &str) -> Result<Self, SettingsProblem> {
        Self::with_timing(url, TIMING)
    }

    fn with_timing(url: &str, timing: Timing) -> Result<Self, SettingsProblem> {
        let url = Url::parse(url).ok().filter(is_safe);
        let url = url.ok_or(SettingsProblem::InsecureUrl)?;
        let builder = reqwest::Client::builder()
            .user_agent("tasklane")
            .redirect(redirect::Policy::none())
            .timeout(timing.time_out)
            // The next fetch is minutes away: a connection kept that long would be found dead.
            .pool_max_idle_per_host(0);
        let builder = if url.scheme() == "https" {
            builder.https_only(true)
        } else {
            // A loopback address is behind no proxy, and needs no certificates. A name for it means
            // this machine (RFC 6761 §6.3), whatever a name server says.
            builder
                .no_proxy()
                .tls_certs_only([])
                .resolve_to_addrs(url.host_str().unwrap_or_default(), &LOOPBACK)
        };
        let http = builder
            .build()
            .map_err(|error| SettingsProblem::HttpClient(Box::new(error)))?;
        Ok(Self(Arc::new(Shared {
            url,
            http,
            timing,
            state: Mutex::default(),
        })))
    }

    /// The key for a token with that header. For an unknown `kid` the set is fetched again, unless
    /// that was just done.
    pub(crate) async fn select(&self, header: &Header) -> Result<Selection, TokenError> {
        let selection = self.keys().await?.select(header);
        if !matches!(selection, Selection::UnknownId) || !self.fetch().await {
            return Ok(selection);
        }
        let newest = self
            .0
            .state()
            .current
            .as_ref()
            .map(|(keys, _)| keys.select(header));
        Ok(newest.unwrap_or(selection))
    }

    /// Fetches the set here and now, beside whatever is kept. It has at least one key.
    pub(crate) async fn download(&self) -> Result<KeySet, FetchError> {
        let keys = self.0.download().await?;
        if keys.is_empty() {
            Err(FetchError::NoKeys)
        } else {
            Ok(keys)
        }
    }

    async fn keys(&self) -> Result<Arc<KeySet>, TokenError> {
        let usable = self.0.state().usable(self.0.timing);
        match usable {
            Usable::Fresh(keys) => return Ok(keys),
            Usable::Old(keys) => {
                self.start_fetch();
                return Ok(keys);
            }
            Usable::Overdue | Usable::None => self.fetch().await,
        };
        match self.0.state().usable(self.0.timing) {
            Usable::Fresh(keys) | Usable::Old(keys) => Ok(keys),
            Usable::Overdue | Usable::None => Err(TokenError::KeysUnavailable),
        }
    }

    /// Waits for a fetch; false when none may be made now.
    async fn fetch(&self) -> bool {
        let Some(mut under_way) = self.start_fetch() else {
            return false;
        };
        // The sender never sends: it is dropped when the fetch is over, and that ends the wait.
        let _closed = under_way.changed().await;
        true
    }

    /// Joins the fetch under way or begins one; `None` during the cool-down.
    fn start_fetch(&self) -> Option<watch::Receiver<()>> {
        let mut state = self.0.state();
        if let Some(under_way) = state
            .under_way
            .as_ref()
            .filter(|one| one.has_changed().is_ok())
        {
            return Some(under_way.clone());
        }
        let cool_down = self.0.timing.cool_down;
        if state
            .last_fetch
            .is_some_and(|(ended, _)| ended.elapsed() < cool_down)
        {
            return None;
        }
        let (ended, under_way) = watch::channel(());
        state.under_way = Some(under_way.clone());
        let shared = Arc::clone(&self.0);
        tokio::spawn(async move {
            let result = shared.download().await;
            shared.settle(result);
            drop(ended);
        });
        Some(under_way)
    }
}

/// What can be done with the set at hand.
enum Usable {
    /// Use it.
    Fresh(Arc<KeySet>),
    /// Use it, and fetch it again behind the scenes: its end is near, or the issuer does not answer.
    Old(Arc<KeySet>),
    /// Fetch first.
    Overdue,
    /// There is no set.
    None,
}

impl State {
    fn usable(&self, timing: Timing) -> Usable {
        let Some((keys, came)) = &self.current else {
            return Usable::None;
        };
        let age = came.elapsed();
        let has_failed = self.last_fetch.is_some_and(|(_, failed)| failed);
        if age < timing.refresh_at {
            Usable::Fresh(Arc::clone(keys))
        } else if age < timing.lifetime || (has_failed && age < timing.outage) {
            Usable::Old(Arc::clone(keys))
        } else {
            Usable::Overdue
        }
    }
}

/// Why no keys came.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// Nobody could be asked, or the answer did not come in time.
    #[error("the request failed")]
    Http(#[from] reqwest::Error),
    /// The answer is not 200.
    #[error("the answer's status is {0}")]
    Status(StatusCode),
    /// The answer is too long to be keys.
    #[error("the answer is longer than 256 KiB")]
    TooLong,
    /// The answer is something else.
    #[error("the answer is not a JWK Set")]
    NotAKeySet(#[from] serde_json::Error),
    /// The issuer has not published any key that tokens could be verified with.
    #[error("the set has no usable key")]
    NoKeys,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn download(&self) -> Result<KeySet, FetchError> {
        let mut response = self.http.get(self.url.clone()).send().await?;
        if response.status() != StatusCode::OK {
            return Err(FetchError::Status(response.status()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > MAX_LENGTH {
                return Err(FetchError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(KeySet::from_json(&body)?)
    }

    fn settle(&self, result: Result<KeySet, FetchError>) {
        let now = Instant::now();
        let mut state = self.state();
        let result = match result {
            Ok(keys) if keys.is_empty() && state.current.is_none() => Err(FetchError::NoKeys),
            other => other,
        };
        state.last_fetch = Some((now, result.is_err()));
        match result {
            Ok(keys) => state.current = Some((Arc::new(keys), now)),
            Err(error) => {
                let url = self.url.as_str();
                let error: &dyn std::error::Error = &error;
                let kept = state.current.is_some();
                tracing::warn!(url, error, kept, "an issuer's keys could not be fetched");
            }
        }
    }
}
