//! Where the server is and how to speak to it: the database URL.
//!
//! tokio-postgres refuses parameters that other clients take in the same URL; they are taken out and
//! translated here.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tasklane_domain::error::with_causes;
use tokio_postgres::config::Host;
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{CancelToken, Client, Config, Connection, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::backoff::Backoff;
use super::distribution::Distribution;
use super::parameters::Parameters;
use crate::postgres::error::OpenError;

/// The ports on which PgBouncer and Supabase's pooler give each transaction another session.
const POOLER_PORTS: [u16; 2] = [6432, 6543];
/// How the first part of a host's name ends where Neon's pooler answers.
const POOLER_HOST: &str = "-pooler";

const DEFAULT_PORT: u16 = 5432;
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
    /// The names of the URL's parameters that mean nothing here.
    ignored: Vec<String>,
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
        set_defaults(&mut config, &parameters);
        Ok(Self {
            config,
            tls: parameters.tls.connector(parameters.roots.as_deref())?,
            behind_pooler: parameters.behind_pooler,
            ignored: parameters.ignored,
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

    /// Logs which parameters of the setting's URL mean nothing here.
    pub(crate) fn warn_of_ignored(&self, setting: &str) {
        if !self.ignored.is_empty() {
            let names = self.ignored.join(", ");
            tracing::warn!("parameters of {setting} are ignored: {names}");
        }
    }

    /// Connects and signs in.
    pub(crate) async fn connect(
        &self,
    ) -> Result<(Client, Connection<Socket, TlsStream>), tokio_postgres::Error> {
        self.config.connect(self.tls.clone()).await
    }

    /// Asks the server to give up what a session is at, over a connection of its own.
    pub(super) async fn cancel(&self, token: &CancelToken) -> Result<(), tokio_postgres::Error> {
        token.cancel_query(self.tls.clone()).await
    }

    /// Why a connection was not made: where to, what was said, and what usually helps.
    pub(super) fn explain(&self, error: &tokio_postgres::Error) -> String {
        let server = self.server();
        let causes = with_causes(error);
        match self.hint(error) {
            Some(hint) => format!("{server}: {causes} ({hint})"),
            None => format!("{server}: {causes}"),
        }
    }

    /// Host and port, several separated by commas.
    fn server(&self) -> String {
        let ports = self.config.get_ports();
        let hosts = self.config.get_hosts().iter().enumerate();
        let shown = hosts.map(|(index, host)| {
            let port = ports.get(index).or(ports.first()).unwrap_or(&DEFAULT_PORT);
            match host {
                // What is before an @ was meant as a part of the password.
                Host::Tcp(name) => {
                    let name = name.rsplit('@').next().unwrap_or_default();
                    format!("{name}:{port}")
                }
                Host::Unix(folder) => format!("{}:{port}", folder.display()),
            }
        });
        shown.collect::<Vec<_>>().join(",")
    }

    fn hint(&self, error: &tokio_postgres::Error) -> Option<String> {
        let is_split = |host: &Host| matches!(host, Host::Tcp(name) if name.contains('@'));
        if self.config.get_hosts().iter().any(is_split) {
            return Some("an @ in the password is written %40".to_owned());
        }
        let database = self.config.get_dbname().or(self.config.get_user());
        match error.code() {
            Some(code) if *code == SqlState::INVALID_CATALOG_NAME => {
                let database = database.unwrap_or_default();
                Some(format!("CREATE DATABASE \"{database}\" makes it"))
            }
            Some(code) if *code == SqlState::INVALID_PASSWORD => {
                Some("in a URL, special characters of a password are percent-encoded".to_owned())
            }
            _ => None,
        }
    }
}

/// Sets what the URL does not say itself.
fn set_defaults(config: &mut Config, parameters: &Parameters<'_>) {
    let is_given = |name: &str| {
        let mut given = parameters.rest.iter();
        given.any(|parameter| parameter.split('=').next() == Some(name))
    };
    if let Some(options) = parameters.options(config.get_options()) {
        config.options(options);
    }
    if !is_given("application_name") {
        config.application_name(
            parameters
                .fallback_name
                .as_deref()
                .unwrap_or(APPLICATION_NAME),
        );
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
    fn a_refusal_names_the_server_and_never_a_part_of_the_password() {
        for (url, server) in [
            ("postgres://ada:secret@db.example/x", "db.example:5432"),
            (
                "postgres://ada@db.example:6432,other/x",
                "db.example:6432,other:5432",
            ),
            ("postgres://ada:sec@ret@db.example/x", "db.example:5432"),
        ] {
            assert_eq!(parse(url).server(), server, "{url}");
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
            let text = mode.parse::<super::super::tls::TlsMode>().unwrap();
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
