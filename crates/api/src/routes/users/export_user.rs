use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, ContentType};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, Responder};
use futures::stream::{self, Stream, TryStreamExt};
use serde::Serialize;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::{Overload, StoreError, with_causes};
use tasklane_domain::id::OwnerId;
use tasklane_domain::page::{PageLimit, Sort, TaskFilter, TaskPage, TaskQuery};
use tasklane_domain::service::{ListAnswer, TaskService};
use tasklane_domain::user::{Session, User};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::ApiError;
use crate::extract::Authenticated;
use crate::operation::{Describe, Operation, OperationDescription, Route, State, Tag, View};
use crate::routes::tasks::TaskView;
use crate::routes::text::Text;
use crate::routes::user::{UserView, profile};
use crate::schema;

/// Tasks that are read at once.
const PAGE: PageLimit = PageLimit::MAX;

/// A session, with everything that is stored about it.
#[derive(Serialize, ToSchema)]
struct SessionRecord<'a> {
    /// Its id.
    #[schema(example = "0193a5c8-1111-7c4d-9f10-6b1a2c3d4e5f")]
    id: Uuid,
    /// When it began.
    #[schema(value_type = schema::Instant)]
    created_at: Text<Timestamp>,
    /// When its refresh token was last used.
    #[schema(value_type = schema::Instant)]
    last_used_at: Text<Timestamp>,
    /// When it ends unless it is refreshed.
    #[schema(value_type = schema::Instant)]
    expires_at: Text<Timestamp>,
    /// The client's name, from its `User-Agent`.
    #[schema(required, example = "Mozilla/5.0")]
    user_agent: Option<&'a str>,
}

impl<'a> From<&'a Session> for SessionRecord<'a> {
    fn from(session: &'a Session) -> Self {
        Self {
            id: session.id.as_uuid(),
            created_at: Text(session.created_at),
            last_used_at: Text(session.last_used_at),
            expires_at: Text(session.expires_at),
            user_agent: session.user_agent.as_deref(),
        }
    }
}

/// Everything that is stored about a user. It is written piece by piece, so only its parts are ever
/// made.
#[derive(ToSchema)]
#[schema(as = Export)]
#[expect(dead_code, reason = "the body is streamed, and is never a whole value")]
struct ExportView<'a> {
    /// The profile.
    user: UserView<'a>,
    /// The live sessions of a local account.
    sessions: Vec<SessionRecord<'a>>,
    /// Every task, including those in the trash.
    tasks: Vec<TaskView<'a>>,
}

/// 200 with everything, streamed.
pub(super) struct Export {
    head: Bytes,
    tasks: TaskService,
    owner: OwnerId,
}

impl Responder for Export {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let tasks = task_stream(self.tasks, self.owner).inspect_err(tell_why_it_breaks_off);
        let body = futures::StreamExt::chain(stream::iter([Ok(self.head)]), tasks);
        HttpResponse::Ok()
            .content_type(ContentType::json())
            .insert_header((CACHE_CONTROL, "no-store, no-transform"))
            .streaming(body)
    }
}

impl Describe for Export {
    fn describe(operation: &mut OperationDescription<'_>) {
        operation.answer(StatusCode::OK).json::<ExportView<'_>>();
    }
}

pub(super) struct ExportUser;

impl Operation for ExportUser {
    const ROUTE: Route = Route::get("/api/users/me/export");
    const ID: &'static str = "export_user";
    const TAG: Tag = Tag::Profile;
    const SUMMARY: &'static str = "Export everything about you";
    const DESCRIPTION: &'static str = "The profile, the sessions and every task, including those in \
        the trash. Streamed: an answer that breaks off is not valid JSON.";
    const ANSWER: &'static str = "Everything";

    type Input = Authenticated<()>;
    type Output = Export;

    async fn call(
        state: State,
        Authenticated(caller, ()): Self::Input,
    ) -> Result<Self::Output, ApiError> {
        let user = profile(&state, caller.actor()).await?;
        let sessions = state.accounts.sessions(caller.id()).await?;
        Ok(Export {
            head: head(&user, &sessions),
            tasks: state.tasks.clone(),
            owner: caller.owner(),
        })
    }
}

/// The document up to the first task, as far as the store has given it.
fn head(user: &User, sessions: &[Session]) -> Bytes {
    let sessions: Vec<_> = sessions.iter().map(SessionRecord::from).collect();
    let user = serde_json::to_string(&user.view()).unwrap_or_default();
    let sessions = serde_json::to_string(&sessions).unwrap_or_default();
    Bytes::from(format!(
        r#"{{"user":{user},"sessions":{sessions},"tasks":["#
    ))
}

/// It is too late for a problem.
fn tell_why_it_breaks_off(error: &StoreError) {
    let reason = with_causes(error);
    if matches!(error, StoreError::Busy) || Overload::caused(error) {
        tracing::warn!(error = reason, "an export broke off");
    } else {
        tracing::error!(error = reason, "an export broke off");
    }
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
