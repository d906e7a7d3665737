use actix_web::{HttpResponse, get};

/// Whether the process runs
#[utoipa::path(
    tag = "Operations",
    responses((status = 200, description = "It runs", body = crate::health::StatusSchema)),
    security(()),
)]
#[get("/health/live")]
pub(super) async fn get_liveness() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({ "status": "ok" }))
}
