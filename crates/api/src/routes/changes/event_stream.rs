//! The body of an event stream: what changes, as it changes, for as long as its reader may know.
//!
//! The server asks for more only when the client has taken what there was, so that a stream never
//! holds more than one page.

use std::convert::Infallible;
use std::future::ready;
use std::io::Write;
use std::time::Duration;

use actix_web::web::Bytes;
use futures::stream::{self, Stream, StreamExt};
use tasklane_domain::error::StoreError;
use tasklane_domain::id::OwnerId;
use tasklane_domain::page::FeedLimit;
use tasklane_domain::port::NotificationStream;
use tasklane_domain::service::{AccessError, AccessService, TaskService};
use tasklane_domain::task::{ChangePage, FeedError, SyncPoint};
use tasklane_domain::user::Principal;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep};

use super::change::ChangeView;
use super::guarded::Guarded;
use super::kinds::Kinds;
use super::resume_point::ResumePoint;
use crate::closing::Closing;
use crate::extract::Caller;
use crate::metrics::EventStream;
use crate::state::AppState;

/// Changes that are read at once.
const PAGE: FeedLimit = FeedLimit::clamp(50);
/// How often the feed is read again without a notification, since notifications may be lost.
const LOOK_AGAIN: Duration = Duration::from_secs(15);
/// How long to wait for a store that is not available before it is asked again.
const STORE_PAUSE: Duration = Duration::from_secs(5);
/// How often the reader's access is checked. The result is cached for some seconds, so the store is
/// asked less often.
const CONFIRM_EVERY: Duration = Duration::from_secs(1);
/// How often a comment is sent, so that no proxy takes the connection for dead.
const COMMENT_EVERY: Duration = Duration::from_secs(15);

/// How long a client waits before it connects again, in milliseconds.
const RETRY: Bytes = Bytes::from_static(b"retry: 2000\n\n");
const COMMENT: Bytes = Bytes::from_static(b": still here\n\n");

/// The events for a reader, until the token expires, the user or session ends, the feed cannot be
/// continued, or the server stops.
pub(super) fn events(
    follower: Follower,
    reader: Reader,
    permit: impl Send + Unpin + 'static,
) -> impl Stream<Item = Result<Bytes, Infallible>> {
    let changes = stream::unfold(follower, Follower::next);
    let chunks = stream::select(
        comments().map(Some),
        changes.map(Some).chain(stream::once(ready(None))),
    );
    let until_changes_end = chunks.scan((), |(), chunk| ready(chunk));
    let events = stream::once(ready(RETRY))
        .chain(until_changes_end)
        .take_until(reader.end())
        .map(Ok);
    Guarded::new(events, (EventStream::begin(), permit))
}

fn comments() -> impl Stream<Item = Bytes> {
    let mut ticks = interval_at(Instant::now() + COMMENT_EVERY, COMMENT_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    stream::unfold(ticks, |mut ticks| async move {
        ticks.tick().await;
        Some((COMMENT, ticks))
    })
}

/// A reader who was let in, for as long as that lasts.
pub(super) struct Reader {
    access: AccessService,
    closing: Closing,
    principal: Principal,
}

impl Reader {
    /// The caller, who was let in just now.
    pub(super) fn new(state: &AppState, caller: Caller) -> Self {
        Self {
            access: state.access.clone(),
            closing: state.closing.clone(),
            principal: caller.0,
        }
    }

    /// Waits until the reader may read no more, or the server stops.
    async fn end(self) {
        tokio::select! {
            () = sleep(self.access.remaining(&self.principal)) => {}
            () = self.closing.begun() => {}
            () = self.revocation() => {}
        }
    }

    /// Waits until the user or session has ended. A store that cannot tell ends nothing; then nothing
    /// can be read from it either.
    async fn revocation(&self) {
        loop {
            sleep(CONFIRM_EVERY).await;
            if let Err(AccessError::Revoked) = self.access.confirm(&self.principal).await {
                return;
            }
        }
    }
}

/// Reads the change feed from some point on, without an end.
pub(super) struct Follower {
    tasks: TaskService,
    owner: OwnerId,
    kinds: Kinds,
    notifications: NotificationStream,
    since: SyncPoint,
    /// What was read and not yet passed on.
    page: Option<ChangePage>,
    /// Whether to read on without waiting for a notification.
    is_behind: bool,
}

impl Follower {
    /// Begins after a point, or at the present one.
    ///
    /// # Errors
    /// The point is from before the purge horizon, or ahead of the owner.
    pub(super) async fn begin(
        tasks: TaskService,
        owner: OwnerId,
        kinds: Kinds,
        since: Option<SyncPoint>,
    ) -> Result<Self, FeedError> {
        // Before anything is read, so that no change falls between.
        let notifications = tasks.hints(owner);
        let (since, page) = match since {
            Some(since) => (since, Some(tasks.changes(owner, since, PAGE).await?)),
            None => (tasks.revision(owner).await?.into(), None),
        };
        Ok(Self {
            tasks,
            owner,
            kinds,
            notifications,
            since,
            page,
            is_behind: false,
        })
    }

    /// The next changes, as events, once there are some; `None` when the feed cannot be continued.
    async fn next(mut self) -> Option<(Bytes, Self)> {
        loop {
            if let Some(page) = self.page.take() {
                self.since = page.next;
                self.is_behind = page.has_more;
                if !page.changes.is_empty() {
                    return Some((to_events(&page, &self.kinds), self));
                }
            }
            if !self.is_behind {
                self.wait().await;
            }
            match self.tasks.changes(self.owner, self.since, PAGE).await {
                Ok(page) => self.page = Some(page),
                Err(FeedError::Store(StoreError::Unavailable(source))) => {
                    // Requests and readiness say the same more loudly, and once.
                    tracing::debug!(error = %source, "an event stream waits for the store");
                    self.is_behind = true;
                    sleep(STORE_PAUSE).await;
                }
                Err(FeedError::Store(error)) => {
                    let error: &dyn std::error::Error = &error;
                    tracing::error!(error, "an event stream cannot be continued");
                    return None;
                }
                // A client that connects again gets the refusal.
                Err(FeedError::Expired | FeedError::Ahead { .. }) => return None,
            }
        }
    }

    async fn wait(&mut self) {
        tokio::select! {
            Some(()) = self.notifications.next() => {}
            () = sleep(LOOK_AGAIN) => {}
        }
    }
}

fn to_events(page: &ChangePage, kinds: &Kinds) -> Bytes {
    let mut text = Vec::new();
    for change in &page.changes {
        let at = SyncPoint {
            revision: change.revision(),
            ..page.next
        };
        let id = ResumePoint::of(at, kinds);
        // Writing to memory cannot fail, and JSON has no line breaks.
        let _ = write!(text, "id: {id}\nevent: change\ndata: ");
        let _ = serde_json::to_writer(&mut text, &ChangeView::from(change));
        text.extend_from_slice(b"\n\n");
    }
    text.into()
}

#[cfg(test)]
mod tests;
