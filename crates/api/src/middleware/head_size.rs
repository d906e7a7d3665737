//! Refuses a head that is too large.

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest};

use crate::problem::{Problem, ProblemCode};

/// The largest head, in bytes.
pub(crate) const HEAD_LIMIT: usize = 16 * 1024;
/// What is around a header's name and value: a colon, a space and a line's end.
const AROUND_HEADER: usize = 4;

/// Answers 431 when the request's address and headers together are larger than 16 KiB. Much larger
/// heads never get here: their connection refuses them.
///
/// # Errors
/// Those of what is inside.
pub async fn limit_head<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    if head_size(request.request()) <= HEAD_LIMIT {
        let response = next.call(request).await?;
        return Ok(response.map_into_left_body());
    }
    let response = request.into_response(head_too_large().into_response());
    Ok(response.map_into_right_body())
}

/// The refusal of a head that is too large.
pub(crate) fn head_too_large() -> Problem {
    let detail = format!("the address and the headers must be at most {HEAD_LIMIT} bytes");
    Problem::new(ProblemCode::HeadersTooLarge, detail)
}

fn head_size(request: &HttpRequest) -> usize {
    let address = request.uri().path_and_query();
    let address = address.map_or(0, |address| address.as_str().len());
    let headers = request.headers().iter();
    headers.fold(address, |size, (name, value)| {
        size + name.as_str().len() + value.len() + AROUND_HEADER
    })
}
