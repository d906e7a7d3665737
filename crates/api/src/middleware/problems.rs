//! Writes every error of the process as a problem document.

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use actix_web::http::{StatusCode, header};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage};

use super::RequestId;
use crate::problem::{PROBLEM_MEDIA_TYPE, Problem, ProblemCode};

/// Gives each error its body, the framework's own included, which are empty or plain text.
///
/// # Errors
/// None: what fails inside becomes a response.
pub async fn write_problems<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    let path = request.path().to_owned();
    let id = request.extensions().get::<RequestId>().cloned();
    let id = id.as_ref().map_or("", RequestId::as_str);
    let response = next.call(request).await?;
    let status = response.status();
    let framed = response.headers().get(CONTENT_TYPE).is_some_and(is_ours);
    if !(status.is_client_error() || status.is_server_error()) || framed {
        return Ok(response.map_into_left_body());
    }
    let carried = response.response().extensions().get::<Problem>().cloned();
    let problem = carried.unwrap_or_else(|| generic(status));
    let body = problem.to_json(&path, id);
    Ok(response.map_body(|head, _| {
        head.headers
            .insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_MEDIA_TYPE));
        head.headers.remove(header::CONTENT_LENGTH);
        EitherBody::right(BoxBody::new(body))
    }))
}

/// Whether the response says what is wrong in a form of its own.
fn is_ours(content_type: &HeaderValue) -> bool {
    let bytes = content_type.as_bytes();
    bytes.starts_with(PROBLEM_MEDIA_TYPE.as_bytes()) || bytes.starts_with(b"application/json")
}

/// The problem behind an error of the framework.
fn generic(status: StatusCode) -> Problem {
    let code = match status.as_u16() {
        401 => ProblemCode::Unauthenticated,
        404 => ProblemCode::NotFound,
        405 => ProblemCode::MethodNotAllowed,
        408 => ProblemCode::RequestTimeout,
        413 => ProblemCode::PayloadTooLarge,
        415 => ProblemCode::UnsupportedMediaType,
        431 => ProblemCode::HeadersTooLarge,
        429 => ProblemCode::RateLimited,
        503 => ProblemCode::Unavailable,
        400..=499 => ProblemCode::InvalidParameter,
        _ => ProblemCode::Internal,
    };
    Problem::new(
        code,
        status.canonical_reason().unwrap_or("something went wrong"),
    )
}
