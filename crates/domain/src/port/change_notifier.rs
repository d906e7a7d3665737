use std::pin::Pin;

use futures_core::Stream;

use crate::id::OwnerId;
use crate::task::Revision;

/// Wakes those who follow a user's changes. It never ends, and tells only that the feed is worth
/// reading again: hints that come while nobody looks are one.
pub type NotificationStream = Pin<Box<dyn Stream<Item = ()> + Send>>;

/// Carries the news that a user's tasks have changed to those who follow them, in this process or
/// in others.
///
/// It is a hint and no more: one that is lost delays and loses nothing, since a follower reads
/// the feed, and reads it again from time to time without being told.
#[cfg_attr(feature = "testing", mockall::automock)]
pub trait ChangeNotifier: Send + Sync {
    /// Says that the owner has reached a revision. It never blocks and never fails.
    fn announce(&self, owner: OwnerId, revision: Revision);

    /// Hints of whatever is announced for the owner from now on. They end with the stream.
    fn subscribe(&self, owner: OwnerId) -> NotificationStream;
}
