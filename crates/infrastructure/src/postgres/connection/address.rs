//! Where the server is and how to speak to it: the database URL.
//!
//! tokio-postgres refuses parameters that other clients take in the same URL; they are taken out and
//! translated here.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use tokio_postgres::config::Host;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Connection, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::backoff::Backoff;
use super::distribution::Distribution;
use super::tls::TlsMode;
use crate::postgres::error::OpenError;

/// The ports on which PgBouncer and Supabase's pooler give each transaction another session.
const POOLER_PORTS: [u16; 2] = [6432, 6543];
/// How the first part of a host's name ends where Neon's pooler answers.
const POOLER_HOST: &str = "-pooler";

const APPLICATION_NAME: &str = "tasklane";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How soon a dead server is noticed: on an idle connection by probes, on a busy one because nothing
/// sent is acknowledged.
const PROBE_AFTER: Duration = Duration::from_secs(30);
const PROBE_EVERY: Duration = Duration::from_secs(10);
const PROBES: u32 = 3;
const UNACKNOWLEDGED: Duration = Duration::from_secs(15);

/// What a connection runs over once TLS is agreed on.
pub(crate) type TlsStream = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;

/// A parsed database URL.
#[derive(Clone)]
pub(crate) struct Address {
    config: Config,
    tls: MakeRustlsConnect,
    /// Whether a transaction pooler stands between, as `pgbouncer=true` says: each transaction may
    /// get another session of the server, so nothing can be kept in one.
    pub(crate) behind_pooler: bool,
    /// Whoever connects goes through it. Clones share it.
    pub(crate) backoff: Arc<Backoff>,
    /// How the tables lie there. Clones share it.
    pub(crate) distribution: Arc<Distribution>,
}

/// Without the password.
impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Address")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl Address {
    /// Reads a URL as libpq, Prisma and others write it.
    pub(crate) fn parse(url: &str) -> Result<Self, OpenError> {
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(OpenError::Scheme);
        }
        let (server, query) = url.split_once('?').unwrap_or((url, ""));
        let parameters = Parameters::parse(query)?;
        let rest = parameters.rest.join("&");
        let mut config: Config = format!("{server}?{rest}").parse().map_err(OpenError::Url)?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(OpenError::NoHost);
        }
        config.ssl_mode(parameters.tls.negotiation());
        set_defaults(&mut config, &parameters.rest);
        Ok(Self {
            config,
            tls: parameters.tls.connector(parameters.roots.as_deref())?,
            behind_pooler: parameters.behind_pooler,
            backoff: Arc::default(),
            distribution: Arc::default(),
        })
    }

    /// Whether a transaction pooler seems to stand between: the settings say so, or host or port are
    /// such as poolers have.
    pub(crate) fn looks_pooled(&self) -> bool {
        let has_name = |host: &Host| match host {
            Host::Tcp(name) => {
                let first = name.split('.').next();
                first.is_some_and(|first| first.ends_with(POOLER_HOST))
            }
            Host::Unix(_) => false,
        };
        let ports = self.config.get_ports();
        self.behind_pooler
            || self.config.get_hosts().iter().any(has_name)
            || ports.iter().any(|port| POOLER_PORTS.contains(port))
    }

    /// Connects and signs in.
    pub(crate) async fn connect(
        &self,
    ) -> Result<(Client, Connection<Socket, TlsStream>), tokio_postgres::Error> {
        self.config.connect(self.tls.clone()).await
    }
}

/// The URL's parameters, sorted by who understands them.
#[derive(Default)]
struct Parameters<'url> {
    tls: TlsMode,
    roots: Option<String>,
    behind_pooler: bool,
    rest: Vec<&'url str>,
}

impl<'url> Parameters<'url> {
    fn parse(query: &'url str) -> Result<Self, OpenError> {
        let mut parameters = Self::default();
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let malformed = || OpenError::Parameter(name.to_owned());
            let value = percent_decode_str(value)
                .decode_utf8()
                .map_err(|_| malformed())?;
            match name {
                "sslmode" => parameters.tls = value.parse().map_err(|_| malformed())?,
                "sslrootcert" => parameters.roots = Some(value.into_owned()),
                "pgbouncer" => parameters.behind_pooler = value.parse().map_err(|_| malformed())?,
                // The pool has settings of its own.
                "pool_timeout" | "connection_limit" => {}
                _ => parameters.rest.push(parameter),
            }
        }
        Ok(parameters)
    }
}

