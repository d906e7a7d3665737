use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, get, web};

use crate::health::HealthReport;
use crate::middleware::deadline;
use crate::state::AppState;

/// Status, version and the state of each check
#[utoipa::path(
    tag = "Operations",
    responses(
        (status = 200, description = "The server can serve", body = HealthReport),
        (status = 503, description = "It cannot; the checks tell why", body = HealthReport),
    ),
    security(()),
)]
#[get("/health", wrap = "from_fn(deadline)")]
pub(super) async fn get_health(state: web::Data<AppState>) -> HttpResponse {
    let report = state.health.report().await;
    if report.is_ready() {
        HttpResponse::Ok().json(report)
    } else {
        HttpResponse::ServiceUnavailable()
            .insert_header(("Retry-After", "1"))
            .json(report)
    }
}
