//! The parameters of a database URL, as libpq, Prisma, JDBC and providers' consoles write them.

use percent_encoding::percent_decode_str;

use super::tls::TlsMode;
use crate::postgres::error::OpenError;

/// What tokio-postgres understands itself.
const UNDERSTOOD: [&str; 17] = [
    "application_name",
    "channel_binding",
    "connect_timeout",
    "dbname",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "load_balance_hosts",
    "options",
    "password",
    "port",
    "sslnegotiation",
    "target_session_attrs",
    "user",
];

/// What asks for more safety than a connection has without it, and is not supported: leaving it out
/// would go unnoticed.
const PROTECTIVE: [&str; 10] = [
    "require_auth",
    "requirepeer",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "sslcert",
    "sslcrl",
    "sslcrldir",
    "sslidentity",
    "sslkey",
    "sslpassword",
];

/// A URL's parameters, sorted by who understands them.
#[derive(Debug, Default)]
pub(super) struct Parameters<'url> {
    /// How TLS is negotiated.
    pub(super) tls: TlsMode,
    /// The file of root certificates.
    pub(super) roots: Option<String>,
    /// Whether a transaction pooler stands between.
    pub(super) behind_pooler: bool,
    /// The schemas in which tables are looked for.
    pub(super) search_path: Option<String>,
    /// What the server is told about the client where nothing else says it.
    pub(super) fallback_name: Option<String>,
    /// What tokio-postgres understands, as it was written.
    pub(super) rest: Vec<&'url str>,
    /// The names of those that mean nothing here.
    pub(super) ignored: Vec<String>,
}

impl<'url> Parameters<'url> {
    /// Sorts the parameters of a URL's query.
    ///
    /// # Errors
    /// One has a value that is not understood, or asks for protection that there is not.
    pub(super) fn parse(query: &'url str) -> Result<Self, OpenError> {
        let mut parameters = Self::default();
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let malformed = || OpenError::Parameter(name.to_owned());
            let value = percent_decode_str(value)
                .decode_utf8()
                .map_err(|_| malformed())?;
            match (name, &*value) {
                ("sslmode", _) => parameters.tls = value.parse().map_err(|_| malformed())?,
                ("ssl", "true" | "1") => parameters.tls = TlsMode::VerifyFull,
                ("sslrootcert", _) => parameters.roots = Some(value.into_owned()),
                ("pgbouncer", _) => {
                    parameters.behind_pooler = value.parse().map_err(|_| malformed())?;
                }
                ("schema" | "currentSchema", _) => {
                    parameters.search_path = Some(value.into_owned());
                }
                ("fallback_application_name", _) => {
                    parameters.fallback_name = Some(value.into_owned());
                }
                ("gssencmode", "require") | ("sslaccept", "strict") => return Err(malformed()),
                // The pool has settings of its own.
                ("pool_timeout" | "connection_limit", _) => {}
                _ if UNDERSTOOD.contains(&name) => parameters.rest.push(parameter),
                _ if PROTECTIVE.contains(&name) => return Err(malformed()),
                _ => parameters.ignored.push(name.to_owned()),
            }
        }
        Ok(parameters)
    }

    /// The `options` with which a session finds its tables, beside those that were given.
    pub(super) fn options(&self, given: Option<&str>) -> Option<String> {
        let path = self.search_path.as_deref()?;
        // A name in quotes, both escaped for the text of `options`.
        let quoted: Vec<_> = path
            .split(',')
            .map(|schema| format!("\"{}\"", schema.trim().replace('"', "\"\"")))
            .collect();
        let path = quoted.join(",").replace('\\', "\\\\").replace(' ', "\\ ");
        let search_path = format!("-csearch_path={path}");
        Some(match given {
            Some(given) => format!("{given} {search_path}"),
            None => search_path,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_nothing_here_is_ignored_by_name() {
        let query = "supa=base-pooler.x&gssencmode=disable&client_encoding=UTF8&ssl=false\
             &connection_limit=5&sslcompression=0";
        let parameters = Parameters::parse(query).unwrap();
        assert_eq!(
            parameters.ignored,
            [
                "supa",
                "gssencmode",
                "client_encoding",
                "ssl",
                "sslcompression"
            ]
        );
        assert!(parameters.rest.is_empty());
    }

    #[test]
    fn what_would_protect_the_connection_is_never_ignored() {
        for query in [
            "sslcert=/etc/client.pem",
            "sslkey=/etc/client.key",
            "gssencmode=require",
            "require_auth=scram-sha-256",
            "ssl_min_protocol_version=TLSv1.3",
            "sslaccept=strict",
        ] {
            let error = Parameters::parse(query).unwrap_err().to_string();
            let name = query.split('=').next().unwrap();
            assert!(error.contains(name), "{error}");
        }
        assert_eq!(
            Parameters::parse("ssl=true").unwrap().tls,
            TlsMode::VerifyFull
        );
    }

    #[test]
    fn a_schema_is_the_search_path() {
        let options = |query, given| Parameters::parse(query).unwrap().options(given);
        assert_eq!(options("x=1", Some("-c geqo=off")), None);
        assert_eq!(
            options("schema=public", None).as_deref(),
            Some("-csearch_path=\"public\"")
        );
        assert_eq!(
            options("schema=my%20tasks,public", Some("-c geqo=off")).as_deref(),
            Some("-c geqo=off -csearch_path=\"my\\ tasks\",\"public\"")
        );
    }
}
