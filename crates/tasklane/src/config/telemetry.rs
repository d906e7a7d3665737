use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::Url;
use utoipa::ToSchema;
use validator::Validate;

use super::number;

/// `[telemetry]`: where traces go.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(expecting = "a table")]
pub struct TelemetrySettings {
    /// The base URL of a collector that takes OTLP over HTTP, to which `/v1/traces` is added; also
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`. An empty string switches it off.
    #[serde(deserialize_with = "url_or_empty", serialize_with = "empty_when_off")]
    #[schema(value_type = String)]
    pub otlp_endpoint: Option<Url>,
    /// The name of the service there (`service.name`); also `OTEL_SERVICE_NAME`.
    #[validate(length(min = 1, max = 255, message = "must be 1 to 255 characters long"))]
    pub service_name: String,
    /// The share of new traces that is exported. For a trace that a caller began, the caller's sampled
    /// flag decides.
    #[serde(deserialize_with = "number::ratio")]
    pub sampling_ratio: f64,
}

fn url_or_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Url>, D::Error> {
    const RULE: &str = "must be a URL such as http://localhost:4318 or https://otlp.example.com, \
                        without user, query and fragment";
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    let url = Url::parse(&text).ok().filter(is_base);
    url.map(Some).ok_or_else(|| D::Error::custom(RULE))
}

/// Credentials are not for a URL, which is shown: `OTEL_EXPORTER_OTLP_HEADERS` takes them.
fn is_base(url: &Url) -> bool {
    ["http", "https"].contains(&url.scheme())
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
}

#[expect(clippy::ref_option, reason = "the shape that serde calls")]
fn empty_when_off<S: Serializer>(url: &Option<Url>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(url.as_ref().map(Url::as_str).unwrap_or_default())
}
