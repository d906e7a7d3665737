//! What no operation answers: paths that do not exist, and methods that a path does not have.

use std::collections::BTreeSet;

use actix_router::ResourceDef;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::{HttpRequest, web};
use utoipa::openapi::path::Paths;

use crate::error::ApiError;
use crate::problem::{Problem, ProblemCode};

/// The methods of each path, by the OpenAPI document, so that the two cannot disagree.
#[derive(Default)]
pub struct AllowedMethods(Vec<(ResourceDef, HeaderValue)>);

impl AllowedMethods {
    /// Reads the document's paths; literal ones go before those with parameters.
    #[must_use]
    pub fn new(paths: &Paths) -> Self {
        let mut patterns: Vec<_> = paths.paths.iter().collect();
        patterns.sort_by_key(|(pattern, _)| pattern.matches('{').count());
        let resources = patterns.into_iter().filter_map(|(pattern, item)| {
            let operations = [
                ("GET", item.get.is_some()),
                ("HEAD", item.get.is_some()),
                ("POST", item.post.is_some()),
                ("PUT", item.put.is_some()),
                ("PATCH", item.patch.is_some()),
                ("DELETE", item.delete.is_some()),
            ];
            let methods: BTreeSet<_> = operations
                .into_iter()
                .filter(|(_, has)| *has)
                .map(|(method, _)| method)
                .collect();
            let methods = methods.into_iter().collect::<Vec<_>>().join(", ");
            let allow = HeaderValue::try_from(methods).ok()?;
            Some((ResourceDef::new(pattern.as_str()), allow))
        });
        Self(resources.collect())
    }

    /// Adds paths that are no operations and can only be read.
    #[must_use]
    pub fn with_pages<'page>(mut self, paths: impl Iterator<Item = &'page str>) -> Self {
        let allow = HeaderValue::from_static("GET, HEAD");
        let pages = paths.map(|path| (ResourceDef::new(path), allow.clone()));
        self.0.extend(pages);
        self
    }

    fn find(&self, path: &str) -> Option<&HeaderValue> {
        self.0
            .iter()
            .find(|(resource, _)| resource.is_match(path))
            .map(|(_, allow)| allow)
    }
}

/// Answers 405 with `Allow` where the path exists, else 404.
///
/// # Errors
/// Always.
pub async fn fallback(
    request: HttpRequest,
    allowed: web::Data<AllowedMethods>,
) -> Result<actix_web::HttpResponse, ApiError> {
    let Some(allow) = allowed.find(request.path()) else {
        return Err(ApiError::NotFound);
    };
    let detail = format!("the resource has {}", allow.to_str().unwrap_or_default());
    let problem = Problem::new(ProblemCode::MethodNotAllowed, detail);
    Err(problem.with_header(ALLOW, allow.clone()).into())
}
