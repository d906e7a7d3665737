use std::time::Duration;

use async_trait::async_trait;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::id::{SessionId, UserId};
use tasklane_domain::port::{TokenError, TokenIssuer, TokenVerifier};
use tasklane_domain::user::{AccessToken, Actor, LOCAL_ISSUER, Principal};

/// Issues tokens that say what they mean in plain text, `user/session/issued/expires`, and verifies
/// them. Anybody can forge one: for tests only.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainTokens;

impl TokenIssuer for PlainTokens {
    fn issue(
        &self,
        user: UserId,
        session: SessionId,
        now: Timestamp,
        lifetime: Duration,
    ) -> AccessToken {
        let (issued, expires) = (now.as_micros(), now.after(lifetime).as_micros());
        AccessToken {
            text: format!("{user}/{session}/{issued}/{expires}"),
            lifetime,
        }
    }
}

#[async_trait]
impl TokenVerifier for PlainTokens {
    async fn verify(&self, token: &str, now: Timestamp) -> Result<Principal, TokenError> {
        let principal = parse(token).ok_or(TokenError::NotAToken)?;
        if now < principal.expires_at {
            Ok(principal)
        } else {
            Err(TokenError::Expired)
        }
    }
}

fn parse(token: &str) -> Option<Principal> {
    let mut parts = token.split('/');
    let mut next = || parts.next();
    let user: UserId = next()?.parse().ok()?;
    let session: SessionId = next()?.parse().ok()?;
    let mut instant = || next()?.parse().ok().and_then(Timestamp::from_micros);
    Some(Principal {
        actor: Actor::local(user).by_token_of(Some(instant()?)),
        issuer: LOCAL_ISSUER.to_owned(),
        subject: user.to_string(),
        session: Some(session),
        expires_at: instant()?,
    })
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_plain_token_is_accepted_until_it_expires() {
        let user = UserId::new(Uuid::from_u128(1));
        let session = SessionId::new(Uuid::from_u128(2));
        let now = Timestamp::from_micros(1_700_000_000_000_000).unwrap();
        let lifetime = Duration::from_mins(1);
        let token = PlainTokens.issue(user, session, now, lifetime);
        let verify = |text: &str, at| PlainTokens.verify(text, at).now_or_never().unwrap();
        let principal = verify(&token.text, now).unwrap();
        assert_eq!(
            (principal.actor.id, principal.session),
            (user, Some(session))
        );
        assert_eq!(
            verify(&token.text, now.after(lifetime)),
            Err(TokenError::Expired)
        );
        assert_eq!(verify("a/b", now), Err(TokenError::NotAToken));
    }
}
