//! What is looked for in a task's text.

/// Texts that must all occur. The first is the longest, which is likely to be the rarest, and mostly
/// the only one: stores look for it on its own, since going through a list costs several times as much
/// for each row.
pub(crate) struct SearchTerms {
    pub(crate) first: Option<String>,
    pub(crate) others: Option<Vec<String>>,
}

impl SearchTerms {
    pub(crate) fn new(mut texts: Vec<String>) -> Self {
        texts.sort_by_key(String::len);
        let first = texts.pop();
        Self {
            first,
            others: (!texts.is_empty()).then_some(texts),
        }
    }
}
