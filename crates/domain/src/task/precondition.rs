use super::Revision;

/// What must be true of a task's revision for a write to happen (`If-Match`, RFC 9110 §13.1.1).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Precondition {
    /// Nothing.
    #[default]
    None,
    /// The task exists: `If-Match: *`.
    Exists,
    /// The task is at one of these revisions. An empty list is never met.
    AnyOf(Vec<Revision>),
}

impl Precondition {
    /// Whether a task at `current` meets it.
    #[must_use]
    pub fn holds(&self, current: Revision) -> bool {
        match self {
            Self::None | Self::Exists => true,
            Self::AnyOf(revisions) => revisions.contains(&current),
        }
    }
}

impl From<Revision> for Precondition {
    fn from(revision: Revision) -> Self {
        Self::AnyOf(vec![revision])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_named_revision_can_fail() {
        let current = Revision::new(7).unwrap();
        assert!(Precondition::None.holds(current) && Precondition::Exists.holds(current));
        assert!(Precondition::AnyOf(vec![Revision::ZERO, current]).holds(current));
        assert!(!Precondition::from(current.next()).holds(current));
        assert!(!Precondition::AnyOf(vec![]).holds(current));
    }
}
