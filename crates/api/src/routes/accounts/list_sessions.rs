use serde::Serialize;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::id::SessionId;
use tasklane_domain::user::Session;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::ApiError;
use crate::extract::Authenticated;
use crate::operation::{Json, Operation, Route, State, Tag};
use crate::routes::text::Text;
use crate::schema;

/// The live sessions of an account.
#[derive(Serialize, ToSchema)]
#[schema(as = Sessions)]
pub(super) struct SessionsView {
    /// The sessions, newest first.
    items: Vec<SessionView>,
}

/// A session: one sign-in.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
struct SessionView {
    /// Its id.
    #[schema(example = "0193a5c8-1111-7c4d-9f10-6b1a2c3d4e5f")]
    id: Uuid,
    /// When it began.
    #[schema(value_type = schema::Instant)]
    created_at: Text<Timestamp>,
    /// When its refresh token was last used.
    #[schema(value_type = schema::Instant)]
    last_used_at: Text<Timestamp>,
    /// The client's name, from its `User-Agent`.
    #[schema(required, example = "Mozilla/5.0")]
    user_agent: Option<String>,
    /// Whether it is the session of this request.
    current: bool,
}

impl SessionView {
    fn new(session: Session, current: Option<SessionId>) -> Self {
        Self {
            id: session.id.as_uuid(),
            created_at: Text(session.created_at),
            last_used_at: Text(session.last_used_at),
            user_agent: session.user_agent,
            current: Some(session.id) == current,
        }
    }
}

pub(super) struct ListSessions;

impl Operation for ListSessions {
    const ROUTE: Route = Route::get("/api/auth/sessions");
    const ID: &'static str = "list_sessions";
    const TAG: Tag = Tag::Accounts;
    const SUMMARY: &'static str = "List the account's sessions";
    const DESCRIPTION: &'static str =
        "Every session that can still be refreshed. A user of a trusted issuer has none.";
    const ANSWER: &'static str = "The live sessions";

    type Input = Authenticated<()>;
    type Output = Json<SessionsView>;

    async fn call(
        state: State,
        Authenticated(caller, ()): Self::Input,
    ) -> Result<Self::Output, ApiError> {
        let sessions = state.accounts.sessions(caller.id()).await?.into_iter();
        let current = caller.0.session;
        let items = sessions
            .map(|session| SessionView::new(session, current))
            .collect();
        Ok(Json(SessionsView { items }))
    }
}
