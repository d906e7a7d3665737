use std::sync::{Mutex, PoisonError};

use futures::StreamExt;
use futures::stream;
use tasklane_domain::id::UserId;
use tasklane_domain::port::{ChangeNotifier, NotificationStream};
use tasklane_domain::task::Revision;

/// Hints that wake nobody, and remember what was announced.
#[derive(Debug, Default)]
pub struct RecordedNotifications(Mutex<Vec<(UserId, Revision)>>);

impl RecordedNotifications {
    /// Everything that was announced, in order.
    #[must_use]
    pub fn announced(&self) -> Vec<(UserId, Revision)> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl ChangeNotifier for RecordedNotifications {
    fn announce(&self, owner: UserId, revision: Revision) {
        let mut announced = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        announced.push((owner, revision));
    }

    fn subscribe(&self, _owner: UserId) -> NotificationStream {
        stream::pending().boxed()
    }
}
