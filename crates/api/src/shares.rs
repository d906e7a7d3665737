//! How much one caller may use at a time of what all share: turns, event streams, and memory for
//! bodies.
//!
//! A caller is a user, or an address before the user is known. Beyond its share, that caller alone
//! gets 429. 503 is only for what all callers together have used up.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix_web::{HttpMessage, HttpRequest, web};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout_at;

use crate::admission::Permit;
use crate::error::unavailable;
use crate::operation::Expiry;
use crate::problem::Problem;
use crate::rate_limit::{Key, PolicyName, caller_key, check_work, rate_limited};
use crate::request_account::RequestAccount;

/// How many requests may wait for each that may run.
const WAITING_FOR_EACH: usize = 4;
/// One caller may have this part of the memory for bodies.
const CALLERS_PART: usize = 8;
/// Seconds after which a caller may try again.
const RETRY_AFTER_SECONDS: u64 = 1;

/// How large a share is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShareSettings {
    /// A user's requests under way, their bodies included; four times as many wait.
    pub user_concurrency: usize,
    /// A user's open event streams.
    pub user_streams: usize,
    /// Bytes of all bodies that are being read; one caller may have an eighth.
    pub body_memory: usize,
}

/// What each caller uses. Clones share it.
#[derive(Debug, Clone)]
pub struct Shares {
    settings: ShareSettings,
    holdings: Arc<Mutex<Holdings>>,
}

#[derive(Debug, Default)]
struct Holdings {
    callers: HashMap<Key, Holding>,
    /// Bytes of all callers' bodies.
    bytes: usize,
}

#[derive(Debug)]
struct Holding {
    turns: Arc<Semaphore>,
    /// Requests under way and waiting.
    requests: usize,
    streams: usize,
    bytes: usize,
}

#[derive(Debug, Clone, Copy)]
enum Part {
    Request,
    Stream,
    Bytes(usize),
}

/// Part of a caller's share, given back when it is dropped.
#[derive(Debug)]
pub struct Share {
    shares: Shares,
    key: Key,
    part: Part,
}

/// A request's turn among those of its user, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    _permit: OwnedSemaphorePermit,
    _share: Share,
}

impl Shares {
    /// Shares of that size.
    #[must_use]
    pub fn new(settings: ShareSettings) -> Self {
        Self {
            settings,
            holdings: Arc::default(),
        }
    }

    /// What applies to the request.
    pub(crate) fn of(request: &HttpRequest) -> Option<&Self> {
        let shares = request.app_data::<web::Data<Self>>();
        shares.map(|shares| &***shares)
    }

    /// Waits for the request's turn among those of its user, while others have its turn among all.
    /// The account of the request holds it.
    ///
    /// # Errors
    /// Too many wait already, or the request's time is over.
    pub(crate) async fn take_turn(request: &HttpRequest) -> Result<(), Problem> {
        let Some(shares) = Self::of(request) else {
            return Ok(());
        };
        let key = caller_key(request);
        let (share, turns) = shares.join(key)?;
        let permit = if let Ok(permit) = Arc::clone(&turns).try_acquire_owned() {
            permit
        } else {
            let permit = wait(request, turns).await?;
            // Those that it waited for may have used it up.
            check_work(request, key)?;
            permit
        };
        let turn = Turn {
            _permit: permit,
            _share: share,
        };
        RequestAccount::hand_over(request, key, turn);
        Ok(())
    }

    /// A place for one more event stream of the request's user.
    ///
    /// # Errors
    /// The user has as many as are allowed.
    pub(crate) fn take_stream(request: &HttpRequest) -> Result<Option<Share>, Problem> {
        let Some(shares) = Self::of(request) else {
            return Ok(None);
        };
        let key = caller_key(request);
        let mut holdings = shares.holdings();
        let holding = holdings.holding(key, shares.settings.user_concurrency);
        if holding.streams >= shares.settings.user_streams {
            holdings.forget_if_idle(key);
            return Err(refused(
                PolicyName::Streams,
                "you have too many event streams open",
            ));
        }
        holding.streams += 1;
        drop(holdings);
        Ok(Some(shares.share(key, Part::Stream)))
    }

    /// Memory for the body of the request, of which nothing is used yet.
    pub(crate) fn memory(request: &HttpRequest) -> Option<Share> {
        let shares = Self::of(request)?;
        let key = caller_key(request);
        let concurrency = shares.settings.user_concurrency;
        shares.holdings().holding(key, concurrency);
        Some(shares.share(key, Part::Bytes(0)))
    }

    fn join(&self, key: Key) -> Result<(Share, Arc<Semaphore>), Problem> {
        let concurrency = self.settings.user_concurrency;
        let most = concurrency.saturating_mul(1 + WAITING_FOR_EACH);
        let mut holdings = self.holdings();
        let holding = holdings.holding(key, concurrency);
        if holding.requests >= most {
            return Err(refused(
                PolicyName::Concurrency,
                "you have too many requests under way",
            ));
        }
        holding.requests += 1;
        let turns = Arc::clone(&holding.turns);
        drop(holdings);
        Ok((self.share(key, Part::Request), turns))
    }

