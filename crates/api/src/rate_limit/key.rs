use std::net::IpAddr;

use tasklane_domain::id::UserId;

/// Whose quota a request is counted against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// A user.
    User([u8; 16]),
    /// An IPv4 address.
    Address([u8; 4]),
    /// An IPv6 network of 64 bits: what one subscriber has, and can choose addresses from at will.
    Network([u16; 4]),
    /// An IPv6 network of 48 bits: what one site has.
    Site([u16; 3]),
    /// Everybody who happens to have this number, when there are too many to count each.
    Shared(u16),
}

impl From<UserId> for Key {
    fn from(user: UserId) -> Self {
        Self::User(user.as_uuid().into_bytes())
    }
}

impl From<IpAddr> for Key {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::Address(address.octets()),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Self::Network([a, b, c, d])
            }
        }
    }
}

impl Key {
    /// The site that the address belongs to, for one of IPv6.
    pub(super) fn site(address: IpAddr) -> Option<Self> {
        match address.to_canonical() {
            IpAddr::V4(_) => None,
            IpAddr::V6(address) => {
                let [a, b, c, ..] = address.segments();
                Some(Self::Site([a, b, c]))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(address: &str) -> Key {
        address.parse::<IpAddr>().unwrap().into()
    }

    #[test]
    fn an_ipv4_address_has_one_key_however_it_is_written() {
        assert_eq!(key("192.0.2.1"), key("::ffff:192.0.2.1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
    }

    #[test]
    fn an_ipv6_network_of_64_bits_has_one_key() {
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::2"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
    }
}
