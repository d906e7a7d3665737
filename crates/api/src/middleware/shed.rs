//! Refuses what would be too much at once.

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};

use crate::admission::ConcurrencyLimit;

/// What is answered under any load: orchestrators decide by it what happens next.
const ALWAYS_SERVED: &str = "/health";

/// Answers 503 when too many requests are under way already. Preflights do not get here.
///
/// # Errors
/// Those of what is inside.
pub async fn shed<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    let bound = request.app_data::<web::Data<ConcurrencyLimit>>().cloned();
    let Some(bound) = bound.filter(|_| !request.path().starts_with(ALWAYS_SERVED)) else {
        return next
            .call(request)
            .await
            .map(ServiceResponse::map_into_left_body);
    };
    let turn = match bound.admit().await {
        Ok(turn) => turn,
        Err(refusal) => {
            let response = request.into_response(refusal.into_response());
            return Ok(response.map_into_right_body());
        }
    };
    request.extensions_mut().insert(turn.clone());
    let response = next.call(request).await;
    // What is left is up to the client, who may read as slowly as it is let.
    turn.give_up();
    response.map(ServiceResponse::map_into_left_body)
}
