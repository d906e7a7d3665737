use serde_json::{Value, json};

/// A header of an answer, as the document describes it.
#[derive(Debug, Clone, Copy)]
pub struct Header {
    /// Its name among the components.
    pub key: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// What it looks like.
    pub pattern: &'static str,
    /// What it may be.
    pub example: &'static str,
}

impl Header {
    /// Its description.
    pub(super) fn to_json(self) -> Value {
        json!({
            "description": self.meaning,
            "schema": { "type": "string", "pattern": self.pattern, "examples": [self.example] },
        })
    }
}
