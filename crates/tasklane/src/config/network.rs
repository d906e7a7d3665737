//! Addresses and networks as settings.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

/// An address and a port.
pub(super) fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    parse_address(&String::deserialize(deserializer)?)
}

pub(super) fn parse_address<E: Error>(text: &str) -> Result<SocketAddr, E> {
    text.parse().map_err(|_| {
        E::custom("must be an IP address and a port, such as 127.0.0.1:8080 or [::]:8080")
    })
}

/// A list of networks in CIDR notation; an address alone is a network of one.
pub(super) fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    Vec::<String>::deserialize(deserializer)?
        .iter()
        .map(|text| {
            text.parse()
                .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        })
        .collect::<Result<_, _>>()
        .map_err(|_| D::Error::custom("must be a list of networks, such as 10.0.0.0/8 or fd00::/8"))
}

pub(super) fn serialize<S: Serializer>(
    networks: &[IpNet],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(networks.iter().map(ToString::to_string))
}
