use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, get, web};

use crate::error::{ApiError, unavailable};
use crate::health::StatusSchema;
use crate::middleware::deadline;
use crate::state::AppState;

/// Ask whether the server can serve
///
/// 503 while the store cannot be reached, while migrations are pending, and from the moment
/// shutdown begins.
#[utoipa::path(
    tag = "Operations",
    responses((status = 200, description = "It can", body = StatusSchema)),
    security(()),
)]
#[get("/health/ready", wrap = "from_fn(deadline)")]
pub(super) async fn get_readiness(state: web::Data<AppState>) -> Result<HttpResponse, ApiError> {
    let report = state.health.report().await;
    if report.is_ready() {
        Ok(HttpResponse::Ok().json(serde_json::json!({ "status": "ok" })))
    } else {
        Err(unavailable(report.summary()).into())
    }
}
