use std::convert::Infallible;

use actix_web::http::header;
use actix_web::middleware::from_fn;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, get, web};
use futures::stream::{self, StreamExt};
use tasklane_domain::error::Violation;
use tasklane_domain::task::{FeedError, Revision};

use super::event_stream::{Follower, Reader, events};
use super::list_changes::parse_revision;
use crate::admission::EventStreams;
use crate::error::{ApiError, too_far_ahead};
use crate::extract::{Authenticated, ParameterNames, Parameters};
use crate::middleware::{HeadOnly, deadline};
use crate::state::AppState;

const LAST_EVENT_ID: &str = "Last-Event-ID";
const SINCE: &str = "since";
const EVENT_STREAM: &str = "text/event-stream";

pub(super) struct StreamParameters;

impl ParameterNames for StreamParameters {
    const SINGLE: &'static [&'static str] = &[SINCE];
}

/// Follow what changes
///
/// Server-sent events (WHATWG HTML, section 9.2): one `change` for each task that changes, with the
/// revision as its `id` and an entry of the change feed as its `data`. A client that was cut off and
/// names the last `id` that it got misses nothing and gets nothing twice; one that names none is
/// told of what changes from now on. Each event is a task's newest state, so states that were
/// overtaken may be left out. A comment every 15 seconds keeps the connection open. The stream ends
/// when the token expires, when its session ends, and when the server stops: connect again.
#[utoipa::path(
    tag = "Sync",
    params(
        ("since" = Option<i64>, Query, minimum = 0, maximum = 9_223_372_036_854_775_807_i64, example = 42, description = "The revision that the client has; 0 means an empty client"),
        ("Last-Event-ID" = Option<i64>, Header, minimum = 0, maximum = 9_223_372_036_854_775_807_i64, example = 42, description = "The last event that the client got; goes before `since`"),
    ),
    responses(
        (status = 200, description = "What changes, as it changes", body = String, content_type = "text/event-stream",
            example = "retry: 2000\n\nid: 42\nevent: change\ndata: {\"id\":\"0193a5c8-7e2b-7c4d-9f10-6b1a2c3d4e5f\",…}\n\n"),
    ),
)]
#[get("/api/tasks/events", wrap = "from_fn(deadline)")]
pub(super) async fn stream_changes(
    state: web::Data<AppState>,
    streams: web::Data<EventStreams>,
    request: Authenticated<(Parameters<StreamParameters>, HttpRequest)>,
) -> Result<HttpResponse, ApiError> {
    let Authenticated(caller, (mut parameters, request)) = request;
    let since = parameters.get(SINCE, parse_revision);
    let last = last_event_id(&request).unwrap_or_else(|violation| {
        parameters.refuse(LAST_EVENT_ID, violation);
        None
    });
    parameters.finish()?;
    let place = streams.take()?;
    let name = if last.is_some() { LAST_EVENT_ID } else { SINCE };
    let follower = Follower::begin(state.tasks.clone(), caller.owner(), last.or(since))
        .await
        .map_err(|error| refusal(error, name))?;
    let mut response = HttpResponse::Ok();
    response
        .content_type(EVENT_STREAM)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        // nginx would gather events before it passes them on.
        .insert_header(("X-Accel-Buffering", "no"));
    // A body without end must not be begun for somebody who wants none.
    if request.extensions().contains::<HeadOnly>() {
        return Ok(response.streaming(stream::empty::<Result<_, Infallible>>()));
    }
    let events = events(follower, Reader::new(&state, caller));
    Ok(response.streaming(events.map(move |chunk| {
        let _ = &place;
        chunk
    })))
}

/// The last event that the client got, if it says so.
fn last_event_id(request: &HttpRequest) -> Result<Option<Revision>, Violation> {
    let mut lines = request.headers().get_all(LAST_EVENT_ID);
    match (lines.next(), lines.next()) {
        (None, _) => Ok(None),
        (Some(line), None) => parse_revision(line.to_str().unwrap_or_default()).map(Some),
        (Some(_), Some(_)) => Err(Violation::new("duplicate", "must stand only once")),
    }
}

/// Why a stream does not begin; `name` is the parameter that says where it should.
fn refusal(error: FeedError, name: &'static str) -> ApiError {
    match error {
        FeedError::Ahead { current } => ApiError::parameter(name, too_far_ahead(current)),
        error => error.into(),
    }
}
