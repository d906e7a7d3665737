//! How long an operation may take.

use std::time::Duration;

use actix_web::Error;
use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;

use crate::error::unavailable;

/// The most that an operation may take until its answer begins, as data of the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline(pub Duration);

/// Answers 503 when the operation takes longer than [`Deadline`]; whatever it was doing is dropped.
///
/// It wraps each operation rather than the whole application: it needs the request to answer, and
/// the router refuses a request that somebody else holds too.
///
/// # Errors
/// Those of what is inside.
pub async fn deadline<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    let limit = request
        .app_data::<Deadline>()
        .map_or(Duration::MAX, |deadline| deadline.0);
    let head = request.request().clone();
    let Ok(response) = tokio::time::timeout(limit, next.call(request)).await else {
        tracing::error!("the request took longer than allowed");
        let response = unavailable("the request took too long").into_response();
        return Ok(ServiceResponse::new(head, response).map_into_right_body());
    };
    response.map(ServiceResponse::map_into_left_body)
}