    fn share(&self, key: Key, part: Part) -> Share {
        Share {
            shares: self.clone(),
            key,
            part,
        }
    }

    fn holdings(&self) -> MutexGuard<'_, Holdings> {
        self.holdings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits for a turn for as long as the request may take.
async fn wait(
    request: &HttpRequest,
    turns: Arc<Semaphore>,
) -> Result<OwnedSemaphorePermit, Problem> {
    let expiry = request.extensions().get::<Expiry>().copied();
    let turn = async {
        let acquired = turns.acquire_owned();
        match expiry {
            Some(expiry) => timeout_at(expiry.0, acquired).await.ok()?.ok(),
            None => acquired.await.ok(),
        }
    };
    let turn = match Permit::of(request) {
        Some(permit) => permit.pause_for(turn).await?,
        None => turn.await,
    };
    let late = || refused(PolicyName::Concurrency, "your other requests took too long");
    turn.ok_or_else(late)
}

fn refused(policy: PolicyName, reason: &str) -> Problem {
    rate_limited(policy, reason, RETRY_AFTER_SECONDS)
}

impl Holdings {
    fn holding(&mut self, key: Key, turns: usize) -> &mut Holding {
        self.callers.entry(key).or_insert_with(|| Holding {
            turns: Arc::new(Semaphore::new(turns)),
            requests: 0,
            streams: 0,
            bytes: 0,
        })
    }

    fn forget_if_idle(&mut self, key: Key) {
        let is_idle =
            |holding: &Holding| (holding.requests, holding.streams, holding.bytes) == (0, 0, 0);
        if self.callers.get(&key).is_some_and(is_idle) {
            self.callers.remove(&key);
        }
    }
}

impl Share {
    /// Takes more memory.
    ///
    /// # Errors
    /// The caller has too much, or all callers together have.
    pub(crate) fn grow(&mut self, by: usize) -> Result<(), Problem> {
        let settings = self.shares.settings;
        let mut holdings = self.shares.holdings();
        if holdings.bytes + by > settings.body_memory {
            return Err(unavailable("too many bodies are being read"));
        }
        // It may have been forgotten while nothing of it was used.
        let holding = holdings.holding(self.key, settings.user_concurrency);
        if holding.bytes + by > settings.body_memory / CALLERS_PART {
            return Err(refused(
                PolicyName::Memory,
                "you are sending too much at once",
            ));
        }
        holding.bytes += by;
        holdings.bytes += by;
        drop(holdings);
        if let Part::Bytes(used) = &mut self.part {
            *used += by;
        }
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut holdings = self.shares.holdings();
        if let Some(holding) = holdings.callers.get_mut(&self.key) {
            match self.part {
                Part::Request => holding.requests -= 1,
                Part::Stream => holding.streams -= 1,
                Part::Bytes(used) => holding.bytes -= used,
            }
        }
        if let Part::Bytes(used) = self.part {
            holdings.bytes -= used;
        }
        holdings.forget_if_idle(self.key);
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;

    use super::*;

    const ADA: Key = Key::User([1; 16]);
    const BOB: Key = Key::User([2; 16]);

    fn shares() -> Shares {
        Shares::new(ShareSettings {
            user_concurrency: 1,
            user_streams: 1,
            body_memory: 80,
        })
    }

    #[test]
    fn a_user_has_one_request_for_each_turn_and_four_that_wait_and_others_have_their_own() {
        let shares = shares();
        let mut held: Vec<_> = (0..5).map(|_| shares.join(ADA).unwrap()).collect();
        let refused = shares.join(ADA).unwrap_err();
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
        shares.join(BOB).unwrap();
        held.pop();
        shares.join(ADA).unwrap();
        drop(held);
        assert!(shares.holdings().callers.is_empty());
    }

    #[test]
    fn a_caller_has_an_eighth_of_the_memory_for_bodies_and_all_together_the_whole() {
        let shares = shares();
        let mut ada = shares.share(ADA, Part::Bytes(0));
        ada.grow(6).unwrap();
        let mut another = shares.share(ADA, Part::Bytes(0));
        let refused = another.grow(5).unwrap_err();
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
        another.grow(4).unwrap();
        let mut others = Vec::new();
        for number in 2..9 {
            let mut share = shares.share(Key::User([number; 16]), Part::Bytes(0));
            share.grow(10).unwrap();
            others.push(share);
        }
        let mut late = shares.share(Key::User([9; 16]), Part::Bytes(0));
        let refused = late.grow(1).unwrap_err();
        assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
        drop((ada, another));
        late.grow(1).unwrap();
        drop((late, others));
        assert!(shares.holdings().callers.is_empty());
        assert_eq!(shares.holdings().bytes, 0);
    }
}
