use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, Responder, web};
use deserr::Deserr;
use futures::stream;
use serde_json::json;
use tasklane_domain::error::Violation;
use tasklane_domain::task::{FeedError, Revision};
use utoipa::{PartialSchema, ToSchema};

use super::event_stream::{Follower, Reader, events};
use crate::admission::EventStreams;
use crate::error::{ApiError, too_far_ahead};
use crate::extract::{Authenticated, FieldErrors, Query, RevisionText, parse_revision};
use crate::middleware::HeadOnly;
use crate::operation::{
    Describe, Operation, OperationDescription, Parameter, ParameterPlace, Route, State, Tag,
};
use crate::problem::ProblemCode;
use crate::schema;

const LAST_EVENT_ID: &str = "Last-Event-ID";
const EVENT_STREAM: &str = "text/event-stream";

#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub(super) struct Parameters {
    /// The revision that the client has; 0 means an empty client.
    #[deserr(default)]
    #[schema(value_type = Option<schema::Revision>)]
    since: Option<RevisionText>,
}

/// The last event that the client got, if it says so.
pub(super) struct LastEventId(Option<Revision>);

impl FromRequest for LastEventId {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut lines = request.headers().get_all(LAST_EVENT_ID);
        let revision = match (lines.next(), lines.next()) {
            (None, _) => Ok(None),
            (Some(line), None) => parse_revision(line.to_str().unwrap_or_default()).map(Some),
            (Some(_), Some(_)) => Err(Violation::new("duplicate", "must be sent only once")),
        };
        let revision = revision.map_err(|violation| ApiError::parameter(LAST_EVENT_ID, violation));
        ready(revision.map(Self))
    }
}

impl Describe for LastEventId {
    fn describe(operation: &mut OperationDescription<'_>) {
        operation.parameter(&Parameter {
            place: ParameterPlace::Header,
            name: LAST_EVENT_ID,
            meaning: "The last event that the client got; takes precedence over `since`",
            schema: json!(schema::Revision::schema()),
        });
        operation.refuse(&[ProblemCode::InvalidParameter]);
    }
}

/// Server-sent events (WHATWG HTML, section 9.2).
#[derive(ToSchema)]
#[schema(
    as = EventStream,
    value_type = String,
    example = "retry: 2000\n\nid: 42\nevent: change\ndata: {\"id\":\"0193a5c8-7e2b-7c4d-9f10-6b1a2c3d4e5f\",…}\n\n"
)]
pub(super) struct Events(HttpResponse);

impl Responder for Events {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        self.0
    }
}

impl Describe for Events {
    fn describe(operation: &mut OperationDescription<'_>) {
        operation
            .answer(StatusCode::OK)
            .content::<Self>(EVENT_STREAM);
    }
}

pub(super) struct StreamChanges;

impl Operation for StreamChanges {
    const ROUTE: Route = Route::get("/api/tasks/events");
    const ID: &'static str = "stream_changes";
    const TAG: Tag = Tag::Sync;
    const SUMMARY: &'static str = "Follow what changes";
    const DESCRIPTION: &'static str = "Server-sent events (WHATWG HTML, section 9.2): one `change` \
        for each task that changes, with the revision as its `id` and an entry of the change feed \
        as its `data`. The answer does not end on its own: read it as a stream. A client that was \
        cut off and names the last `id` that it got misses nothing and gets nothing twice; a \
        client that names none gets what changes from now on. Each event is a task's newest state, \
        so earlier states may be left out. A comment every 15 seconds keeps the connection open. \
        The stream ends when the token expires, when its session ends, and when the server stops: \
        connect again.";
    const ANSWER: &'static str = "The changes, as they happen";
    const REFUSALS: &'static [ProblemCode] = &[ProblemCode::SyncExpired];

    type Input = Authenticated<(
        Query<Parameters>,
        LastEventId,
        web::Data<EventStreams>,
        HttpRequest,
    )>;
    type Output = Events;

    async fn call(
        state: State,
        Authenticated(caller, (query, LastEventId(last), streams, request)): Self::Input,
    ) -> Result<Self::Output, ApiError> {
        let since = query.value.since.map(|since| since.0);
        let permit = streams.take()?;
        let name = if last.is_some() {
            LAST_EVENT_ID
        } else {
            "since"
        };
        let follower = Follower::begin(state.tasks.clone(), caller.owner(), last.or(since))
            .await
            .map_err(|error| refusal(error, name))?;
        let mut response = HttpResponse::Ok();
        response
            .content_type(EVENT_STREAM)
            // A proxy that compressed the stream would hold events back.
            .insert_header((header::CACHE_CONTROL, "no-store, no-transform"))
            .insert_header(("X-Accel-Buffering", "no"));
        // An endless body must not begin for a client that asks for the head only.
        Ok(Events(if request.extensions().contains::<HeadOnly>() {
            response.streaming(stream::empty::<Result<_, Infallible>>())
        } else {
            response.streaming(events(follower, Reader::new(&state, caller), permit))
        }))
    }
}

/// Why a stream does not begin; `name` is the parameter that says where it should.
fn refusal(error: FeedError, name: &'static str) -> ApiError {
    match error {
        FeedError::Ahead { current } => ApiError::parameter(name, too_far_ahead(current)),
        error => error.into(),
    }
}
