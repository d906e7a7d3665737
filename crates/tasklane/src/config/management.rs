use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

use super::network::ListenAddress;

/// `[management]`: the listener for metrics, which clients should not reach.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(expecting = "a table")]
pub struct ManagementSettings {
    /// The address to listen on. Port 0 picks a free one; an empty string switches it off.
    #[serde(
        deserialize_with = "address_or_empty",
        serialize_with = "empty_when_off"
    )]
    #[schema(value_type = String)]
    pub address: Option<ListenAddress>,
}

fn address_or_empty<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<ListenAddress>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(D::Error::custom)
}

#[expect(clippy::ref_option, reason = "the shape that serde calls")]
fn empty_when_off<S: Serializer>(
    address: &Option<ListenAddress>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match address {
        Some(address) => serializer.collect_str(address),
        None => serializer.serialize_str(""),
    }
}
