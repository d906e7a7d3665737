use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, get, web};
use serde::Serialize;
use tasklane_domain::error::Violation;
use tasklane_domain::page::FeedLimit;
use tasklane_domain::task::Revision;
use utoipa::ToSchema;

use super::view::{ChangeSchema, ChangeView};
use crate::error::ApiError;
use crate::extract::{Authenticated, ParameterNames, Parameters};
use crate::middleware::deadline;
use crate::state::AppState;

pub(super) struct FeedParameters;

impl ParameterNames for FeedParameters {
    const SINGLE: &'static [&'static str] = &["since", "limit"];
}

#[derive(Serialize)]
struct ChangesView<'a> {
    changes: Vec<ChangeView<'a>>,
    revision: i64,
    has_more: bool,
}

/// A stretch of the change feed.
#[derive(ToSchema)]
#[schema(as = Changes)]
#[expect(
    dead_code,
    reason = "describes in the OpenAPI document what ChangesView serialises to"
)]
pub(super) struct ChangesSchema {
    /// The newest state of each task that changed, oldest change first.
    changes: Vec<ChangeSchema>,
    /// Where to continue: the next call's `since`.
    #[schema(minimum = 0, example = 57)]
    revision: i64,
    /// Whether more had changed.
    has_more: bool,
}

/// Read what changed
///
/// Everything that changed after a revision, oldest first, trash and tombstones included. A client
/// that keeps `revision` and asks for what came `since` has a complete copy.
///
/// 410 `sync_expired` means that tasks were removed for good which the client may still have. It then
/// reads the list anew (`GET /api/tasks`, and with `deleted=true` if it keeps the trash), drops what
/// is missing there, and goes on `since` the number in the `ETag` of the list's first page. A client
/// that begins with nothing can do the same at once: it also gets 410 when its second stretch begins
/// below what was removed.
#[utoipa::path(
    tag = "Sync",
    params(
        ("since" = Option<i64>, Query, minimum = 0, maximum = 9_223_372_036_854_775_807_i64, example = 42, description = "The revision that the client has; 0, the default, means an empty client"),
        ("limit" = Option<u16>, Query, minimum = 1, maximum = 500, description = "Most changes to give; 100 by default"),
    ),
    responses(
        (status = 200, description = "What changed", body = ChangesSchema),
    ),
)]
#[get("/api/tasks/changes", wrap = "from_fn(deadline)")]
pub(super) async fn list_changes(
    state: web::Data<AppState>,
    request: Authenticated<Parameters<FeedParameters>>,
) -> Result<HttpResponse, ApiError> {
    let Authenticated(caller, mut parameters) = request;
    let since = parameters.get("since", parse_revision).unwrap_or_default();
    let limit = parameters.get("limit", str::parse);
    parameters.finish()?;
    let limit: FeedLimit = limit.unwrap_or_default();
    let page = state
        .tasks
        .changes(caller.owner(), since.into(), limit)
        .await?;
    Ok(HttpResponse::Ok().json(ChangesView {
        changes: page.changes.iter().map(ChangeView).collect(),
        revision: page.next.revision.as_i64(),
        has_more: page.has_more,
    }))
}

/// Reads a revision in plain digits.
///
/// # Errors
/// It is something else.
pub(super) fn parse_revision(text: &str) -> Result<Revision, Violation> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits
        .then(|| text.parse().ok().and_then(Revision::new))
        .flatten()
        .ok_or_else(|| Violation::new("wrong_type", "must be a revision: a whole number"))
}
