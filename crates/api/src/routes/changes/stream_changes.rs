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
use tasklane_domain::kind::Kind;
use tasklane_domain::task::SyncPoint;
use utoipa::{PartialSchema, ToSchema};

use super::event_stream::{Follower, Reader, events};
use super::kinds::Kinds;
use super::resume_point::{ResumePoint, ResumePointText};
use crate::admission::EventStreams;
use crate::error::ApiError;
use crate::extract::{Authenticated, FieldErrors, Many, Query};
use crate::middleware::HeadOnly;
use crate::operation::{
    Describe, Operation, OperationDescription, Parameter, ParameterPlace, Route, State, Tag,
};
use crate::problem::ProblemCode;
use crate::schema;
use crate::shares::Shares;

const LAST_EVENT_ID: &str = "Last-Event-ID";
const EVENT_STREAM: &str = "text/event-stream";

#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub(super) struct Parameters {
    /// The `next` of a page of the change feed, or a revision; 0 means an empty client.
    #[deserr(default)]
    #[schema(value_type = Option<schema::SyncPoint>)]
    since: Option<ResumePointText>,
    // For polyfills of `EventSource`. The description tells of them: as parameters of their own, they
    // would have the header's name in generated clients.
    #[deserr(default, rename = "lastEventId")]
    #[schema(ignore)]
    last_event_id: Option<ResumePointText>,
    #[deserr(default, rename = "Last-Event-ID")]
    #[schema(ignore)]
    last_event_id_as_header: Option<ResumePointText>,
    /// Changes of these kinds alone; of every kind by default. Name it once for each kind.
    #[deserr(default)]
    #[schema(value_type = Option<schema::Kinds>)]
    kind: Many<Kind>,
}

impl Parameters {
    /// Where to go on: the last event that the client got counts for more than where it once began.
    fn since(
        self,
        header: Option<ResumePoint>,
        kinds: &Kinds,
    ) -> Result<Option<SyncPoint>, ApiError> {
        let points = [
            (LAST_EVENT_ID, header.map(ResumePointText)),
            ("lastEventId", self.last_event_id),
            (LAST_EVENT_ID, self.last_event_id_as_header),
            ("since", self.since),
        ];
        let named = |(name, point): (_, Option<ResumePointText>)| Some((name, point?.0));
        let point = points.into_iter().find_map(named);
        point
            .map(|(name, point)| point.read_on(kinds, name))
            .transpose()
    }
}

/// The last event that the client got, if it says so in the header.
pub(super) struct LastEventId(Option<ResumePoint>);

impl FromRequest for LastEventId {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut lines = request.headers().get_all(LAST_EVENT_ID);
        let point = match (lines.next(), lines.next()) {
            (None, _) => Ok(None),
            (Some(line), None) => line.to_str().unwrap_or_default().parse().map(Some),
            (Some(_), Some(_)) => Err(Violation::new("duplicate", "must be sent only once")),
        };
        let point = point.map_err(|violation| ApiError::parameter(LAST_EVENT_ID, violation));
        ready(point.map(Self))
    }
}

impl Describe for LastEventId {
    fn describe(operation: &mut OperationDescription<'_>) {
        operation.parameter(&Parameter {
            place: ParameterPlace::Header,
            name: LAST_EVENT_ID,
            meaning: "The `id` of the last event that the client got; takes precedence over the \
                query",
            schema: json!(schema::SyncPoint::schema()),
        });
        operation.refuse(&[ProblemCode::InvalidParameter]);
    }
}

/// Server-sent events (WHATWG HTML, section 9.2).
#[derive(ToSchema)]
#[schema(
    as = EventStream,
    value_type = String,
    example = "retry: 2000\n\nid: 42-7\nevent: change\ndata: {\"kind\":\"task\",\"id\":\"0193a5c8-7e2b-7c4d-9f10-6b1a2c3d4e5f\",…}\n\n"
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
    const ROUTE: Route = Route::get("/api/events");
    const ID: &'static str = "stream_changes";
    const TAG: Tag = Tag::Sync;
    const SUMMARY: &'static str = "Follow what changes";
    const DESCRIPTION: &'static str = "Server-sent events (WHATWG HTML, section 9.2): one `change` \
        for each item that changes, with where to resume as its `id` and an entry of the change \
        feed as its `data`. The answer does not end on its own: read it as a stream. A client that \
        was cut off and names the last `id` that it got misses nothing and gets nothing twice; one \
        that names none gets what changes from now on. `kind` chooses what is told, and an `id` belongs \
        to the kinds that it was made for. `lastEventId` and `Last-Event-ID` in the \
        query are read like the header, for polyfills of `EventSource`. Each event is an item's \
        newest state, so earlier states may be left out. A comment every 15 seconds keeps the \
        connection open. The stream ends when the token expires, when its session ends, and when \
        the server stops: connect again.";
    const ANSWER: &'static str = "The changes, as they happen";
    const REFUSALS: &'static [ProblemCode] =
        &[ProblemCode::InvalidCursor, ProblemCode::SyncExpired];

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
        let mut parameters = query.value;
        let kinds = Kinds::from(std::mem::take(&mut parameters.kind.0));
        let since = parameters.since(last, &kinds)?;
        let permit = (streams.take()?, Shares::take_stream(&request)?);
        let follower = Follower::begin(state.tasks.clone(), caller.owner(), kinds, since).await?;
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
