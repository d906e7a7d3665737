use std::net::SocketAddr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

use super::network;

/// `[management]`: the listener for metrics, which clients should not reach.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(expecting = "a table")]
pub struct ManagementSettings {
    /// Where to listen; port 0 picks a free one. Off when it is an empty text.
    #[serde(
        deserialize_with = "address_or_empty",
        serialize_with = "empty_when_off"
    )]
    #[schema(value_type = String)]
    pub address: Option<SocketAddr>,
}

fn address_or_empty<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<SocketAddr>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    network::parse_address(&text).map(Some)
}

#[expect(clippy::ref_option, reason = "the shape that serde calls")]
fn empty_when_off<S: Serializer>(
    address: &Option<SocketAddr>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match address {
        Some(address) => serializer.collect_str(address),
        None => serializer.serialize_str(""),
    }
}
