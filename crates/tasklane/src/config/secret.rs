//! Secrets that sign: how long they are, and how they are shown.

use secrecy::{ExposeSecret, SecretString};
use serde::Serializer;

/// The fewest bytes of a secret that signs: as many as the output of HS256 (RFC 7518, section 3.2).
pub(super) const SHORTEST_SECRET: usize = 32;

/// What is shown instead of a secret; too short to be taken for one when it is read back.
const REDACTED: &str = "[redacted]";

/// Whether a secret may sign.
pub(super) fn is_long_enough(secret: &SecretString) -> bool {
    secret.expose_secret().len() >= SHORTEST_SECRET
}

#[expect(clippy::ref_option, reason = "the shape that serde calls")]
pub(super) fn serialize<S: Serializer>(
    secret: &Option<SecretString>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match secret {
        Some(_) => serializer.serialize_str(REDACTED),
        None => serializer.serialize_none(),
    }
}
