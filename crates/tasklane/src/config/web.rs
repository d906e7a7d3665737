use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

use super::base_url;

/// `[web]`: the task page that the binary brings.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(expecting = "a table")]
pub struct WebSettings {
    /// Whether the task page is served at `/`.
    pub enabled: bool,
    /// The base URL of the Better Auth service that signs the page's visitors in, such as
    /// `https://id.example.com/api/auth`. An empty string means local accounts.
    #[serde(
        deserialize_with = "base_url::optional",
        serialize_with = "base_url::serialize"
    )]
    #[schema(value_type = String)]
    pub better_auth: Option<Url>,
}
