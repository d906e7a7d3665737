//! What can go wrong: a value breaks a rule, or a store cannot answer.

use std::borrow::Cow;
use std::error::Error;

/// A rule that a value breaks, for programs (code and numbers) and for people (the message).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct Violation {
    /// The stable, machine-readable name of the rule, such as `too_long`.
    pub code: &'static str,
    /// The rule in words, to be read after the field's name: "must be at most 200 characters".
    pub message: Cow<'static, str>,
    /// The rule's numbers by name, such as `max` → 200.
    pub params: Vec<(&'static str, u64)>,
}

impl Violation {
    /// A broken rule that has no numbers.
    pub fn new(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
            params: Vec::new(),
        }
    }

    /// Adds one of the rule's numbers.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: u64) -> Self {
        self.params.push((name, value));
        self
    }

    /// A value is missing that must be given.
    #[must_use]
    pub fn required() -> Self {
        Self::new("required", "is required")
    }

    /// A text is longer than `max` characters (Unicode scalar values).
    #[must_use]
    pub fn too_long(max: usize) -> Self {
        Self::new("too_long", format!("must be at most {max} characters")).with("max", max as u64)
    }

    /// A text is shorter than `min` characters (Unicode scalar values).
    #[must_use]
    pub fn too_short(min: usize) -> Self {
        let noun = if min == 1 { "character" } else { "characters" };
        Self::new("too_short", format!("must be at least {min} {noun}")).with("min", min as u64)
    }
}

/// The cause behind an error of a port, for the log.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// An error with the causes behind it, on one line and without saying anything twice: for the log and
/// for people.
#[must_use]
pub fn with_causes(error: &dyn Error) -> String {
    let mut line = error.to_string().replace('\n', "; ");
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string().replace('\n', "; ");
        if !line.contains(&text) {
            line = format!("{line}: {text}");
        }
        source = cause.source();
    }
    line
}

/// A store that cannot do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It is down, unreachable, too slow or full. Asking again later may help.
    #[error("the store is unavailable")]
    Unavailable(#[source] BoxError),
    /// It does as much for the owner as it does for one at a time. Asking again later helps.
    #[error("the store is busy with other reads of this owner")]
    Busy,
    /// It cannot take what it was given, and never will: characters that its encoding lacks, say.
    #[error("the store refuses the data")]
    Refused(#[source] BoxError),
    /// It holds something that no version of the domain can have written.
    #[error("the store holds a corrupt {0}")]
    Corrupt(&'static str, #[source] BoxError),
}

impl StoreError {
    /// Wraps the cause of an outage.
    pub fn unavailable(source: impl Into<BoxError>) -> Self {
        Self::Unavailable(source.into())
    }

    /// Wraps the store's reason for refusing what it was given.
    pub fn refused(source: impl Into<BoxError>) -> Self {
        Self::Refused(source.into())
    }

    /// Names what was read and why it cannot be.
    pub fn corrupt(what: &'static str, source: impl Into<BoxError>) -> Self {
        Self::Corrupt(what, source.into())
    }
}

/// A bound that callers have reached together, as the cause of [`StoreError::Unavailable`]: nothing is
/// wrong with the store.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Overload(pub &'static str);

impl Overload {
    /// Whether an error comes of it.
    #[must_use]
    pub fn caused(error: &(dyn Error + 'static)) -> bool {
        std::iter::successors(Some(error), |&error| error.source()).any(<dyn Error>::is::<Self>)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_follow_on_one_line_and_are_said_once() {
        let cause = std::io::Error::other("refused\nHINT: ask again");
        let error = StoreError::unavailable(cause);
        assert_eq!(
            with_causes(&error),
            "the store is unavailable: refused; HINT: ask again"
        );
        assert!(!Overload::caused(&error));
        let error = StoreError::unavailable(Overload("too many writes are waiting"));
        assert!(Overload::caused(&error));
        let twice = Violation::new("rule", "is broken");
        let error = StoreError::corrupt("row that is broken", twice);
        assert_eq!(
            with_causes(&error),
            "the store holds a corrupt row that is broken"
        );
    }
}
