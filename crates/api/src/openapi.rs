//! The OpenAPI document, gathered from the operations.

#[cfg(test)]
mod tests;

use actix_web::web::Bytes;
use serde_json::{Value, json};

use crate::operation::{Components, Operations, Tag};
use crate::public_url::PublicUrl;

const DESCRIPTION: &str = "A task-management backend that any frontend can use. Every error is a \
    problem document (RFC 9457), and `x-problem-codes` lists the codes that an answer may carry; \
    every task has its revision as `ETag`.";

/// The document, made once.
pub struct Document {
    json: Bytes,
}

impl Document {
    /// Describes the operations of a server.
    ///
    /// # Errors
    /// The document cannot be written as JSON.
    pub fn new(operations: &Operations, public_url: &PublicUrl) -> Result<Self, serde_json::Error> {
        let mut json = serde_json::to_string_pretty(&describe(operations, public_url))?;
        json.push('\n');
        Ok(Self { json: json.into() })
    }

    /// The document as pretty JSON that ends in a line feed.
    #[must_use]
    pub fn json(&self) -> &Bytes {
        &self.json
    }
}

fn describe(operations: &Operations, public_url: &PublicUrl) -> Value {
    let mut components = Components::default();
    let mut paths = operations.describe(&mut components);
    let mut components = components.finish(&mut paths);
    components["securitySchemes"] = json!({
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "An access token from `POST /api/auth/login`, or from a trusted issuer",
        },
    });
    let tags = Tag::ALL.map(|tag| json!({ "name": tag.name(), "description": tag.description() }));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Tasklane",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
            "contact": { "name": "The operator of this server" },
        },
        "servers": [{ "url": public_url.server() }],
        "security": [{ "bearer": [] }],
        "tags": tags,
        "paths": paths,
        "components": components,
    })
}
