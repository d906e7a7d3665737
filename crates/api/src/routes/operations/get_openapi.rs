use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpResponse, get, web};

use crate::openapi::Document;

/// This document
#[utoipa::path(
    tag = "Operations",
    responses((status = 200, description = "The OpenAPI 3.1 document", body = serde_json::Value)),
    security(()),
)]
#[get("/openapi.json")]
pub(super) async fn get_openapi(document: web::Data<Document>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .body(document.json().clone())
}
