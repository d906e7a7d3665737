use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::User;
use crate::clock::Timestamp;
use crate::id::{SessionId, UserId};

/// A sign-in of a local account, from its login to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id, which access tokens carry as `sid`.
    pub id: SessionId,
    /// When it began.
    pub created_at: Timestamp,
    /// When its refresh token was last used; its beginning, if never.
    pub last_used_at: Timestamp,
    /// When it ends by itself, unless refreshed before.
    pub expires_at: Timestamp,
    /// What the client called itself when it began, cut to 255 characters.
    pub user_agent: Option<String>,
}

/// A session that is to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// Its id.
    pub id: SessionId,
    /// The hash of its first refresh secret.
    pub secret: SecretHash,
    /// Now.
    pub at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// What the client calls itself.
    pub user_agent: Option<String>,
}

/// 256 random bits that prove the right to refresh a session, once. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshSecret([u8; 32]);

impl RefreshSecret {
    /// Takes the bits from a generator fit for secrets.
    #[must_use]
    pub const fn new(bits: [u8; 32]) -> Self {
        Self(bits)
    }

    /// What a store keeps of it. The secret is as long as the hash, so no salt or work factor is
    /// needed.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        SecretHash(Sha256::digest(self.0).into())
    }
}

impl fmt::Debug for RefreshSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RefreshSecret(…)")
    }
}

/// SHA-256 over a refresh secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// A hash that a store kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes, to be kept.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// What a client holds to refresh its session: user, session and secret, as URL-safe base64. It
/// names its user so that a store finds it by the owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// Whose session.
    pub user: UserId,
    /// Which session.
    pub session: SessionId,
    /// The proof.
    pub secret: RefreshSecret,
}

impl RefreshToken {
    /// The text that the client gets.
    #[must_use]
    pub fn expose(&self) -> String {
        let (user, session) = (self.user.as_uuid(), self.session.as_uuid());
        let parts: [&[u8]; 3] = [user.as_bytes(), session.as_bytes(), &self.secret.0];
        URL_SAFE_NO_PAD.encode(parts.concat())
    }
}

/// A text that is no refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a refresh token")]
pub struct NoRefreshToken;

impl FromStr for RefreshToken {
    type Err = NoRefreshToken;

    fn from_str(text: &str) -> Result<Self, NoRefreshToken> {
        let mut bytes = [0; 64];
        match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
            Ok(64) => {}
            _ => return Err(NoRefreshToken),
        }
        let (user, rest) = bytes.split_at(16);
        let (session, secret) = rest.split_at(16);
        Ok(Self {
            user: UserId::new(Uuid::from_slice(user).map_err(|_| NoRefreshToken)?),
            session: SessionId::new(Uuid::from_slice(session).map_err(|_| NoRefreshToken)?),
            secret: RefreshSecret(secret.try_into().map_err(|_| NoRefreshToken)?),
        })
    }
}

/// What became of an attempt to refresh a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rotation {
    /// The secret was the session's newest: it is spent, and the new one counts.
    Rotated(User),
    /// The secret had been spent before, so somebody has stolen it: the session is ended.
    Reused,
    /// The session does not exist, has ended, or never had this secret.
    Unknown,
}

/// A token for API calls.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// The signed text.
    pub text: String,
    /// How long it is accepted, whole seconds.
    pub lifetime: Duration,
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AccessToken")
            .field("lifetime", &self.lifetime)
            .finish_non_exhaustive()
    }
}

/// Whether a user's tokens still count, beside what the tokens say themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AccessStatus {
    /// Whether the user exists and is not erased.
    pub exists: bool,
    /// Tokens issued before are refused.
    pub not_before: Option<Timestamp>,
    /// Whether an operator has shut the user out for the time being: every token is refused.
    pub disabled: bool,
    /// Whether the session that was asked for is live; false when none was asked for.
    pub session_live: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_token_reads_back_and_prints_no_secret() {
        let token = RefreshToken {
            user: UserId::new(Uuid::from_u128(1)),
            session: SessionId::new(Uuid::from_u128(2)),
            secret: RefreshSecret::new([0xab; 32]),
        };
        assert_eq!(token.expose().parse(), Ok(token.clone()));
        assert!(!format!("{token:?}").contains("171"));
        let text = token.expose();
        for bad in [
            "",
            "x",
            &text[1..],
            &format!("{text}A"),
            &text.replace('q', "+"),
        ] {
            assert_eq!(bad.parse::<RefreshToken>(), Err(NoRefreshToken), "{bad}");
        }
    }
}
