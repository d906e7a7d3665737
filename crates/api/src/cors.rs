//! Which web pages may call (the Fetch standard's CORS protocol).

mod origin;

use actix_cors::Cors;
use actix_web::http::header::{self, HeaderName};

pub use origin::CorsOrigin;

/// How long a browser may remember that it may call, in seconds.
const MAX_AGE: usize = 3600;

/// Lets pages of these origins call. Tokens travel in a header, so no credentials are needed.
pub(crate) fn cors(origins: &[CorsOrigin]) -> Cors {
    let origins = origins.to_vec();
    Cors::default()
        .allowed_origin_fn(move |origin, _| {
            origin
                .to_str()
                .is_ok_and(|origin| origins.iter().any(|known| known.matches(origin)))
        })
        .allowed_methods(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
        // Tokens are not sent by browsers on their own, so no header can do harm.
        .allow_any_header()
        .expose_headers(exposed_headers())
        .max_age(MAX_AGE)
}

fn exposed_headers() -> Vec<HeaderName> {
    let mut names = vec![
        header::ALLOW,
        header::ETAG,
        header::LINK,
        header::LOCATION,
        header::RETRY_AFTER,
        header::WWW_AUTHENTICATE,
    ];
    let others = [
        "accept-patch",
        "idempotency-replayed",
        "ratelimit",
        "ratelimit-policy",
        "x-request-id",
    ];
    names.extend(others.map(HeaderName::from_static));
    names
}
