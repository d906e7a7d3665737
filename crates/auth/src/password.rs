use std::sync::Arc;
use std::thread::available_parallelism;

use argon2::password_hash::{self, PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use async_trait::async_trait;
use secrecy::ExposeSecret;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tracing::Span;

use tasklane_domain::port::{HashError, PasswordHasher};
use tasklane_domain::user::{Password, PasswordAttempt, PasswordHash};

use crate::secret::generate_secret;

#[cfg(test)]
mod tests;

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
    /// How many more may wait; whoever comes after them is told that the hasher is busy.
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
    /// One place for each hash that is computed or waits.
    places: Arc<Semaphore>,
    /// One slot for each hash that is computed.
    slots: Arc<Semaphore>,
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
        let concurrent = limits.concurrent.max(1);
        let places = concurrent
            .saturating_add(limits.waiting)
            .min(Semaphore::MAX_PERMITS);
        Ok(Self {
            argon2,
            nobodys,
            places: Arc::new(Semaphore::new(places)),
            slots: Arc::new(Semaphore::new(concurrent.min(Semaphore::MAX_PERMITS))),
        })
    }

    /// Does the work on a blocking thread, when it is its turn. Work that has begun is finished, and
    /// counts until then, also when nobody waits for it any more.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'static>) -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, HashError> {
        let place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| HashError::Busy)?;
        let slot = Arc::clone(&self.slots)
            .acquire_owned()
            .await
            .map_err(failed)?;
        let (argon2, span) = (self.argon2.clone(), Span::current());
        let task = spawn_blocking(move || {
            let _held = (place, slot);
            span.in_scope(|| work(&argon2))
        });
        task.await.map_err(failed)?
    }
}

#[async_trait]
impl PasswordHasher for Argon2Hasher {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
        let candidate = password.as_candidate().clone();
        self.run(move |argon2| hash(argon2, candidate.expose()))
            .await
    }

    async fn verify(
        &self,
        candidate: &PasswordAttempt,
        hash: Option<PasswordHash>,
    ) -> Result<bool, HashError> {
        let (candidate, exists) = (candidate.clone(), hash.is_some());
        let hash = hash.unwrap_or_else(|| self.nobodys.clone());
        let right = self
            .run(move |argon2| verify(argon2, &candidate, &hash))
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
    candidate: &PasswordAttempt,
    hash: &PasswordHash,
) -> Result<bool, HashError> {
    match argon2.verify_password(candidate.expose().as_bytes(), hash.expose()) {
        Ok(()) => Ok(true),
        Err(password_hash::Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(failed(error)),
    }
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> HashError {
    HashError::Failed(Box::new(error))
}
