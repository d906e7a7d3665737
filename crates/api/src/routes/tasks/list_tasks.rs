use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, NaiveDate, NaiveTime};
use serde::Serialize;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::Violation;
use tasklane_domain::id::OwnerId;
use tasklane_domain::page::{
    ListVersion, TaskFilter, TaskPage, TaskQuery, decode_cursor, encode_cursor,
};
use tasklane_domain::search::SearchWords;
use tasklane_domain::service::ListAnswer;
use tasklane_domain::task::{Priority, Tag, parse_date};
use utoipa::ToSchema;

use super::view::json_response;
use super::{TaskSchema, TaskView};
use crate::error::ApiError;
use crate::etag::list_etag;
use crate::extract::{Authenticated, IfNoneMatch, ParameterNames, Parameters, parse_flag};
use crate::middleware::deadline;
use crate::state::AppState;

pub(super) struct ListParameters;

impl ParameterNames for ListParameters {
    const SINGLE: &'static [&'static str] = &[
        "limit",
        "cursor",
        "completed",
        "priority",
        "due_before",
        "due_after",
        "q",
        "deleted",
        "sort",
    ];
    const REPEATABLE: &'static [&'static str] = &["tag"];
}

#[derive(Serialize)]
struct TaskListView<'a> {
    items: Vec<TaskView<'a>>,
    next_cursor: Option<&'a str>,
}

/// A page of tasks.
#[derive(ToSchema)]
#[schema(as = TaskList)]
#[expect(
    dead_code,
    reason = "describes in the OpenAPI document what TaskListView serialises to"
)]
pub(super) struct TaskListSchema {
    /// The tasks, in the order asked for.
    #[schema(max_items = 100)]
    items: Vec<TaskSchema>,
    /// What to send as `cursor` for the next page; null on the last one.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// An instant (RFC 3339), or a date, which stands for its 00:00 UTC.
#[derive(ToSchema)]
#[serde(untagged)]
pub enum InstantOrDate {
    /// A date.
    Date(NaiveDate),
    /// An instant.
    Instant(DateTime<chrono::Utc>),
}

/// The order of a list; `-` stands for descending.
#[derive(ToSchema)]
#[schema(as = Sort, default = "-created_at")]
pub enum SortSchema {
    /// By creation, oldest first.
    #[serde(rename = "created_at")]
    OldestFirst,
    /// By creation, newest first.
    #[serde(rename = "-created_at")]
    NewestFirst,
    /// By the last change, oldest first.
    #[serde(rename = "updated_at")]
    LeastRecentlyUpdatedFirst,
    /// By the last change, newest first.
    #[serde(rename = "-updated_at")]
    MostRecentlyUpdatedFirst,
    /// By due date, earliest first.
    #[serde(rename = "due")]
    DueFirst,
    /// By due date, latest first.
    #[serde(rename = "-due")]
    DueLast,
    /// By priority, none first.
    #[serde(rename = "priority")]
    LeastImportantFirst,
    /// By priority, urgent first.
    #[serde(rename = "-priority")]
    MostImportantFirst,
    /// By title.
    #[serde(rename = "title")]
    Title,
    /// By title, backwards.
    #[serde(rename = "-title")]
    TitleBackwards,
    /// By revision, least first.
    #[serde(rename = "revision")]
    LeastRevisionFirst,
    /// By revision, greatest first.
    #[serde(rename = "-revision")]
    GreatestRevisionFirst,
}

/// List tasks
///
/// A page of live tasks, newest first unless told otherwise, or of those in the trash. All filters
/// must match. The tag of the answer is the user's revision: with `If-None-Match` the answer is 304
/// while nothing changed.
#[utoipa::path(
    tag = "Tasks",
    params(
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 100, description = "Tasks on a page; 50 by default"),
        ("cursor" = Option<String>, Query, pattern = "^[A-Za-z0-9_-]*$", description = "A page's `next_cursor`, with the same filters and sort"),
        ("completed" = Option<bool>, Query, description = "Only done or only open tasks"),
        ("priority" = Option<String>, Query, pattern = "^(none|low|medium|high|urgent)(,(none|low|medium|high|urgent))*$", description = "Only these priorities, comma-separated", example = "high,urgent"),
        ("tag" = Option<Vec<String>>, Query, description = "Only tasks with this tag, whatever its case; repeat for several"),
        ("due_before" = Option<InstantOrDate>, Query, description = "Only tasks due before this instant or date (exclusive)", example = "2026-12-01"),
        ("due_after" = Option<InstantOrDate>, Query, description = "Only tasks due at or after this instant or date (inclusive)", example = "2026-11-01T00:00:00Z"),
        ("q" = Option<String>, Query, max_length = 200, pattern = "^[^\\u0000]*$", description = "Words that must all occur in title, description or tags, whatever their case and accents"),
        ("deleted" = Option<bool>, Query, description = "Tasks in the trash instead of live ones"),
        ("sort" = Option<SortSchema>, Query, description = "The order; `-` for descending; `-created_at` by default"),
    ),
    responses(
        (status = 200, description = "A page", body = TaskListSchema),
        (status = 304, description = "Nothing changed"),
    ),
)]
#[get("/api/tasks", wrap = "from_fn(deadline)")]
pub(super) async fn list_tasks(
    state: web::Data<AppState>,
    request: Authenticated<(Parameters<ListParameters>, IfNoneMatch)>,
) -> Result<HttpResponse, ApiError> {
    let Authenticated(caller, (parameters, IfNoneMatch(condition))) = request;
    let question = Question::read(parameters, caller.owner())?;
    let deleted = question.query.filter.deleted;
    let is_known =
        condition.map(|known| move |version: ListVersion| known.knows_list(version, deleted));
    let is_known = is_known
        .as_ref()
        .map(|is_known| is_known as &(dyn Fn(ListVersion) -> bool + Sync));
    match state
        .tasks
        .list(caller.owner(), &question.query, is_known)
        .await?
    {
        ListAnswer::Page(page) => Ok(page_response(&page, &question, caller.owner())),
        ListAnswer::NotModified(version) => Ok(HttpResponse::NotModified()
            .insert_header((header::ETAG, list_etag(version, deleted)))
            .finish()),
    }
}

