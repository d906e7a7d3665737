use std::thread::available_parallelism;

use argon2::password_hash::{self, PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use async_trait::async_trait;
use secrecy::ExposeSecret;
use tokio::task::spawn_blocking;
use tracing::Span;

use tasklane_domain::port::{HashError, PasswordHasher};
use tasklane_domain::user::{Password, PasswordAttempt, PasswordHash, Requester};

use crate::secret::generate_secret;

mod fair_queue;
#[cfg(test)]
mod tests;

use fair_queue::{FairQueue, QueueFull};

// What the OWASP Password Storage Cheat Sheet asks of argon2id.
/// Memory that one hash takes, in KiB.
const MEMORY: u32 = 19 * 1024;
/// How often the memory is passed over.
const PASSES: u32 = 2;
/// How many threads work on one hash.
const LANES: u32 = 1;

/// How much hashing is done at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HasherLimits {
    /// How many hashes are computed at the same time; at least one. Each takes 19 MiB.
    pub concurrent: usize,
    /// How many more may wait. No account and no network fills more than a quarter of the places,
    /// and those who come when all are taken are refused.
    pub waiting: usize,
}

/// As many at once as there are cores, and 64 that wait.
impl Default for HasherLimits {
    fn default() -> Self {
        Self {
            concurrent: available_parallelism().map_or(1, usize::from),
            waiting: 64,
        }
    }
}

/// Hashes passwords with argon2id (RFC 9106), on threads where nothing else waits.
pub struct Argon2Hasher {
    argon2: Argon2<'static>,
    /// A hash of something that nobody knows, for accounts that do not exist.
    nobodys: PasswordHash,
    queue: FairQueue,
}

impl Argon2Hasher {
    /// Sets the hasher up, which takes as long as hashing one password.
    ///
    /// # Errors
    /// The operating system gives no random numbers or no memory.
    pub fn new(limits: HasherLimits) -> Result<Self, HashError> {
        let params = Params::new(MEMORY, PASSES, LANES, None).map_err(failed)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobodys = hash(&argon2, generate_secret().expose_secret())?;
        Ok(Self {
            argon2,
            nobodys,
            queue: FairQueue::new(limits.concurrent, limits.waiting),
        })
    }

    /// Does the work on a blocking thread, when it is its turn. Work that has begun is finished, and
    /// counts until then, also when nobody waits for it any more.
    async fn run<T: Send + 'static>(
        &self,
        requester: &Requester,
        work: impl FnOnce(&Argon2<'static>) -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, HashError> {
        let turn = self.queue.turn(requester).await?;
        let (argon2, span) = (self.argon2.clone(), Span::current());
        let task = spawn_blocking(move || {
            let _turn = turn;
            span.in_scope(|| work(&argon2))
        });
        task.await.map_err(failed)?
    }
}

#[async_trait]
impl PasswordHasher for Argon2Hasher {
    async fn hash(
        &self,
        password: &Password,
        requester: &Requester,
    ) -> Result<PasswordHash, HashError> {
        let text = password.as_candidate().clone();
        self.run(requester, move |argon2| hash(argon2, text.expose()))
            .await
    }

    async fn verify(
        &self,
        attempt: &PasswordAttempt,
        hash: Option<PasswordHash>,
        requester: &Requester,
    ) -> Result<bool, HashError> {
        let (attempt, exists) = (attempt.clone(), hash.is_some());
        let hash = hash.unwrap_or_else(|| self.nobodys.clone());
        let right = self
            .run(requester, move |argon2| verify(argon2, &attempt, &hash))
            .await?;
        Ok(right && exists)
    }
}

fn hash(argon2: &Argon2<'_>, text: &str) -> Result<PasswordHash, HashError> {
    let phc = argon2.hash_password(text.as_bytes()).map_err(failed)?;
    Ok(PasswordHash::new(phc.to_string()))
}

fn verify(
    argon2: &Argon2<'_>,
    attempt: &PasswordAttempt,
    hash: &PasswordHash,
) -> Result<bool, HashError> {
    match argon2.verify_password(attempt.expose().as_bytes(), hash.expose()) {
        Ok(()) => Ok(true),
        Err(password_hash::Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(failed(error)),
    }
}

impl From<QueueFull> for HashError {
    fn from(full: QueueFull) -> Self {
        match full {
            QueueFull::OfRequester => Self::TooMany,
            QueueFull::OfAll => Self::Busy,
        }
    }
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> HashError {
    HashError::Failed(Box::new(error))
}
