use std::borrow::Cow;

use crate::error::Violation;

/// A member of a value that breaks a rule, and which it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{member} {violation}")]
pub struct InvalidMember {
    /// Where it is in the value, as a relative JSON Pointer: `by_day` or `2/minutes_before`. It is
    /// empty for the value as a whole.
    pub member: Cow<'static, str>,
    /// The rule.
    pub violation: Violation,
}

impl InvalidMember {
    pub(super) fn new(member: impl Into<Cow<'static, str>>, violation: Violation) -> Self {
        Self {
            member: member.into(),
            violation,
        }
    }
}
