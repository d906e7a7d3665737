//! Whom a copy is about.

use uuid::Uuid;

/// A user of the source who is to be copied.
pub(crate) struct SourceUser {
    pub(crate) id: Uuid,
    /// By what the address of a local account is found.
    pub(crate) email_key: Option<String>,
}

/// Users who follow each other in the order of their ids, all or none of whom the target has.
pub(crate) struct Run {
    pub(crate) first: Uuid,
    pub(crate) last: Uuid,
    pub(crate) email_keys: Vec<String>,
}
