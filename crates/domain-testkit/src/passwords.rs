use async_trait::async_trait;

use tasklane_domain::port::{HashError, PasswordHasher};
use tasklane_domain::user::{Password, PasswordAttempt, PasswordHash, Requester};

/// "Hashes" a password by writing `plain:` in front of it: quick, and for tests only.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainHasher;

impl PlainHasher {
    /// What it makes of a password.
    #[must_use]
    pub fn hash_of(candidate: &PasswordAttempt) -> PasswordHash {
        PasswordHash::new(format!("plain:{}", candidate.expose()))
    }
}

#[async_trait]
impl PasswordHasher for PlainHasher {
    async fn hash(
        &self,
        password: &Password,
        _requester: &Requester,
    ) -> Result<PasswordHash, HashError> {
        Ok(Self::hash_of(password.as_candidate()))
    }

    async fn verify(
        &self,
        candidate: &PasswordAttempt,
        hash: Option<PasswordHash>,
        _requester: &Requester,
    ) -> Result<bool, HashError> {
        Ok(hash == Some(Self::hash_of(candidate)))
    }
}
