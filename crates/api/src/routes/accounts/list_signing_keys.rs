use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, get, web};

use utoipa::ToSchema;

use crate::middleware::deadline;
use crate::state::AppState;

/// A JSON Web Key Set (RFC 7517, section 5).
#[derive(ToSchema)]
#[schema(as = KeySet)]
#[expect(
    dead_code,
    reason = "describes in the OpenAPI document what AppState::signing_keys holds"
)]
pub(super) struct KeySetSchema {
    /// The keys; none where a shared secret signs.
    keys: Vec<KeySchema>,
}

/// A public key (RFC 7517, section 4), with the members of its kind.
#[derive(ToSchema)]
#[schema(as = Key)]
#[expect(
    dead_code,
    reason = "describes in the OpenAPI document what AppState::signing_keys holds"
)]
pub(super) struct KeySchema {
    /// The kind of key.
    kty: String,
    /// Which key of the set it is, as in a token's header.
    #[schema(required = false, nullable = false)]
    kid: Option<String>,
    /// What it signs with.
    #[schema(required = false, nullable = false)]
    alg: Option<String>,
}

/// List the public keys of local tokens
///
/// A JSON Web Key Set (RFC 7517); empty where a shared secret signs.
#[utoipa::path(
    tag = "Accounts",
    responses((status = 200, description = "The key set", body = KeySetSchema)),
    security(()),
)]
#[get("/.well-known/jwks.json", wrap = "from_fn(deadline)")]
pub(super) async fn list_signing_keys(state: web::Data<AppState>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .body(state.signing_keys.clone())
}
