use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, get, web};
use serde::Serialize;
use tasklane_domain::id::SessionId;
use tasklane_domain::user::Session;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::ApiError;
use crate::extract::Authenticated;
use crate::middleware::deadline;
use crate::state::AppState;

#[derive(Serialize)]
struct SessionsView<'a> {
    items: Vec<SessionView<'a>>,
}

#[derive(Serialize)]
struct SessionView<'a> {
    id: Uuid,
    created_at: String,
    last_used_at: String,
    user_agent: Option<&'a str>,
    current: bool,
}

impl<'a> SessionView<'a> {
    fn new(session: &'a Session, current: Option<SessionId>) -> Self {
        Self {
            id: session.id.as_uuid(),
            created_at: session.created_at.to_string(),
            last_used_at: session.last_used_at.to_string(),
            user_agent: session.user_agent.as_deref(),
            current: Some(session.id) == current,
        }
    }
}

/// The live sessions of an account.
#[derive(ToSchema)]
#[schema(as = Sessions)]
#[expect(
    dead_code,
    reason = "describes in the OpenAPI document what SessionsView serialises to"
)]
pub(super) struct SessionsSchema {
    /// Newest first.
    items: Vec<SessionSchema>,
}

/// A sign-in.
#[derive(ToSchema)]
#[schema(as = Session)]
#[expect(
    dead_code,
    reason = "describes in the OpenAPI document what SessionView serialises to"
)]
pub(super) struct SessionSchema {
    /// Its id.
    id: Uuid,
    /// When it began.
    #[schema(format = DateTime)]
    created_at: String,
    /// When its refresh token was last used.
    #[schema(format = DateTime)]
    last_used_at: String,
    /// What the client called itself.
    #[schema(required = true)]
    user_agent: Option<String>,
    /// Whether it is the session of this request.
    current: bool,
}

/// List the account's sessions
///
/// Every sign-in that can still be refreshed. A trusted issuer's user has none.
#[utoipa::path(
    tag = "Accounts",
    responses((status = 200, description = "The live sessions", body = SessionsSchema)),
)]
#[get("/api/auth/sessions", wrap = "from_fn(deadline)")]
pub(super) async fn list_sessions(
    state: web::Data<AppState>,
    request: Authenticated<()>,
) -> Result<HttpResponse, ApiError> {
    let Authenticated(caller, ()) = request;
    let sessions = state.accounts.sessions(caller.id()).await?;
    let current = caller.0.session;
    let items = sessions
        .iter()
        .map(|session| SessionView::new(session, current))
        .collect();
    Ok(HttpResponse::Ok().json(SessionsView { items }))
}