/// Sets what the URL does not say itself.
fn set_defaults(config: &mut Config, given: &[&str]) {
    let is_given = |name: &str| {
        given
            .iter()
            .any(|parameter| parameter.split('=').next() == Some(name))
    };
    if !is_given("application_name") {
        config.application_name(APPLICATION_NAME);
    }
    if !is_given("connect_timeout") {
        config.connect_timeout(CONNECT_TIMEOUT);
    }
    if !is_given("keepalives_idle") {
        config.keepalives_idle(PROBE_AFTER);
    }
    if !is_given("keepalives_interval") {
        config.keepalives_interval(PROBE_EVERY);
    }
    if !is_given("keepalives_retries") {
        config.keepalives_retries(PROBES);
    }
    if !is_given("tcp_user_timeout") {
        config.tcp_user_timeout(UNACKNOWLEDGED);
    }
}

#[cfg(test)]
mod tests {
    use tokio_postgres::config::{ChannelBinding, SslMode};

    use super::*;

    fn parse(url: &str) -> Address {
        Address::parse(url).unwrap()
    }

    #[test]
    fn a_url_of_a_hosted_database_is_understood() {
        let address = parse(
            "postgresql://ada:s%40cret@ep-cool-1.eu.example:6432/main?sslmode=no-verify\
             &channel_binding=require&options=endpoint%3Dep-cool-1&pgbouncer=true&pool_timeout=15\
             &connection_limit=1",
        );
        assert_eq!(address.config.get_password(), Some(&b"s@cret"[..]));
        assert_eq!(address.config.get_ports(), [6432]);
        assert_eq!(
            address.config.get_channel_binding(),
            ChannelBinding::Require
        );
        assert_eq!(address.config.get_options(), Some("endpoint=ep-cool-1"));
        assert_eq!(address.config.get_ssl_mode(), SslMode::Require);
        assert_eq!(address.config.get_application_name(), Some("tasklane"));
        assert!(address.behind_pooler);
    }

    #[test]
    fn a_pooler_is_known_by_the_settings_the_host_or_the_port() {
        for url in [
            "postgres://h/x?pgbouncer=true",
            "postgres://ep-cool-1-pooler.eu.example/x",
            "postgres://h:6432/x",
            "postgres://h:6543/x",
        ] {
            assert!(parse(url).looks_pooled(), "{url}");
        }
        for url in [
            "postgres://h/x",
            "postgres://ep-cool-1.eu-pooler.example:5432/x",
            "postgres://pooler.example/x",
            "postgres://h/x-pooler?pgbouncer=false",
        ] {
            assert!(!parse(url).looks_pooled(), "{url}");
        }
    }

    #[test]
    fn every_mode_of_libpq_is_negotiated_as_it_should_be() {
        let modes = [
            ("disable", SslMode::Disable),
            ("allow", SslMode::Prefer),
            ("prefer", SslMode::Prefer),
            ("no-verify", SslMode::Require),
            ("require", SslMode::Require),
            ("verify-ca", SslMode::Require),
            ("verify-full", SslMode::Require),
        ];
        for (mode, negotiated) in modes {
            let text = mode.parse::<TlsMode>().unwrap();
            assert_eq!(text.negotiation(), negotiated, "{mode}");
        }
        assert_eq!(
            parse("postgres://localhost/x").config.get_ssl_mode(),
            SslMode::Prefer
        );
    }

    #[test]
    fn what_the_url_says_goes_before_the_defaults() {
        let address = parse("postgres://h/x?application_name=me&connect_timeout=1");
        assert_eq!(address.config.get_application_name(), Some("me"));
        assert_eq!(
            address.config.get_connect_timeout(),
            Some(&Duration::from_secs(1))
        );
        assert_eq!(address.config.get_tcp_user_timeout(), Some(&UNACKNOWLEDGED));
    }

    #[test]
    fn what_is_not_understood_is_refused_by_name_and_without_the_password() {
        let refuse = |url: &str| {
            let error: &dyn std::error::Error = &Address::parse(url).unwrap_err();
            let source = error.source().map(ToString::to_string).unwrap_or_default();
            let cause = error.source().and_then(std::error::Error::source);
            format!(
                "{error}: {source}: {}",
                cause.map(ToString::to_string).unwrap_or_default()
            )
        };
        assert!(refuse("mysql://h/x").contains("must begin with"));
        assert!(refuse("postgres:///x").contains("no host"));
        assert!(refuse("postgres://h/x?sslmode=sometimes").contains("sslmode"));
        assert!(refuse("postgres://h/x?sslcert=me.pem").contains("sslcert"));
        assert!(refuse("postgres://a:hidden@h:port/x").contains("port"));
        assert!(!refuse("postgres://a:hidden@h:port/x").contains("hidden"));
        let missing = "postgres://h/x?sslmode=verify-ca&sslrootcert=%2Fno%2Fsuch%2Ffile.pem";
        assert!(refuse(missing).contains("/no/such/file.pem"));
        assert!(!format!("{:?}", parse("postgres://a:hidden@h/x")).contains("hidden"));
    }
}
