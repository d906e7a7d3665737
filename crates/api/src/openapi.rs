//! The OpenAPI document: gathered from the operations, completed with what they share.

mod examples;
mod headers;
mod links;
mod parameters;
mod problems;
mod rules;
#[cfg(test)]
mod tests;

use actix_web::App;
use actix_web::web::Bytes;
use utoipa::openapi::path::{Operation, PathItem, Paths};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, RefOr};
use utoipa::{Modify, OpenApi};
use utoipa_actix_web::AppExt;

use crate::problem::{FieldErrorSchema, ProblemSchema};
use crate::routes;
use crate::routes::tasks::{InstantOrDate, SortSchema};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tasklane",
        description = "A task-management backend that any frontend can use. Every error is a \
                       problem document (RFC 9457), and `x-problem-codes` lists the codes that an \
                       answer may carry; every task has its revision as `ETag`.",
    ),
    components(schemas(ProblemSchema, FieldErrorSchema, InstantOrDate, SortSchema)),
    modifiers(&BearerScheme),
    security(("bearer" = [])),
    tags(
        (name = "Tasks", description = "What a user has to do"),
        (name = "Trash", description = "What was deleted and can be restored"),
        (name = "Sync", description = "What changed, for clients that keep a copy"),
        (name = "Accounts", description = "Local accounts, sessions and tokens"),
        (name = "Profile", description = "The caller themselves"),
        (name = "Operations", description = "For operators and tools"),
    ),
)]
struct Base;

struct BearerScheme;

impl Modify for BearerScheme {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some(
                "An access token: from `POST /api/auth/login`, or a trusted issuer's",
            ))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// The document, made once.
pub struct Document {
    json: Bytes,
    paths: Paths,
}

impl Document {
    /// Gathers the operations.
    ///
    /// # Errors
    /// The document cannot be written as JSON.
    pub fn build() -> Result<Self, serde_json::Error> {
        let document = gather();
        let mut json = serde_json::to_string_pretty(&document)?;
        json.push('\n');
        Ok(Self {
            json: json.into(),
            paths: document.paths,
        })
    }

    /// The document as pretty JSON that ends in a line feed.
    #[must_use]
    pub fn json(&self) -> &Bytes {
        &self.json
    }

    /// Its paths.
    #[must_use]
    pub fn paths(&self) -> &Paths {
        &self.paths
    }
}

fn gather() -> utoipa::openapi::OpenApi {
    let app = App::new().into_utoipa_app().openapi(Base::openapi());
    let (_, mut document) = app.configure(routes::configure).split_for_parts();
    for (path, item) in &mut document.paths.paths {
        for operation in operations_of(item) {
            complete(path, operation);
        }
    }
    describe(document.components.get_or_insert_default());
    // It would be an empty one.
    document.info.license = None;
    document
}

fn operations_of(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let operations = [
        &mut item.get,
        &mut item.post,
        &mut item.put,
        &mut item.patch,
        &mut item.delete,
    ];
    operations.into_iter().flatten()
}

/// Adds what follows from where the operation is and what it takes.
fn complete(path: &str, operation: &mut Operation) {
    parameters::complete(path, operation);
    rules::complete_parameters(operation);
    complete_body(operation);
    problems::complete(path, operation);
    headers::complete(path, operation);
    links::complete(operation);
}

/// A body that may be left out cannot be null.
fn complete_body(operation: &mut Operation) {
    let Some(RefOr::T(body)) = &mut operation.request_body else {
        return;
    };
    for content in body.content.values_mut() {
        if let RefOr::T(content) = content {
            content.schema = content.schema.take().map(parameters::without_null);
        }
    }
}

/// Adds what operations refer to. What a table names and the document has not is given back.
fn describe(components: &mut Components) -> Vec<String> {
    parameters::describe(components);
    headers::describe(components);
    problems::describe(components);
    let mut lost = rules::complete_schemas(components);
    lost.extend(examples::describe(components));
    lost
}

/// Whether requests for the path are counted against a quota.
fn is_limited(path: &str) -> bool {
    path.starts_with("/api/")
}
