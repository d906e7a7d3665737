use std::sync::{Mutex, PoisonError};

use futures::StreamExt;
use futures::stream;
use tasklane_domain::id::OwnerId;
use tasklane_domain::port::{ChangeNotifier, NotificationStream};
use tasklane_domain::task::Revision;

/// Hints that wake nobody, and remember what was announced.
#[derive(Debug, Default)]
pub struct RecordedNotifications(Mutex<Vec<(OwnerId, Revision)>>);

impl RecordedNotifications {
    /// Everything that was announced, in order.
    #[must_use]
    pub fn announced(&self) -> Vec<(OwnerId, Revision)> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl ChangeNotifier for RecordedNotifications {
    fn announce(&self, owner: OwnerId, revision: Revision) {
        let mut announced = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        announced.push((owner, revision));
    }

    fn subscribe(&self, _owner: OwnerId) -> NotificationStream {
        stream::pending().boxed()
    }
}
