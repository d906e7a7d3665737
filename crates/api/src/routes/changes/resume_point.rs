use std::fmt;
use std::str::FromStr;

use tasklane_domain::error::Violation;
use tasklane_domain::kind::Kind;
use tasklane_domain::task::{Revision, SyncPoint};

use super::kinds::Kinds;
use crate::error::ApiError;
use crate::extract::parsed_parameters;

/// Where a client goes on in the feed, as it says so: at a revision, or where an earlier answer ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ResumePoint {
    at: SyncPoint,
    /// The choice of kinds that was read up to there; `None` for a revision alone, which is good for
    /// any.
    kinds: Option<Kinds>,
}

parsed_parameters! {
    /// A point that a client names.
    ResumePointText(ResumePoint) = str::parse;
}

impl ResumePoint {
    /// The point up to which these kinds were read.
    pub(super) fn of(at: SyncPoint, kinds: &Kinds) -> Self {
        Self {
            at,
            kinds: Some(kinds.clone()),
        }
    }

    /// Where to go on with these kinds.
    ///
    /// # Errors
    /// Others were read up to there, so that something would be missed. It says which `parameter` names
    /// the point.
    pub(super) fn read_on(
        self,
        kinds: &Kinds,
        parameter: &'static str,
    ) -> Result<SyncPoint, ApiError> {
        match self.kinds {
            Some(read) if read != *kinds => Err(ApiError::OtherKinds { parameter }),
            _ => Ok(self.at),
        }
    }
}

/// A revision alone, or `<revision>-<purge horizon>` and a `-<kind>` for each kind that was chosen.
impl fmt::Display for ResumePoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, kinds } = self;
        at.revision.fmt(formatter)?;
        let Some(kinds) = kinds else { return Ok(()) };
        write!(formatter, "-{}", at.horizon)?;
        kinds
            .iter()
            .try_for_each(|kind| write!(formatter, "-{}", kind.as_str()))
    }
}

/// Reads what [`fmt::Display`] writes.
impl FromStr for ResumePoint {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        let message = "must be a revision, or the `next` of an earlier answer";
        read(text).ok_or_else(|| Violation::new("wrong_type", message))
    }
}

fn read(text: &str) -> Option<ResumePoint> {
    let mut parts = text.split('-');
    let revision = digits(parts.next()?)?;
    let Some(horizon) = parts.next() else {
        return Some(ResumePoint {
            at: revision.into(),
            kinds: None,
        });
    };
    let horizon = digits(horizon)?;
    let kinds: Vec<Kind> = parts.map(|name| name.parse().ok()).collect::<Option<_>>()?;
    Some(ResumePoint {
        at: SyncPoint { revision, horizon },
        kinds: Some(kinds.into()),
    })
}

fn digits(text: &str) -> Option<Revision> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    plain
        .then(|| text.parse().ok())
        .flatten()
        .and_then(Revision::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(revision: i64, horizon: i64) -> SyncPoint {
        SyncPoint {
            revision: Revision::new(revision).unwrap(),
            horizon: Revision::new(horizon).unwrap(),
        }
    }

    fn tasks() -> Kinds {
        vec![Kind::Task].into()
    }

    #[test]
    fn a_point_is_read_as_it_is_written() {
        for (text, at, kinds) in [
            ("0", point(0, 0), None),
            ("42", point(42, 0), None),
            ("42-0", point(42, 0), Some(Kinds::default())),
            ("42-7", point(42, 7), Some(Kinds::default())),
            ("42-7-task", point(42, 7), Some(tasks())),
        ] {
            let expected = ResumePoint { at, kinds };
            assert_eq!(expected.to_string(), text);
            assert_eq!(text.parse(), Ok(expected));
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for bad in [
            "",
            "-",
            "-1",
            "1-",
            "x",
            "1.0",
            "+1",
            "1-x",
            "1-2-3",
            "1-task",
            "1-2-",
            "1-2-label",
            "1-2-Task",
            "99999999999999999999",
        ] {
            let violation = bad.parse::<ResumePoint>().unwrap_err();
            assert_eq!(violation.code, "wrong_type", "{bad}");
        }
    }

    #[test]
    fn a_point_is_good_for_the_kinds_that_were_read_and_a_revision_for_any() {
        let read_on = |text: &str, kinds: &Kinds| {
            let point: ResumePoint = text.parse().unwrap();
            point.read_on(kinds, "since").ok()
        };
        let (all, tasks) = (Kinds::default(), tasks());
        assert_eq!(read_on("42", &all), Some(point(42, 0)));
        assert_eq!(read_on("42", &tasks), Some(point(42, 0)));
        assert_eq!(read_on("42-7", &all), Some(point(42, 7)));
        assert_eq!(read_on("42-7", &tasks), None);
        assert_eq!(read_on("42-7-task", &tasks), Some(point(42, 7)));
        assert_eq!(read_on("42-7-task-task", &tasks), Some(point(42, 7)));
        assert_eq!(read_on("42-7-task", &all), None);
    }
}
