//! Headers that keep browsers and shared caches from doing harm.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;

/// Nothing that the API answers is a page: it may load nothing and be framed by nobody.
const API_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";
/// The documentation loads its own scripts, styles and images, and calls the API. Swagger UI sets
/// styles inline.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Adds the headers that every response has.
///
/// # Errors
/// Those of what is inside.
pub async fn security_headers<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let is_docs = request.path().starts_with("/docs");
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    let policy = if is_docs { DOCS_POLICY } else { API_POLICY };
    add(headers, header::CONTENT_SECURITY_POLICY, policy);
    add(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    add(headers, header::REFERRER_POLICY, "no-referrer");
    // What a user may see is kept by nobody else, and by the user only with a check.
    add(headers, header::CACHE_CONTROL, "private, no-cache");
    add(headers, header::VARY, "Authorization");
    Ok(response)
}

fn add(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    if name == header::VARY {
        headers.append(name, HeaderValue::from_static(value));
    } else if !headers.contains_key(&name) {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
