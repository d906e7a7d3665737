use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::Rng;
use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use secrecy::SecretString;

use tasklane_domain::port::SecretGenerator;
use tasklane_domain::user::Secret;

/// Takes secrets from the operating system's random numbers.
///
/// A system that has none is beyond help: the thread that asks then ends.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemSecrets;

impl SecretGenerator for SystemSecrets {
    fn next_secret(&self) -> Secret {
        Secret::new(random_bytes())
    }
}

/// A new signing secret: 256 random bits as 43 characters of base64url, fit for `auth.secret`.
#[must_use]
pub fn generate_secret() -> SecretString {
    URL_SAFE_NO_PAD.encode(random_bytes()).into()
}

/// A new id that is never given twice, behind the prefix.
pub(crate) fn random_id(prefix: &str) -> String {
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(random_bytes()))
}

fn random_bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    UnwrapErr(SysRng).fill_bytes(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use secrecy::ExposeSecret;

    use super::*;
    use crate::MIN_SECRET_LENGTH;

    #[test]
    fn no_secret_is_given_twice() {
        let hashes: HashSet<_> = (0..1000)
            .map(|_| SystemSecrets.next_secret().hash())
            .collect();
        assert_eq!(hashes.len(), 1000);
    }

    #[test]
    fn a_signing_secret_is_long_enough_and_fits_any_file() {
        let secret = generate_secret();
        assert!(secret.expose_secret().len() >= MIN_SECRET_LENGTH);
        assert!(
            secret
                .expose_secret()
                .bytes()
                .all(|byte| byte.is_ascii_graphic())
        );
        assert_ne!(secret.expose_secret(), generate_secret().expose_secret());
    }
}
