use std::borrow::Cow;

use crate::error::Violation;

/// A member of what an operation is given that breaks a rule, as only what the owner has can show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{member} {violation}")]
pub struct InvalidInput {
    /// Of what it is a member.
    pub part: Part,
    /// As a JSON Pointer says it: `due/date`, `parent_id` or `before`.
    pub member: &'static str,
    /// The rule.
    pub violation: Violation,
}

/// A part of what an operation is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The content of a new task.
    Draft,
    /// What an update sets.
    Patch,
    /// The operation's own members, beside these.
    Operation,
}

impl InvalidInput {
    /// It names a task that is not live, or not the owner's.
    pub(super) fn unknown_task(part: Part, member: &'static str) -> Self {
        Self::new(
            part,
            member,
            "unknown_task",
            "must be the id of a live task",
        )
    }

    pub(super) fn new(
        part: Part,
        member: &'static str,
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            part,
            member,
            violation: Violation::new(code, message),
        }
    }
}
