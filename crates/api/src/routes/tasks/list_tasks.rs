use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::Serialize;
use tasklane_domain::page::{ListVersion, TaskPage};
use tasklane_domain::service::ListAnswer;
use utoipa::ToSchema;

use super::TaskView;
use super::answer::json_response;
use super::list_query::ListParameters;
use crate::error::ApiError;
use crate::etag::{LIST_ETAG, list_etag};
use crate::extract::{Authenticated, IfNoneMatch, Query};
use crate::operation::{Describe, Header, Operation, OperationDescription, Route, State, Tag};
use crate::problem::ProblemCode;
use crate::public_url::PublicUrl;
use crate::schema;

const LINK: Header = Header {
    key: "Link",
    name: "Link",
    meaning: "The next page, if there is one (RFC 8288)",
    pattern: "^<[^>]+>; rel=\"next\"$",
    example: "</api/tasks?limit=50&cursor=AAAA>; rel=\"next\"",
};

/// A page of tasks.
#[derive(Serialize, ToSchema)]
#[schema(as = TaskList)]
struct TaskListView<'a> {
    /// The tasks, in the order asked for.
    #[schema(max_items = 100)]
    items: Vec<TaskView<'a>>,
    /// What to send as `cursor` for the next page; null on the last one.
    #[schema(value_type = Option<schema::Cursor>, required)]
    next_cursor: Option<&'a str>,
}

/// A page, or 304 when the client has this state of the list already.
pub(super) enum ListResponse {
    Page {
        page: TaskPage,
        deleted: bool,
        /// The cursor and the query string of the next page.
        next: Option<(String, String)>,
    },
    NotModified {
        version: ListVersion,
        deleted: bool,
    },
}

impl Responder for ListResponse {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        match self {
            Self::Page {
                page,
                deleted,
                next,
            } => page_response(request, &page, deleted, next.as_ref()),
            Self::NotModified { version, deleted } => HttpResponse::NotModified()
                .insert_header((header::ETAG, list_etag(version, deleted)))
                .finish(),
        }
    }
}

impl Describe for ListResponse {
    fn describe(operation: &mut OperationDescription<'_>) {
        operation
            .answer(StatusCode::OK)
            .json::<TaskListView<'_>>()
            .header(LIST_ETAG)
            .header(LINK);
        operation
            .answer_with(StatusCode::NOT_MODIFIED, "Nothing has changed")
            .header(LIST_ETAG);
    }
}

fn page_response(
    request: &HttpRequest,
    page: &TaskPage,
    deleted: bool,
    next: Option<&(String, String)>,
) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.insert_header((header::ETAG, list_etag(page.version, deleted)));
    if let Some((_, query)) = next {
        let target = PublicUrl::of(request).link(&format!("/api/tasks?{query}"));
        if let Ok(link) = HeaderValue::try_from(format!("<{target}>; rel=\"next\"")) {
            response.insert_header((header::LINK, link));
        }
    }
    let items: Vec<_> = page.items.iter().map(TaskView::from).collect();
    let size_hint = items.iter().map(TaskView::size_hint).sum();
    let view = TaskListView {
        items,
        next_cursor: next.map(|(cursor, _)| cursor.as_str()),
    };
    json_response(response, size_hint, &view)
}

pub(super) struct ListTasks;

impl Operation for ListTasks {
    const ROUTE: Route = Route::get("/api/tasks");
    const ID: &'static str = "list_tasks";
    const TAG: Tag = Tag::Tasks;
    const SUMMARY: &'static str = "List tasks";
    const DESCRIPTION: &'static str = "A page of live tasks, newest first by default, or of those \
        in the trash. All filters must match. The `ETag` of the answer is the user's revision: with \
        it in `If-None-Match`, the answer is 304 while nothing has changed.";
    const ANSWER: &'static str = "A page of tasks";
    const REFUSALS: &'static [ProblemCode] = &[ProblemCode::InvalidCursor];

    type Input = Authenticated<(Query<ListParameters>, IfNoneMatch)>;
    type Output = ListResponse;

    async fn call(
        state: State,
        Authenticated(caller, (parameters, IfNoneMatch(condition))): Self::Input,
    ) -> Result<Self::Output, ApiError> {
        let owner = caller.owner();
        let mut query = parameters.value.to_query()?;
        if let Some(cursor) = &parameters.value.cursor {
            query.after = Some(state.cursors.decode(cursor, owner, &query)?);
        }
        let deleted = query.filter.deleted;
        let is_known =
            condition.map(|known| move |version: ListVersion| known.matches_list(version, deleted));
        let is_known = is_known
            .as_ref()
            .map(|is_known| is_known as &(dyn Fn(ListVersion) -> bool + Sync));
        let page = match state.tasks.list(owner, &query, is_known).await? {
            ListAnswer::Page(page) => page,
            ListAnswer::NotModified(version) => {
                return Ok(ListResponse::NotModified { version, deleted });
            }
        };
        let next = page.next.as_ref().map(|next| {
            let cursor = state.cursors.encode(next, owner, &query);
            let link = parameters.with("cursor", &cursor);
            (cursor, link)
        });
        Ok(ListResponse::Page {
            page,
            deleted,
            next,
        })
    }
}
