//! Hints between processes, over `NOTIFY` and `LISTEN`.
//!
//! A hint is sent after the write that it tells of has been committed, never within its transaction,
//! where it would make commits take turns.

use std::sync::Arc;

use tasklane_domain::id::OwnerId;
use tasklane_domain::port::{ChangeNotifier, NotificationStream};
use tasklane_domain::task::Revision;
use tokio::runtime::Handle;
use uuid::Uuid;

use super::announcer::ChangeAnnouncer;
use super::listener::ChangeListener;
use crate::local_notifier::LocalNotifier;
use crate::postgres::PostgresStore;

/// The channel that notifications go over.
pub(crate) const CHANNEL: &str = "tasklane_changes";

/// Hints that reach the followers in this process at once, and those in others a moment later.
#[derive(Clone)]
pub struct PostgresNotifier {
    local: LocalNotifier,
    announcer: Arc<ChangeAnnouncer>,
    listener: Arc<ChangeListener>,
}

impl PostgresStore {
    /// Hints about the tasks in this store. Nothing is sent while nobody writes, and nothing is
    /// listened to while nobody follows.
    ///
    /// # Panics
    /// Outside of a tokio runtime: what goes on in the background, goes on in the present one.
    #[must_use]
    pub fn notifier(&self) -> PostgresNotifier {
        let (local, runtime) = (LocalNotifier::default(), Handle::current());
        let announcer = ChangeAnnouncer::new(self.connections.clone(), runtime.clone());
        let listener = ChangeListener::new(self.direct.clone(), local.clone(), runtime);
        PostgresNotifier {
            local,
            announcer: Arc::new(announcer),
            listener: Arc::new(listener),
        }
    }
}

impl ChangeNotifier for PostgresNotifier {
    fn announce(&self, owner: OwnerId, revision: Revision) {
        self.local.announce(owner, revision);
        self.announcer.announce(owner, revision);
    }

    fn subscribe(&self, owner: OwnerId) -> NotificationStream {
        let hints = self.local.subscribe(owner);
        self.listener.start();
        hints
    }
}

/// A hint as a notification carries it: the owner and the revision, `<uuid>:<number>`.
pub(crate) fn to_payload(owner: OwnerId, revision: Revision) -> String {
    format!("{}:{revision}", owner.as_uuid())
}

/// Reads what [`to_payload`] wrote; `None` for anything else.
pub(crate) fn from_payload(text: &str) -> Option<(OwnerId, Revision)> {
    let (owner, revision) = text.split_once(':')?;
    let owner = Uuid::try_parse(owner).ok()?;
    let revision = Revision::new(revision.parse().ok()?)?;
    Some((OwnerId::new(owner), revision))
}

#[cfg(test)]
mod tests {
    use tasklane_domain_testkit::builders::revision;
    use tasklane_domain_testkit::random_uuid;

    use super::*;

    #[test]
    fn a_payload_is_read_back() {
        let owner = OwnerId::new(random_uuid());
        let payload = to_payload(owner, revision(42));
        assert_eq!(from_payload(&payload), Some((owner, revision(42))));
    }

    #[test]
    fn what_others_send_over_the_channel_is_no_hint() {
        let owner = random_uuid();
        for text in [
            "",
            ":",
            "1:2",
            &owner.to_string(),
            &format!("{owner}:"),
            &format!("{owner}:-1"),
            &format!("{owner}:x"),
            &format!("{owner}:1:2"),
        ] {
            assert_eq!(from_payload(text), None, "{text}");
        }
    }
}
