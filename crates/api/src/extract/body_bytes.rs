//! The bytes of a body, as far as its limits in size and time allow.

use std::rc::Rc;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::{Bytes, BytesMut};
use actix_web::{HttpMessage, HttpRequest};
use futures::StreamExt;
use tokio::time::{Instant, timeout_at};

use crate::admission::Permit;
use crate::connection::Activity;
use crate::error::ApiError;
use crate::operation::Expiry;
use crate::problem::{Problem, ProblemCode};
use crate::shares::{Share, Shares};

/// How long a body may take where nothing is configured.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(15);

/// How long a body may take to arrive, as data of the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyTimeout(pub Duration);

/// Reads the body, and gives it with its share of the memory, to be held as long as the body is. A
/// body that is still coming when the time for it, or for the whole request, is over is refused with
/// 408.
pub(super) fn collect(
    request: &HttpRequest,
    payload: &mut Payload,
    limit: usize,
) -> impl Future<Output = Result<(Bytes, Option<Share>), ApiError>> + use<> {
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let end = end(request);
    let payload = payload.take();
    let turn = Permit::of(request);
    let memory = Shares::memory(request);
    let activity = request.conn_data::<Rc<Activity>>().cloned();
    async move {
        if announced.is_some_and(|length| length > limit) {
            return Err(too_large(limit).into());
        }
        let reading = read_to_end(payload, limit, memory, activity);
        let reading = timeout_at(end, reading);
        let read = match turn {
            Some(turn) => turn.pause_for(reading).await?,
            None => reading.await,
        };
        match read {
            Ok(body) => body.map_err(ApiError::from),
            Err(_) => Err(too_slow().into()),
        }
    }
}

fn end(request: &HttpRequest) -> Instant {
    let patience = request
        .app_data::<BodyTimeout>()
        .map_or(DEFAULT_TIMEOUT, |timeout| timeout.0);
    let own = Instant::now() + patience;
    let expiry = request.extensions().get::<Expiry>().copied();
    expiry.map_or(own, |expiry| own.min(expiry.0))
}

async fn read_to_end(
    mut payload: Payload,
    limit: usize,
    mut memory: Option<Share>,
    activity: Option<Rc<Activity>>,
) -> Result<(Bytes, Option<Share>), Problem> {
    let intake = activity.as_deref().map(Activity::intake);
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| {
            tracing::debug!(%error, "the body broke off");
            Problem::new(ProblemCode::MalformedJson, "the body broke off")
        })?;
        if let Some(intake) = intake {
            intake.take(chunk.len());
        }
        if body.len() + chunk.len() > limit {
            return Err(too_large(limit));
        }
        if let Some(memory) = &mut memory {
            memory.grow(chunk.len())?;
        }
        body.extend_from_slice(&chunk);
    }
    if let Some(intake) = intake {
        intake.finish();
    }
    Ok((body.freeze(), memory))
}

fn too_slow() -> Problem {
    // The rest of the body must not be taken for the next request.
    let close = HeaderValue::from_static("close");
    Problem::new(ProblemCode::RequestTimeout, "the body arrived too slowly")
        .with_header(header::CONNECTION, close)
}

fn too_large(limit: usize) -> Problem {
    Problem::new(
        ProblemCode::PayloadTooLarge,
        format!("the body must be at most {limit} bytes"),
    )
}
