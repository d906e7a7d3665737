use actix_web::middleware::from_fn;
use actix_web::web::Bytes;
use actix_web::{HttpResponse, get, web};
use futures::stream::{self, Stream};
use serde::Serialize;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::OwnerId;
use tasklane_domain::page::{PageLimit, Sort, TaskFilter, TaskPage, TaskQuery};
use tasklane_domain::service::{ListAnswer, TaskService};
use tasklane_domain::user::Session;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{UserSchema, UserView, profile};
use crate::error::ApiError;
use crate::extract::Authenticated;
use crate::middleware::deadline;
use crate::routes::tasks::{TaskSchema, TaskView};
use crate::state::AppState;

/// Tasks that are read at once.
const PAGE: PageLimit = PageLimit::MAX;

#[derive(Serialize)]
struct SessionRecord<'a> {
    id: Uuid,
    created_at: String,
    last_used_at: String,
    expires_at: String,
    user_agent: Option<&'a str>,
}

impl<'a> From<&'a Session> for SessionRecord<'a> {
    fn from(session: &'a Session) -> Self {
        Self {
            id: session.id.as_uuid(),
            created_at: session.created_at.to_string(),
            last_used_at: session.last_used_at.to_string(),
            expires_at: session.expires_at.to_string(),
            user_agent: session.user_agent.as_deref(),
        }
    }
}

/// Everything that is stored about a user.
#[derive(ToSchema)]
#[schema(as = Export)]
#[expect(
    dead_code,
    reason = "describes in the OpenAPI document what the export streams"
)]
pub(super) struct ExportSchema {
    /// The profile.
    user: UserSchema,
    /// The live sessions of a local account.
    sessions: Vec<SessionRecordSchema>,
    /// Every task, those in the trash included.
    tasks: Vec<TaskSchema>,
}

/// What is stored about a sign-in.
#[derive(ToSchema)]
#[schema(as = SessionRecord)]
#[expect(
    dead_code,
    reason = "describes in the OpenAPI document what SessionRecord serialises to"
)]
pub(super) struct SessionRecordSchema {
    /// Its id.
    id: Uuid,
    /// When it began.
    #[schema(format = DateTime)]
    created_at: String,
    /// When its refresh token was last used.
    #[schema(format = DateTime)]
    last_used_at: String,
    /// When it ends by itself.
    #[schema(format = DateTime)]
    expires_at: String,
    /// What the client called itself.
    #[schema(required = true)]
    user_agent: Option<String>,
}

/// Export everything about you
///
/// The profile, the sessions and every task, those in the trash included. Streamed: an answer that
/// breaks off is not valid JSON.
#[utoipa::path(
    tag = "Profile",
    responses((status = 200, description = "Everything", body = ExportSchema)),
)]
#[get("/api/users/me/export", wrap = "from_fn(deadline)")]
pub(super) async fn export_user(
    state: web::Data<AppState>,
    request: Authenticated<()>,
) -> Result<HttpResponse, ApiError> {
    let Authenticated(caller, ()) = request;
    let user = profile(&state, caller.actor()).await?;
    let sessions = state.accounts.sessions(caller.id()).await?;
    let head = head(&UserView::from(&user), &sessions);
    let tasks = task_stream(state.tasks.clone(), caller.owner());
    let body = futures::StreamExt::chain(stream::iter([Ok(head)]), tasks);
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .streaming(body))
}

fn head(user: &UserView<'_>, sessions: &[Session]) -> Bytes {
    let sessions: Vec<_> = sessions.iter().map(SessionRecord::from).collect();
    let user = serde_json::to_string(user).unwrap_or_default();
    let sessions = serde_json::to_string(&sessions).unwrap_or_default();
    Bytes::from(format!(
        r#"{{"user":{user},"sessions":{sessions},"tasks":["#
    ))
}

/// The tasks as an array's items and its end, a page at a time: the live ones, then the trash.
///
/// The list is walked and not the change feed, which cannot be continued from before a purge.
fn task_stream(
    tasks: TaskService,
    owner: OwnerId,
) -> impl Stream<Item = Result<Bytes, StoreError>> {
    let start = Some(Walk {
        query: page_of(false),
        first: true,
    });
    stream::try_unfold(start, move |walk| {
        let tasks = tasks.clone();
        async move {
            let Some(walk) = walk else { return Ok(None) };
            let page = match tasks.list(owner, &walk.query, None).await? {
                ListAnswer::Page(page) => page,
                ListAnswer::NotModified(_) => return Ok(None),
            };
            Ok(Some(walk.write(&page)))
        }
    })
}

/// Where the walk is.
struct Walk {
    query: TaskQuery,
    /// Whether no task has been written yet.
    first: bool,
}

impl Walk {
    /// The page's tasks, and where to go on; behind the last one the array ends.
    fn write(mut self, page: &TaskPage) -> (Bytes, Option<Self>) {
        let mut chunk = Vec::new();
        for task in &page.items {
            if !std::mem::take(&mut self.first) {
                chunk.push(b',');
            }
            // Writing to memory cannot fail.
            let _ = serde_json::to_writer(&mut chunk, &TaskView::from(task));
        }
        let next = match &page.next {
            Some(next) => Some(TaskQuery {
                after: Some(next.clone()),
                ..self.query
            }),
            None if self.query.filter.deleted => None,
            None => Some(page_of(true)),
        };
        if next.is_none() {
            chunk.extend_from_slice(b"]}");
        }
        let first = self.first;
        (Bytes::from(chunk), next.map(|query| Self { query, first }))
    }
}

/// The first page of the live tasks or of the trash, oldest first.
fn page_of(deleted: bool) -> TaskQuery {
    TaskQuery {
        filter: TaskFilter {
            deleted,
            ..TaskFilter::default()
        },
        sort: Sort {
            descending: false,
            ..Sort::default()
        },
        limit: PAGE,
        after: None,
    }
}