fn page_response(page: &TaskPage, question: &Question, owner: OwnerId) -> HttpResponse {
    let cursor = page
        .next
        .as_ref()
        .map(|next| encode_cursor(next, owner, &question.query));
    let mut response = HttpResponse::Ok();
    response.insert_header((
        header::ETAG,
        list_etag(page.version, question.query.filter.deleted),
    ));
    if let Some(link) = cursor.as_deref().and_then(|cursor| question.link(cursor)) {
        response.insert_header((header::LINK, link));
    }
    let items: Vec<_> = page.items.iter().map(TaskView::from).collect();
    let room = items.iter().map(TaskView::room).sum();
    let view = TaskListView {
        items,
        next_cursor: cursor.as_deref(),
    };
    json_response(response, room, &view)
}

/// What a client asks, with the query string that the link to the next page repeats.
struct Question {
    query: TaskQuery,
    repeated: String,
}

impl Question {
    fn read(mut parameters: Parameters<ListParameters>, owner: OwnerId) -> Result<Self, ApiError> {
        let filter = TaskFilter {
            deleted: parameters.get("deleted", parse_flag).unwrap_or_default(),
            completed: parameters.get("completed", parse_flag),
            priorities: parameters
                .get("priority", parse_priorities)
                .unwrap_or_default(),
            tags: parameters.get_all("tag", |text| Tag::parse(text).map(|tag| tag.key())),
            due_before: parameters.get("due_before", parse_instant),
            due_after: parameters.get("due_after", parse_instant),
            words: parameters.get("q", SearchWords::parse).unwrap_or_default(),
        };
        let mut query = TaskQuery {
            filter,
            sort: parameters.get("sort", str::parse).unwrap_or_default(),
            limit: parameters.get("limit", str::parse).unwrap_or_default(),
            after: None,
        };
        let cursor = parameters.get("cursor", |text| Ok(text.to_owned()));
        let repeated = parameters.repeat_without("cursor");
        parameters.finish()?;
        query.after = cursor
            .map(|cursor| decode_cursor(&cursor, owner, &query))
            .transpose()?;
        Ok(Self { query, repeated })
    }

    /// The next page (RFC 8288).
    fn link(&self, cursor: &str) -> Option<HeaderValue> {
        let separator = if self.repeated.is_empty() { "" } else { "&" };
        let target = format!("/api/tasks?{}{separator}cursor={cursor}", self.repeated);
        HeaderValue::try_from(format!("<{target}>; rel=\"next\"")).ok()
    }
}

fn parse_priorities(text: &str) -> Result<Vec<Priority>, Violation> {
    let mut priorities: Vec<Priority> =
        text.split(',').map(str::parse).collect::<Result<_, _>>()?;
    priorities.sort_unstable();
    priorities.dedup();
    Ok(priorities)
}

/// Reads an RFC 3339 instant, or a date as its 00:00 UTC.
fn parse_instant(text: &str) -> Result<Timestamp, Violation> {
    if let Ok(date) = parse_date(text) {
        return Ok(Timestamp::new(
            NaiveDate::and_time(&date, NaiveTime::MIN).and_utc(),
        ));
    }
    // A plus sign that a client forgot to encode arrives as a space.
    DateTime::parse_from_rfc3339(&text.replace(' ', "+"))
        .map(|instant| Timestamp::new(instant.to_utc()))
        .map_err(|_| {
            let message = "must be an instant (2026-11-20T21:04:05Z) or a date (2026-11-20)";
            Violation::new("invalid_instant", message)
        })
}
