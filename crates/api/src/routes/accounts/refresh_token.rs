//! How a refresh token is written: user, session and secret, as URL-safe base64 without padding.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tasklane_domain::id::{SessionId, UserId};
use tasklane_domain::user::{RefreshToken, Secret};
use uuid::Uuid;

/// The text that the client gets.
pub(super) fn encode(token: &RefreshToken) -> String {
    let (user, session) = (token.user.as_uuid(), token.session.as_uuid());
    let parts: [&[u8]; 3] = [user.as_bytes(), session.as_bytes(), token.secret.expose()];
    URL_SAFE_NO_PAD.encode(parts.concat())
}

/// The token behind a text; `None` when it is not one.
pub(super) fn parse(text: &str) -> Option<RefreshToken> {
    let mut bytes = [0; 64];
    let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
    let (user, rest) = bytes.get(..length)?.split_at_checked(16)?;
    let (session, secret) = rest.split_at_checked(16)?;
    Some(RefreshToken {
        user: UserId::new(Uuid::from_slice(user).ok()?),
        session: SessionId::new(Uuid::from_slice(session).ok()?),
        secret: Secret::new(secret.try_into().ok()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_token_reads_back_and_nothing_else_is_one() {
        let token = RefreshToken {
            user: UserId::new(Uuid::from_u128(1)),
            session: SessionId::new(Uuid::from_u128(2)),
            secret: Secret::new([0xab; 32]),
        };
        let text = encode(&token);
        assert_eq!(parse(&text), Some(token));
        for bad in [
            "",
            "x",
            "a.b.c",
            &text[1..],
            &format!("{text}A"),
            &text.replace('q', "+"),
            &"A".repeat(10_000),
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
