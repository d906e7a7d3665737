//! Secrets in what is shown.

use secrecy::SecretString;
use serde::Serializer;

/// Stands where a secret was; too short to be taken for one when read back.
const SECRET: &str = "[redacted]";

#[expect(clippy::ref_option, reason = "the shape that serde calls")]
pub(super) fn serialize<S: Serializer>(
    secret: &Option<SecretString>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match secret {
        Some(_) => serializer.serialize_str(SECRET),
        None => serializer.serialize_none(),
    }
}
