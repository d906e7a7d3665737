use tasklane_domain::kind::Kind;

/// A choice of kinds. An empty one is of every kind, those to come included.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Kinds(Vec<Kind>);

impl Kinds {
    /// The kinds, in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = Kind> {
        self.0.iter().copied()
    }
}

/// Order and repetition do not matter.
impl From<Vec<Kind>> for Kinds {
    fn from(mut kinds: Vec<Kind>) -> Self {
        kinds.sort_unstable();
        kinds.dedup();
        Self(kinds)
    }
}
