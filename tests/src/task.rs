//! A task as the server writes it.

use std::fmt;
use std::ops::Deref;

use serde_json::Value;

/// A task. Its members are read by name: `task["title"]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Task(Value);

impl Task {
    /// Takes a document that must have a task's id and revision.
    #[track_caller]
    #[must_use]
    pub fn new(document: Value) -> Self {
        let complete = document["id"].is_string() && document["revision"].is_i64();
        assert!(complete, "no task: {document}");
        Self(document)
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.0["id"].as_str().unwrap_or_default()
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/api/tasks/{}", self.id())
    }

    /// Its revision.
    #[must_use]
    pub fn revision(&self) -> i64 {
        self.0["revision"].as_i64().unwrap_or_default()
    }

    /// Its entity tag.
    #[must_use]
    pub fn etag(&self) -> String {
        format!("\"{}\"", self.revision())
    }

    /// Its title.
    #[must_use]
    pub fn title(&self) -> &str {
        self.0["title"].as_str().unwrap_or_default()
    }

    /// The whole document.
    #[must_use]
    pub fn into_document(self) -> Value {
        self.0
    }
}

impl Deref for Task {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}

impl fmt::Display for Task {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}
