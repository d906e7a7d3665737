//! The OpenAPI document: gathered from the operations, completed with what they share.

use actix_web::App;
use actix_web::web::Bytes;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::header::Header;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn, Paths};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{Object, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{Modify, OpenApi};
use utoipa_actix_web::AppExt;

use crate::problem::{FieldErrorSchema, PROBLEM_MEDIA_TYPE, ProblemCode, ProblemSchema};
use crate::routes;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tasklane",
        description = "A task-management backend that any frontend can use. Every error is a \
                       problem document (RFC 9457); every task has its revision as `ETag`.",
    ),
    components(schemas(ProblemSchema, FieldErrorSchema)),
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
        let app = App::new().into_utoipa_app().openapi(Base::openapi());
        let (_, mut document) = app.configure(routes::configure).split_for_parts();
        for (path, item) in &mut document.paths.paths {
            let operations = [
                &mut item.get,
                &mut item.post,
                &mut item.put,
                &mut item.patch,
                &mut item.delete,
            ];
            operations
                .into_iter()
                .flatten()
                .for_each(|operation| complete(path, operation));
        }
        // It would be an empty one.
        document.info.license = None;
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

/// Adds the answers that follow from what the operation takes, and the headers that all have.
fn complete(path: &str, operation: &mut Operation) {
    for code in shared_problems(path, operation) {
        add_problem(operation, code);
    }
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response {
            add_header(response, "X-Request-Id", Type::String, "The request's id");
            if is_limited(path) {
                add_limit_headers(response);
            }
            if status == "429" || status == "503" {
                let text = "Seconds to wait before the next attempt";
                add_header(response, "Retry-After", Type::Integer, text);
            }
        }
    }
}

fn add_limit_headers(response: &mut Response) {
    let policy = "The quota that the request was counted against, in requests, and its window in \
                  seconds: `\"api\";q=600;w=60`";
    let limit = "Requests left of it, and seconds until there is at least one more: \
                 `\"api\";r=599;t=1`";
    add_header(response, "RateLimit-Policy", Type::String, policy);
    add_header(response, "RateLimit", Type::String, limit);
}

fn add_header(response: &mut Response, name: &str, kind: Type, description: &str) {
    let mut header = Header::new(Object::with_type(kind));
    header.description = Some(description.to_owned());
    response.headers.insert(name.to_owned(), RefOr::T(header));
}

/// Whether requests for the path are counted against a quota.
fn is_limited(path: &str) -> bool {
    path.starts_with("/api/")
}

fn shared_problems(path: &str, operation: &Operation) -> Vec<ProblemCode> {
    use ProblemCode as P;
    let mut codes = Vec::new();
    let parameters = parameters(operation);
    let takes = |name: &str| parameters.iter().any(|parameter| parameter.name == name);
    if operation.security.is_none() {
        codes.extend([P::Unauthenticated, P::InvalidToken, P::TokenExpired]);
    }
    if parameters.iter().any(|parameter| parameter.name != "code") {
        codes.push(P::InvalidParameter);
    }
    if takes("cursor") {
        codes.push(P::InvalidCursor);
    }
    if parameters
        .iter()
        .any(|p| p.parameter_in == ParameterIn::Path && p.name == "id")
    {
        codes.push(P::NotFound);
    }
    if takes("If-Match") {
        codes.extend([P::PreconditionFailed, P::PreconditionRequired]);
    }
    if operation.request_body.is_some() {
        codes.extend([P::MalformedJson, P::RequestTimeout, P::PayloadTooLarge]);
        codes.extend([P::UnsupportedMediaType, P::ValidationFailed]);
    }
    if takes("Idempotency-Key") {
        codes.push(P::IdempotencyKeyReused);
    }
    if is_limited(path) {
        codes.push(P::RateLimited);
    }
    if path.starts_with("/api/") {
        codes.push(P::Internal);
    }
    if path.starts_with("/api/") || path == "/health/ready" {
        codes.push(P::Unavailable);
    }
    codes
}

fn parameters(operation: &Operation) -> Vec<&Parameter> {
    let parameters = operation.parameters.as_deref().unwrap_or_default().iter();
    parameters
        .filter_map(|parameter| match parameter {
            RefOr::T(parameter) => Some(parameter),
            RefOr::Ref(_) => None,
        })
        .collect()
}

fn add_problem(operation: &mut Operation, code: ProblemCode) {
    let status = code.status().to_string();
    let responses = &mut operation.responses.responses;
    match responses.get_mut(&status) {
        Some(RefOr::T(response)) => mention(response, code),
        Some(RefOr::Ref(_)) => {}
        None => {
            responses.insert(status, RefOr::T(problem_response(code)));
        }
    }
}

fn mention(response: &mut Response, code: ProblemCode) {
    let name = format!("`{}`", code.as_str());
    if !response.description.contains(&name) {
        response.description = format!("{}, {name}", response.description);
    }
}

fn problem_response(code: ProblemCode) -> Response {
    let content = ContentBuilder::new()
        .schema(Some(RefOr::<utoipa::openapi::Schema>::Ref(
            Ref::from_schema_name("Problem"),
        )))
        .build();
    ResponseBuilder::new()
        .description(format!("`{}`", code.as_str()))
        .content(PROBLEM_MEDIA_TYPE, content)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_named_tagged_and_described() {
        let document = Document::build().unwrap();
        let mut names = Vec::new();
        for (path, item) in &document.paths().paths {
            for operation in [&item.get, &item.post, &item.put, &item.patch, &item.delete] {
                let Some(operation) = operation else { continue };
                assert!(operation.summary.is_some(), "{path}");
                assert_eq!(operation.tags.as_ref().map(Vec::len), Some(1), "{path}");
                names.push(operation.operation_id.clone().unwrap());
            }
        }
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(count >= 25, "{names:?}");
    }
}
