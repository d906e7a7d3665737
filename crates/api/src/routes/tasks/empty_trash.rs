use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, delete, web};
use serde::Serialize;
use tasklane_domain::error::Violation;
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::extract::{Authenticated, ParameterNames, Parameters};
use crate::middleware::deadline;
use crate::state::AppState;

pub(super) struct TrashParameters;

impl ParameterNames for TrashParameters {
    const SINGLE: &'static [&'static str] = &["deleted"];
}

/// How much was erased.
#[derive(Serialize, ToSchema)]
#[schema(as = EmptiedTrash)]
pub(super) struct EmptiedTrash {
    /// Tasks that were in the trash.
    #[schema(minimum = 0, example = 3)]
    purged: u64,
}

/// Empty the trash
///
/// Erases every task in the trash for good. The parameter is required, so that nobody does it by
/// accident.
#[utoipa::path(
    tag = "Trash",
    params(("deleted" = bool, Query, description = "Must be `true`", example = true)),
    responses((status = 200, description = "How much was erased", body = EmptiedTrash)),
)]
#[delete("/api/tasks", wrap = "from_fn(deadline)")]
pub(super) async fn empty_trash(
    state: web::Data<AppState>,
    request: Authenticated<Parameters<TrashParameters>>,
) -> Result<HttpResponse, ApiError> {
    let Authenticated(caller, mut parameters) = request;
    let must_be_true = || Violation::new("required", "must be true");
    let given = parameters.get("deleted", |text| {
        if text == "true" {
            Ok(())
        } else {
            Err(must_be_true())
        }
    });
    parameters.finish()?;
    given.ok_or_else(|| ApiError::parameter("deleted", must_be_true()))?;
    let purged = state
        .tasks
        .empty_trash(caller.owner(), caller.actor())
        .await?;
    Ok(HttpResponse::Ok().json(EmptiedTrash { purged }))
}
