use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tasklane_api::cors::CorsOrigin;
use utoipa::ToSchema;

/// `[cors]`: which web pages may call the API.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(expecting = "a table")]
pub struct CorsSettings {
    /// The origins of web pages that may call the API.
    #[serde(deserialize_with = "origins", serialize_with = "texts")]
    #[schema(value_type = Vec<String>)]
    pub origins: Vec<CorsOrigin>,
}

fn origins<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<CorsOrigin>, D::Error> {
    Vec::<String>::deserialize(deserializer)?
        .iter()
        .map(|text| text.parse().map_err(D::Error::custom))
        .collect()
}

fn texts<S: Serializer>(origins: &[CorsOrigin], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(origins.iter().map(ToString::to_string))
}
