//! URLs as settings, below which something is found.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};
use url::Url;

/// Reads a base URL; an empty string leaves it unset.
pub(super) fn optional<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Url>, D::Error> {
    const RULE: &str = "must be an http or https URL, with nothing behind its path and no user or \
         password, such as https://example.com/base";

    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    match Url::parse(&text) {
        Ok(url) if is_base(&url) => Ok(Some(url)),
        _ => Err(D::Error::custom(RULE)),
    }
}

/// Whether something can be found below it, and its origin can stand in a page's policy, where a
/// semicolon or a comma, which hosts may have, would end what is said about it.
fn is_base(url: &Url) -> bool {
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
pub(super) fn serialize<S: Serializer>(
    url: &Option<Url>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(url.as_ref().map(Url::as_str).unwrap_or_default())
}
