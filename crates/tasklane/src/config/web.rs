use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::Url;
use utoipa::ToSchema;

/// `[web]`: the task page that the binary brings.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(expecting = "a table")]
pub struct WebSettings {
    /// Whether the task page is served at `/`.
    pub enabled: bool,
    /// The base URL of the Better Auth service that signs the page's visitors in, such as
    /// `https://id.example.com/api/auth`. An empty string means local accounts.
    #[serde(
        deserialize_with = "service_or_empty",
        serialize_with = "empty_when_off"
    )]
    #[schema(value_type = String)]
    pub better_auth: Option<Url>,
}

fn service_or_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Url>, D::Error> {
    const RULE: &str = "must be the http or https URL of a Better Auth service's base path, such as \
         https://id.example.com/api/auth, with nothing behind the path";

    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    match Url::parse(&text) {
        Ok(url) if is_base_path(&url) => Ok(Some(url)),
        _ => Err(D::Error::custom(RULE)),
    }
}

/// Whether a page can call what is below it: its origin stands in the page's policy, where a
/// semicolon or a comma, which hosts may have, would end what is said about it.
fn is_base_path(url: &Url) -> bool {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-._[]:".contains(letter);
    matches!(url.scheme(), "http" | "https")
        && url
            .host_str()
            .is_some_and(|host| host.chars().all(is_plain))
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
}

#[expect(clippy::ref_option, reason = "the shape that serde calls")]
fn empty_when_off<S: Serializer>(url: &Option<Url>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(url.as_ref().map(Url::as_str).unwrap_or_default())
}
