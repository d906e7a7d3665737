//! How much is taken on at once. What is too much is refused while refusing is still cheap.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpMessage;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::unavailable;
use crate::metrics::record_shed;
use crate::problem::Problem;

/// How long a request waits for its turn: a burst is worked off, an overload is not queued up.
const PATIENCE: Duration = Duration::from_secs(1);

/// The requests that may be worked on at once. Clones share the bound.
#[derive(Debug, Clone)]
pub struct ConcurrencyLimit(Arc<Semaphore>);

impl ConcurrencyLimit {
    /// At most `most` at once.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self(Arc::new(Semaphore::new(most)))
    }

    /// A request's turn, as soon as there is one.
    ///
    /// # Errors
    /// No permit is free for a second.
    pub async fn admit(&self) -> Result<Permit, Problem> {
        let permit = self.permit().await?;
        Ok(Permit(Rc::new(PermitCell {
            bound: self.clone(),
            permit: RefCell::new(Some(permit)),
        })))
    }

    /// One that is refused is counted.
    async fn permit(&self) -> Result<OwnedSemaphorePermit, Problem> {
        if let Ok(permit) = Arc::clone(&self.0).try_acquire_owned() {
            return Ok(permit);
        }
        let waiting = Arc::clone(&self.0).acquire_owned();
        if let Ok(Ok(permit)) = tokio::time::timeout(PATIENCE, waiting).await {
            return Ok(permit);
        }
        record_shed();
        Err(unavailable("too many requests are under way"))
    }
}

/// A request's turn. Clones are the same turn.
#[derive(Debug, Clone)]
pub struct Permit(Rc<PermitCell>);

#[derive(Debug)]
struct PermitCell {
    bound: ConcurrencyLimit,
    permit: RefCell<Option<OwnedSemaphorePermit>>,
}

impl Permit {
    /// Gives the permit back: there is nothing to do, or only something to wait for.
    pub fn give_up(&self) {
        self.0.permit.take();
    }

    /// Waits for the client, while others have the turn, and then for another turn.
    ///
    /// # Errors
    /// No permit is free for a second.
    pub async fn pause_for<T>(&self, client: impl Future<Output = T>) -> Result<T, Problem> {
        self.give_up();
        let sent = client.await;
        let permit = self.0.bound.permit().await?;
        self.0.permit.replace(Some(permit));
        Ok(sent)
    }

    /// The turn that a request has, if it needs one.
    pub fn of(request: &impl HttpMessage) -> Option<Self> {
        request.extensions().get::<Self>().cloned()
    }
}

/// The event streams that may be open at once. Clones share the bound.
#[derive(Debug, Clone)]
pub struct EventStreams(Arc<Semaphore>);

/// The permit of one event stream, free again when it is dropped.
#[derive(Debug)]
pub struct StreamPermit(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

impl EventStreams {
    /// At most `most` at once.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self(Arc::new(Semaphore::new(most)))
    }

    /// A permit, if one is free.
    ///
    /// # Errors
    /// None is.
    pub fn take(&self) -> Result<StreamPermit, Problem> {
        let permit = Arc::clone(&self.0).try_acquire_owned();
        permit
            .map(StreamPermit)
            .map_err(|_| unavailable("too many event streams are open"))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_waits_its_turn_and_an_overload_is_refused() {
        let bound = ConcurrencyLimit::new(1);
        let first = bound.admit().await.unwrap();
        let begin = tokio::time::Instant::now();
        let refused = bound.admit().await.unwrap_err();
        assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(begin.elapsed(), PATIENCE);

        let (second, ()) = tokio::join!(bound.admit(), async {
            tokio::time::sleep(PATIENCE / 2).await;
            first.give_up();
        });
        second.unwrap();
        // It was dropped just now.
        bound.admit().await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn others_have_the_turn_while_a_client_is_slow() {
        let bound = ConcurrencyLimit::new(1);
        let slow = bound.admit().await.unwrap();
        let sent = slow.pause_for(async { bound.admit().await.map(|_| "sent") });
        assert_eq!(sent.await.unwrap().unwrap(), "sent");
        bound.admit().await.unwrap_err();

        let meanwhile = RefCell::new(None);
        let late = slow.pause_for(async {
            meanwhile.replace(Some(bound.admit().await.unwrap()));
        });
        late.await.unwrap_err();
    }

    #[test]
    fn a_permit_is_free_again_when_its_stream_has_ended() {
        let bound = EventStreams::new(1);
        let permit = bound.take().unwrap();
        let refused = bound.take().unwrap_err();
        assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
        drop(permit);
        bound.take().unwrap();
    }
}
