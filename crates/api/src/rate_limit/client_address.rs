use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderValue, X_FORWARDED_FOR};
use ipnet::IpNet;

/// The most entries of `X-Forwarded-For` that are read.
const MOST_HOPS: usize = 16;

/// Where a request comes from: the peer, or, as long as who says so is a trusted proxy, whom
/// `X-Forwarded-For` names, from right to left. An IPv4-mapped address is an IPv4 one.
///
/// Each proxy adds the address that it was called from at the right, so whatever a client puts into
/// the header itself stands left of the client's own address and is never reached. What cannot be
/// read ends the search at the proxy that passed it on.
pub(super) fn client_address(request: &HttpRequest, trusted: &[IpNet]) -> IpAddr {
    let peer = peer_address(request);
    if !is_trusted(peer, trusted) {
        return peer;
    }
    let lines = request.headers().get_all(X_FORWARDED_FOR);
    let lines: Vec<_> = lines.map(HeaderValue::as_bytes).collect();
    behind_proxies(peer, &lines, trusted)
}

/// Where the request's connection comes from.
pub(super) fn peer_address(request: &HttpRequest) -> IpAddr {
    let peer = request.peer_addr().map(|peer| peer.ip());
    peer.unwrap_or(Ipv4Addr::UNSPECIFIED.into()).to_canonical()
}

fn behind_proxies(peer: IpAddr, lines: &[&[u8]], trusted: &[IpNet]) -> IpAddr {
    let entries = lines
        .iter()
        .rev()
        .flat_map(|line| line.rsplit(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|entry| !entry.is_empty());
    let mut address = peer;
    for entry in entries.take(MOST_HOPS) {
        match parse(entry) {
            Some(next) if is_trusted(address, trusted) => address = next,
            _ => break,
        }
    }
    address
}

pub(super) fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|network| network.contains(&address))
}

/// Reads an address, which some proxies write with a port, and with brackets if it is IPv6.
fn parse(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry).ok()?;
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .unwrap_or(text);
    let address = bare
        .parse()
        .or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip()));
    address.ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    const TRUSTED: [&str; 3] = ["10.0.0.0/8", "fd00::/8", "192.0.2.7/32"];

    fn client(peer: &str, lines: &[&str]) -> String {
        let trusted = TRUSTED.map(|network| network.parse().unwrap());
        let peer = SocketAddr::new(peer.parse().unwrap(), 4711);
        let request = TestRequest::default().peer_addr(peer);
        let request = lines.iter().fold(request, |request, line| {
            request.append_header((X_FORWARDED_FOR, *line))
        });
        client_address(&request.to_http_request(), &trusted).to_string()
    }

    #[test]
    fn only_what_trusted_proxies_say_is_believed() {
        let long = "10.0.0.2, ".repeat(40) + "10.0.0.2";
        let beyond = format!("203.0.113.9, {long}");
        let cases: [(&str, &[&str], &str); 33] = [
            // Nobody in between.
            ("203.0.113.5", &[], "203.0.113.5"),
            ("2001:db8::1", &[], "2001:db8::1"),
            ("::ffff:203.0.113.5", &[], "203.0.113.5"),
            // A stranger may say what they like.
            ("203.0.113.5", &["198.51.100.1"], "203.0.113.5"),
            ("203.0.113.5", &["10.0.0.1"], "203.0.113.5"),
            ("2001:db8::1", &["10.0.0.1, 198.51.100.1"], "2001:db8::1"),
            // One trusted proxy.
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &[""], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("::ffff:10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("fd00::1", &["2001:db8::1"], "2001:db8::1"),
            ("192.0.2.7", &["198.51.100.1"], "198.51.100.1"),
            ("192.0.2.8", &["198.51.100.1"], "192.0.2.8"),
            ("10.0.0.1", &["\t 198.51.100.1 ,"], "198.51.100.1"),
            ("10.0.0.1", &["198.51.100.1, ,"], "198.51.100.1"),
            // The client wrote into the header before the proxy did.
            ("10.0.0.1", &["127.0.0.1, 198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["10.0.0.9, 198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["nonsense, 198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["127.0.0.1", "198.51.100.1"], "198.51.100.1"),
            // Several proxies.
            ("10.0.0.1", &["198.51.100.1, 10.0.0.2"], "198.51.100.1"),
            ("10.0.0.1", &["198.51.100.1", "10.0.0.2"], "198.51.100.1"),
            (
                "fd00::1",
                &["1.1.1.1, 198.51.100.1, fd00::2"],
                "198.51.100.1",
            ),
            (
                "10.0.0.1",
                &["198.51.100.1, ::ffff:10.0.0.2"],
                "198.51.100.1",
            ),
            ("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            ("10.0.0.1", &[&long], "10.0.0.2"),
            ("10.0.0.1", &[&beyond], "10.0.0.2"),
            // Ports, brackets and mapped addresses.
            ("10.0.0.1", &["198.51.100.1:5678"], "198.51.100.1"),
            ("10.0.0.1", &["[2001:db8::1]:443"], "2001:db8::1"),
            ("10.0.0.1", &["[2001:db8::1]"], "2001:db8::1"),
            ("10.0.0.1", &["::ffff:198.51.100.1"], "198.51.100.1"),
            // What cannot be read.
            ("10.0.0.1", &["198.51.100.1, unknown"], "10.0.0.1"),
            ("10.0.0.1", &["1.1.1.1, 256.0.0.1, 10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", &["fe80::1%eth0"], "10.0.0.1"),
        ];
        for (peer, lines, expected) in cases {
            assert_eq!(client(peer, lines), expected, "{peer} {lines:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_no_address() {
        assert_eq!(parse(b"\xff\xfe"), None);
        assert_eq!(parse(b"[198.51.100.1"), None);
        assert_eq!(parse(b"198.51.100.1:"), None);
    }
}
