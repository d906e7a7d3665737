use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpResponse, get, web};

use utoipa::ToSchema;

use crate::openapi::Document;

/// An OpenAPI document.
#[derive(ToSchema)]
#[schema(as = OpenApi)]
#[expect(dead_code, reason = "describes the OpenAPI document in itself")]
pub(super) struct OpenApiSchema {
    /// The version of the format.
    #[schema(pattern = r"^3\.1\.[0-9]+$", example = "3.1.0")]
    openapi: String,
}

/// Read this document
///
/// The description of every operation, made from the code that serves it.
#[utoipa::path(
    tag = "Operations",
    responses((status = 200, description = "The OpenAPI 3.1 document", body = OpenApiSchema)),
    security(()),
)]
#[get("/openapi.json")]
pub(super) async fn get_openapi(document: web::Data<Document>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .body(document.json().clone())
}
