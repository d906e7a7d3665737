use aws_lc_rs::hmac;

use tasklane_domain::port::KeyedHash;

use crate::ed25519::read_private_key;
use crate::key::checked_secret;
use crate::settings::{LocalKey, LocalSettings, SettingsError};

/// From what the key is derived. No token has this as the text that its signature covers.
const LABEL: &[u8] = b"tasklane keyed hash";

/// HMAC-SHA-256 (RFC 2104) under a key that is derived from the signing key of local tokens, so that
/// it is the same in every process that signs with that key.
pub struct HmacHash(hmac::Key);

impl HmacHash {
    /// Derives the key.
    ///
    /// # Errors
    /// The secret is too short, or the private key cannot be read.
    pub fn new(settings: &LocalSettings) -> Result<Self, SettingsError> {
        let key = match &settings.key {
            LocalKey::Secret(secret) => {
                let secret = checked_secret(secret).map_err(|problem| problem.at("auth.secret"))?;
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
                hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&key, LABEL).as_ref())
            }
            LocalKey::PrivateKey { pem, .. } => {
                let pair =
                    read_private_key(pem).map_err(|problem| problem.at("auth.private_key_file"))?;
                // An Ed25519 signature is the same each time (RFC 8032, section 5.1.6), and nobody
                // without the key can make it.
                hmac::Key::new(hmac::HMAC_SHA256, pair.sign(LABEL).as_ref())
            }
        };
        Ok(Self(key))
    }
}

impl KeyedHash for HmacHash {
    fn hash(&self, purpose: &'static str, message: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(purpose.as_bytes());
        context.update(&[0]);
        for part in message {
            context.update(part);
        }
        let mut hash = [0; 32];
        hash.copy_from_slice(context.sign().as_ref());
        hash
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;
    use crate::testing::TestKey;

    fn with(key: LocalKey) -> HmacHash {
        let settings = LocalSettings {
            issuer: "tasklane".to_owned(),
            audience: "tasklane".to_owned(),
            key,
        };
        HmacHash::new(&settings).unwrap()
    }

    fn secret(text: &str) -> HmacHash {
        with(LocalKey::Secret(SecretString::from(text)))
    }

    #[test]
    fn a_hash_depends_on_key_purpose_and_message_and_on_nothing_else() {
        let (one, other) = (secret(&"a".repeat(32)), secret(&"b".repeat(32)));
        let hash = one.hash("purpose", &[b"ab", b"c"]);
        assert_eq!(
            hash,
            secret(&"a".repeat(32)).hash("purpose", &[b"ab", b"c"])
        );
        assert_ne!(hash, other.hash("purpose", &[b"ab", b"c"]));
        assert_ne!(hash, one.hash("other", &[b"ab", b"c"]));
        assert_ne!(hash, one.hash("purpose", &[b"ab", b"d"]));
    }

    #[test]
    fn a_private_key_gives_the_same_hash_each_time() {
        let text = TestKey::ed25519().private_pem();
        let hash = || {
            let pem = SecretString::from(text.clone());
            with(LocalKey::PrivateKey {
                pem,
                retiring: None,
            })
            .hash("purpose", &[b"x"])
        };
        assert_eq!(hash(), hash());
    }
}
