//! Where those who sign in call from.

use std::net::IpAddr;
use std::time::Duration;

use super::Email;
use crate::clock::Timestamp;
use crate::id::UserId;
use crate::port::KeyedHash;

/// Most addresses from which an account is known.
pub const MAX_KNOWN_ADDRESSES: usize = 20;
/// How long an account is known from an address after a sign-in.
pub const KNOWN_ADDRESS_LIFETIME: Duration = Duration::from_hours(30 * 24);

/// Who calls, as the connection shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Client<'a> {
    /// What the client calls itself.
    pub user_agent: Option<&'a str>,
    /// Its address; `None` for an operator at the console.
    pub address: Option<IpAddr>,
}

impl Client<'_> {
    /// Where it calls from.
    #[must_use]
    pub fn network(&self) -> Option<Network> {
        self.address.map(Network::of)
    }
}

/// Where a client calls from: an IPv4 address, or the 48 bits of an IPv6 address that one site has
/// and can choose addresses from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network([u8; 6]);

impl Network {
    /// The network of an address. An IPv4 address is the same however it is written (RFC 4291,
    /// section 2.5.5.2).
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => {
                // No IPv6 site begins with two zeros: RFC 4291 reserves these networks.
                let mut network = [0; 6];
                network[2..].copy_from_slice(&address.octets());
                Self(network)
            }
            IpAddr::V6(address) => {
                let mut network = [0; 6];
                network.copy_from_slice(&address.octets()[..6]);
                Self(network)
            }
        }
    }

    /// What an account keeps of it. The same network gives each user another hash, so that nobody
    /// can tell from a store who signs in from one place.
    #[must_use]
    pub fn hash(&self, user: UserId, key: &dyn KeyedHash) -> AddressHash {
        AddressHash(key.hash("known address", &[user.as_uuid().as_bytes(), &self.0]))
    }
}

/// A keyed hash over a user and a [`Network`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AddressHash([u8; 32]);

impl AddressHash {
    /// A hash that a store kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes, to be kept.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// An address from which a user has signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownAddress {
    /// The address.
    pub hash: AddressHash,
    /// When they last signed in from there.
    pub seen_at: Timestamp,
}

impl KnownAddress {
    /// Whether the user is still known from there: for [`KNOWN_ADDRESS_LIFETIME`].
    #[must_use]
    pub fn counts(&self, now: Timestamp) -> bool {
        now < self.seen_at.after(KNOWN_ADDRESS_LIFETIME)
    }
}

/// Who has a password hashed or checked: the two whose shares of the work are counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Requester {
    /// The account, by [`Email::key`], whether or not there is one.
    pub account: String,
    /// Where the client calls from.
    pub network: Option<Network>,
}

impl Requester {
    /// A client that names an account.
    #[must_use]
    pub fn new(email: &Email, client: Client<'_>) -> Self {
        Self {
            account: email.key(),
            network: client.network(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(address: &str) -> Network {
        Network::of(address.parse().unwrap())
    }

    #[test]
    fn an_ipv4_address_is_one_network_however_it_is_written() {
        assert_eq!(network("192.0.2.1"), network("::ffff:192.0.2.1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
    }

    #[test]
    fn the_addresses_of_an_ipv6_site_are_one_network() {
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:ffff::2"));
        assert_ne!(network("2001:db8:1::1"), network("2001:db8:2::1"));
    }
}
