use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use moka::Expiry;
use moka::future::Cache;

use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::{SessionId, UserId};
use tasklane_domain::port::{RevocationCheck, UserRepository};
use tasklane_domain::user::AccessStatus;

#[cfg(test)]
mod tests;

/// How many answers are remembered.
const CAPACITY: u64 = 100_000;

/// How long an access status is believed, from the moment the store was asked. The contract allows 5 s.
const LIFETIME: Duration = Duration::from_secs(4);

/// How many groups users are divided into, by the last byte of their id.
const GROUPS: usize = 256;

/// Asks the store whether a user's and a session's tokens still count, and believes the answer for
/// some seconds.
///
/// However many requests ask about a user and session at once, the store is asked once; what it
/// could not answer is asked again.
///
/// Each group of users has a generation, which is part of the key that an answer is remembered
/// under. To forget a user is to begin the group's next generation: answers from before are never
/// found again, those that the store is about to give included, and expire on their own. Others of
/// the group are merely asked about once more.
pub struct CachedRevocationCheck {
    users: Arc<dyn UserRepository>,
    answers: Cache<Question, Answer>,
    generations: [AtomicU64; GROUPS],
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Question {
    user: UserId,
    session: Option<SessionId>,
    generation: u64,
}

#[derive(Clone, Copy)]
struct Answer {
    access_status: AccessStatus,
    asked_at: Instant,
}

impl CachedRevocationCheck {
    /// Puts a memory in front of a store.
    #[must_use]
    pub fn new(users: Arc<dyn UserRepository>) -> Self {
        Self::with_capacity(users, CAPACITY)
    }

    fn with_capacity(users: Arc<dyn UserRepository>, capacity: u64) -> Self {
        let answers = Cache::builder()
            .max_capacity(capacity)
            .expire_after(FromTheQuestion)
            .build();
        Self {
            users,
            answers,
            generations: [const { AtomicU64::new(0) }; GROUPS],
        }
    }

    fn generation(&self, user: UserId) -> &AtomicU64 {
        let [.., last] = user.as_uuid().into_bytes();
        &self.generations[usize::from(last)]
    }

    async fn ask(&self, question: Question, now: Timestamp) -> Result<Answer, StoreError> {
        let asking = async {
            let asked_at = Instant::now();
            let access_status = self
                .users
                .access_status(question.user, question.session, now)
                .await?;
            Ok(Answer {
                access_status,
                asked_at,
            })
        };
        self.answers
            .try_get_with(question, asking)
            .await
            .map_err(share)
    }
}

#[async_trait]
impl RevocationCheck for CachedRevocationCheck {
    async fn access_status(
        &self,
        user: UserId,
        session: Option<SessionId>,
        now: Timestamp,
    ) -> Result<AccessStatus, StoreError> {
        loop {
            let generation = self.generation(user).load(Ordering::SeqCst);
            let question = Question {
                user,
                session,
                generation,
            };
            if let Some(answer) = self.answers.get(&question).await {
                return Ok(answer.access_status);
            }
            let answer = self.ask(question, now).await?;
            // Forgotten while the store was asked: it may have looked before the revocation.
            if self.generation(user).load(Ordering::SeqCst) == generation {
                return Ok(answer.access_status);
            }
        }
    }

    fn forget(&self, user: UserId) {
        self.generation(user).fetch_add(1, Ordering::SeqCst);
    }
}

/// One failure of the store, reported to everybody who waited for the answer.
fn share(error: Arc<StoreError>) -> StoreError {
    match *error {
        StoreError::Unavailable(_) => StoreError::unavailable(error),
        StoreError::Busy => StoreError::Busy,
        StoreError::Refused(_) => StoreError::refused(error),
        StoreError::Corrupt(what, _) => StoreError::corrupt(what, error),
    }
}

/// Lets an answer age from the moment the store was asked, not from when it answered.
struct FromTheQuestion;

impl Expiry<Question, Answer> for FromTheQuestion {
    fn expire_after_create(
        &self,
        _question: &Question,
        answer: &Answer,
        _created_at: Instant,
    ) -> Option<Duration> {
        Some(LIFETIME.saturating_sub(answer.asked_at.elapsed()))
    }

    /// An answer may take the place of one that has expired and was not yet swept away.
    fn expire_after_update(
        &self,
        question: &Question,
        answer: &Answer,
        updated_at: Instant,
        _left: Option<Duration>,
    ) -> Option<Duration> {
        self.expire_after_create(question, answer, updated_at)
    }
}
