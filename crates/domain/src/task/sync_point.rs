use super::{FeedError, Revision};
use crate::page::ListVersion;

/// Up to where a client has read an owner's changes.
///
/// [`SyncPoint::default`] is the point of a client that has nothing yet. It is always good, and so
/// is every point that a reading from there leads to, until a purge raises the horizon: what was
/// purged before the client began, it does not have. A point that is made from a revision alone is
/// good while the revision is not below the purge horizon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SyncPoint {
    /// The last revision that was read; zero for a client that has nothing.
    pub revision: Revision,
    /// The owner's purge horizon when it was read; zero when it is not known.
    pub horizon: Revision,
}

impl From<Revision> for SyncPoint {
    fn from(revision: Revision) -> Self {
        Self {
            revision,
            horizon: Revision::ZERO,
        }
    }
}

impl SyncPoint {
    /// Makes sure that reading can go on from here while the owner is at `version`.
    ///
    /// # Errors
    /// [`FeedError::Ahead`] or [`FeedError::Expired`].
    pub fn check(self, version: ListVersion) -> Result<(), FeedError> {
        if self.revision > version.revision {
            return Err(FeedError::Ahead {
                current: version.revision,
            });
        }
        let has_nothing = self.revision == Revision::ZERO;
        let is_current = self.revision >= version.purge_horizon;
        if has_nothing || is_current || self.horizon == version.purge_horizon {
            Ok(())
        } else {
            Err(FeedError::Expired)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn revision(number: i64) -> Revision {
        Revision::new(number).unwrap()
    }

    fn version(number: i64, purge_horizon: i64) -> ListVersion {
        ListVersion {
            revision: revision(number),
            purge_horizon: revision(purge_horizon),
        }
    }

    fn point(number: i64, horizon: i64) -> SyncPoint {
        SyncPoint {
            revision: revision(number),
            horizon: revision(horizon),
        }
    }

    #[test]
    fn a_point_is_good_from_the_horizon_to_the_present() {
        for (since, is_good) in [(0, true), (4, false), (5, true), (9, true), (10, false)] {
            let point = SyncPoint::from(revision(since));
            assert_eq!(point.check(version(9, 5)).is_ok(), is_good, "{since}");
        }
    }

    #[test]
    fn a_reading_that_began_with_nothing_goes_on_until_the_horizon_rises() {
        assert!(point(2, 5).check(version(9, 5)).is_ok());
        assert!(matches!(
            point(2, 5).check(version(9, 6)),
            Err(FeedError::Expired)
        ));
        assert!(point(6, 5).check(version(9, 6)).is_ok());
    }
}
