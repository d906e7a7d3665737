//! Answers to requests that reach no operation.

use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::{FromRequest, Handler, HttpResponse, Resource, Responder, Route, web};

use crate::error::ApiError;
use crate::problem::{Problem, ProblemCode};

/// A resource that can only be read.
pub fn read_only<F, Args>(path: &str, handler: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    web::resource(path)
        .route(web::get().to(handler.clone()))
        .route(web::head().to(handler))
        .default_service(method_not_allowed(HeaderValue::from_static("GET, HEAD")))
}

/// 404, for a path that does not exist.
#[must_use]
pub fn not_found() -> Route {
    web::to(|| async { Err::<HttpResponse, _>(ApiError::NotFound) })
}

/// 405, for a path that has other methods.
pub(super) fn method_not_allowed(allow: HeaderValue) -> Route {
    web::to(move || {
        let detail = format!("the resource has {}", allow.to_str().unwrap_or_default());
        let problem = Problem::new(ProblemCode::MethodNotAllowed, detail);
        let problem = problem.with_header(ALLOW, allow.clone());
        async move { Err::<HttpResponse, _>(ApiError::from(problem)) }
    })
}
