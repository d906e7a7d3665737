use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, get, web};

use crate::middleware::deadline;
use crate::state::AppState;

/// The public keys of local tokens
///
/// A JSON Web Key Set (RFC 7517); empty where a shared secret signs.
#[utoipa::path(
    tag = "Accounts",
    responses((status = 200, description = "The key set", body = serde_json::Value)),
    security(()),
)]
#[get("/.well-known/jwks.json", wrap = "from_fn(deadline)")]
pub(super) async fn list_signing_keys(state: web::Data<AppState>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .body(state.signing_keys.clone())
}
