use std::time::Duration;

use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, HttpResponse, Responder, web};
use tasklane_domain::work::on_account_of;
use tokio::time::Instant;

use super::Operation;
use crate::error::{ApiError, unavailable};
use crate::request_account::RequestAccount;

/// The most that an operation may take until its answer begins, as data of the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline(pub Duration);

/// When the operation must have answered, as data of the request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expiry(pub(crate) Instant);

/// Serves a request of the operation. One that takes longer than [`Deadline`] is answered with 503,
/// and whatever it was doing is dropped.
pub(super) async fn serve<O: Operation>(
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Error> {
    let limit = request
        .app_data::<Deadline>()
        .map_or(Duration::MAX, |deadline| deadline.0);
    if let Some(end) = Instant::now().checked_add(limit) {
        request.extensions_mut().insert(Expiry(end));
    }
    let account = RequestAccount::open(&request);
    let answer = on_account_of(account, answer::<O>(&request, payload));
    let Ok(outcome) = tokio::time::timeout(limit, answer).await else {
        tracing::warn!("the request took longer than allowed");
        return Ok(unavailable("the request took too long").into_response());
    };
    outcome
}

async fn answer<O: Operation>(
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Error> {
    let state = request.app_data().cloned();
    let state = state.ok_or_else(|| ApiError::from(unavailable("the server is starting")))?;
    let mut payload = payload.into_inner();
    let input = O::Input::from_request(request, &mut payload)
        .await
        .map_err(Into::into)?;
    let output = O::call(state, input).await?;
    Ok(output.respond_to(request).map_into_boxed_body())
}
