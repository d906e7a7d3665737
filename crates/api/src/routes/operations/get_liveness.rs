use actix_web::{HttpResponse, get};

/// Ask whether the process runs
///
/// Answers as long as it can answer at all, and asks nothing else.
#[utoipa::path(
    tag = "Operations",
    responses((status = 200, description = "It runs", body = crate::health::StatusSchema)),
    security(()),
)]
#[get("/health/live")]
pub(super) async fn get_liveness() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({ "status": "ok" }))
}
