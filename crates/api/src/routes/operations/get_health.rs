use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, get, web};

use crate::health::HealthReport;
use crate::middleware::deadline;
use crate::state::AppState;

/// Read the state of the server
///
/// Status, version and each check, for people and dashboards: it answers 200 as long as it can answer, and says in `status` whether
/// all is well. Probes want `/health/ready`.
#[utoipa::path(
    tag = "Operations",
    responses((status = 200, description = "The state of each check", body = HealthReport)),
    security(()),
)]
#[get("/health", wrap = "from_fn(deadline)")]
pub(super) async fn get_health(state: web::Data<AppState>) -> HttpResponse {
    HttpResponse::Ok().json(state.health.report().await)
}
