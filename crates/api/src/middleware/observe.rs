//! The request's id, its span and its one line in the log.

use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage};
use tasklane_domain::id::UserId;
use tracing::{Instrument, Span, field};

use super::RequestId;
use super::request_id::X_REQUEST_ID;
use crate::metrics::{ActiveRequest, record_request};
use crate::trace::RequestTrace;

/// Marks a request that is answered as `GET` is, but whose client gets the head only.
#[derive(Debug, Clone, Copy)]
pub struct HeadOnly;

/// Names the request, follows it with a span, and says in one line how it ended. `HEAD` is answered
/// as `GET` is; the connection leaves the body away.
///
/// # Errors
/// Those of what is inside.
pub async fn observe<B: MessageBody>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let started = Instant::now();
    let active = ActiveRequest::begin();
    let method = request.method().clone();
    if method == Method::HEAD {
        request.head_mut().method = Method::GET;
        request.extensions_mut().insert(HeadOnly);
    }
    let id = RequestId::of(&request);
    let span = tracing::info_span!(
        "request",
        request_id = id.as_str(),
        trace_id = field::Empty,
        user_id = field::Empty,
        otel.kind = field::Empty
    );
    let trace = RequestTrace::begin(&span, request.headers());
    request.extensions_mut().insert(id.clone());
    let result = next.call(request).instrument(span.clone()).await;
    let mut response = result?;
    response.headers_mut().insert(X_REQUEST_ID, id.to_header());
    drop(active);
    span.in_scope(|| record(&span, trace, &method, &response, started));
    Ok(response)
}

fn record<B>(
    span: &Span,
    trace: RequestTrace,
    method: &Method,
    response: &ServiceResponse<B>,
    started: Instant,
) {
    let request = response.request();
    if let Some(user) = request.extensions().get::<UserId>() {
        span.record("user_id", field::display(user));
    }
    let pattern = request.match_pattern();
    let status = response.status().as_u16();
    let took = started.elapsed();
    let known_method = known_method(method);
    trace.end(known_method, pattern.as_deref(), status);
    let route = pattern.as_deref().unwrap_or("unmatched");
    record_request(known_method, route, status, took);
    let latency_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    tracing::info!(
        method = method.as_str(),
        route,
        status,
        latency_us,
        "request"
    );
}

/// The method, if it is a usual one: a client must not be able to make label values up.
fn known_method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "_OTHER",
    }
}
