use std::fmt;
use std::str::FromStr;

use url::Url;

/// A web origin (RFC 6454), or every sub-domain of one: `https://app.example.com`,
/// `https://*.example.com`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorsOrigin {
    /// Scheme and `://`, lower case.
    scheme: String,
    /// Host and port, without a scheme's own port; after `*` where sub-domains are meant.
    authority: String,
    with_subdomains: bool,
}

impl CorsOrigin {
    /// Whether the value of an `Origin` header is meant. A wildcard takes sub-domains of every
    /// depth, and not the domain itself.
    #[must_use]
    pub fn matches(&self, origin: &str) -> bool {
        let Some(authority) = origin.strip_prefix(&self.scheme) else {
            return false;
        };
        if !self.with_subdomains {
            return authority == self.authority;
        }
        authority
            .strip_suffix(&self.authority)
            .and_then(|labels| labels.strip_suffix('.'))
            .is_some_and(|labels| {
                labels
                    .split('.')
                    .all(|label| !label.is_empty() && label.bytes().all(is_label))
            })
    }
}

fn is_label(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

impl FromStr for CorsOrigin {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const RULE: &str = "must be origins: a scheme, a host and perhaps a port, and nothing \
             behind them, such as https://app.example.com or https://*.example.com";

        let (scheme, authority) = text.split_once("://").ok_or(RULE)?;
        let (with_subdomains, authority) = match authority.strip_prefix("*.") {
            Some(domain) => (true, domain),
            None => (false, authority),
        };
        if authority.contains(['/', '?', '#', '@', '*', '\\']) {
            return Err(RULE);
        }
        let url = Url::parse(&format!("{scheme}://{authority}")).map_err(|_| RULE)?;
        let host = url
            .host_str()
            .filter(|host| !host.is_empty())
            .ok_or(RULE)?
            .to_lowercase();
        let is_name = url
            .domain()
            .is_some_and(|domain| domain.parse::<std::net::IpAddr>().is_err());
        if url.scheme() == "file" || (with_subdomains && !is_name) {
            return Err(RULE);
        }
        Ok(Self {
            scheme: format!("{}://", url.scheme()),
            authority: url
                .port()
                .map_or(host.clone(), |port| format!("{host}:{port}")),
            with_subdomains,
        })
    }
}

impl fmt::Display for CorsOrigin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wildcard = if self.with_subdomains { "*." } else { "" };
        write!(formatter, "{}{wildcard}{}", self.scheme, self.authority)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> CorsOrigin {
        text.parse().unwrap()
    }

    #[test]
    fn an_origin_matches_itself_alone() {
        let app = origin("https://app.example.com");
        assert!(app.matches("https://app.example.com"));
        for other in [
            "http://app.example.com",
            "https://app.example.com:8443",
            "https://app.example.com.evil.example",
            "https://evil.example/https://app.example.com",
            "https://example.com",
            "null",
            "",
        ] {
            assert!(!app.matches(other), "{other}");
        }
    }

    #[test]
    fn a_wildcard_matches_sub_domains_and_not_the_domain() {
        let all = origin("https://*.example.com");
        assert!(all.matches("https://app.example.com"));
        assert!(all.matches("https://preview-1.app.example.com"));
        for other in [
            "https://example.com",
            "https://.example.com",
            "https://evilexample.com",
            "https://a..example.com",
            "https://app.example.com:8443",
            "http://app.example.com",
            "https://evil.example/.example.com",
            "https://evil.example#.example.com",
            "https://user@app.example.com",
        ] {
            assert!(!all.matches(other), "{other}");
        }
        assert!(origin("http://*.localhost:3000").matches("http://app.localhost:3000"));
    }

    #[test]
    fn an_origin_is_read_as_a_browser_writes_it() {
        assert_eq!(
            origin("HTTPS://App.Example.COM:443").to_string(),
            "https://app.example.com"
        );
        assert_eq!(
            origin("http://localhost:3000").to_string(),
            "http://localhost:3000"
        );
        assert_eq!(origin("http://[::1]:3000").to_string(), "http://[::1]:3000");
        assert_eq!(
            origin("https://bücher.example").to_string(),
            "https://xn--bcher-kva.example"
        );
        assert_eq!(
            origin("capacitor://localhost").to_string(),
            "capacitor://localhost"
        );
        assert_eq!(
            origin("https://*.Example.com").to_string(),
            "https://*.example.com"
        );
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for text in [
            "",
            "*",
            "null",
            "example.com",
            "localhost:3000",
            "https://",
            "https://*",
            "https://*.",
            "https://a.*.example.com",
            "https://example.com/",
            "https://a.example/app",
            "https://a.example?x",
            "https://a.example#x",
            "https://me@a.example",
            "https://a.example:port",
            "https://a b.example",
            "file://host",
            "http://*.127.0.0.1",
        ] {
            assert!(text.parse::<CorsOrigin>().is_err(), "{text:?}");
        }
    }
}
