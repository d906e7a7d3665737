//! Headers that keep browsers and shared caches from doing harm.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;

/// No answer of the API is a page: it may load nothing and be framed nowhere.
const API_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";
/// The documentation loads its own scripts, styles and images, and calls the API. Swagger UI sets
/// styles inline.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Only the user's own cache may keep what a user may see, and must revalidate it.
const CHECKED: &str = "private, no-cache";
/// No cache may keep tokens (RFC 6749, section 5.1).
const NEVER_STORED: &str = "no-store";
/// Where answers hold tokens.
const SIGNING_IN: &str = "/api/auth/";

/// The `Strict-Transport-Security` (RFC 6797) of every response, as data of the application; none
/// where it is switched off. TLS ends at a proxy, so that this process cannot tell a secure request
/// from another: setting it means that there are no others.
#[derive(Debug, Clone)]
pub struct StrictTransport(Option<HeaderValue>);

impl StrictTransport {
    /// The header with this value, if there is one.
    #[must_use]
    pub fn new(value: Option<&str>) -> Self {
        Self(value.and_then(|value| HeaderValue::from_str(value).ok()))
    }
}

/// Adds the headers that every response has.
///
/// # Errors
/// Those of what is inside.
pub async fn security_headers<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let path = request.path();
    let policy = if path.starts_with("/docs") {
        DOCS_POLICY
    } else {
        API_POLICY
    };
    let caching = if path.starts_with(SIGNING_IN) {
        NEVER_STORED
    } else {
        CHECKED
    };
    let transport = request.app_data::<StrictTransport>().cloned();
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    add(headers, header::CONTENT_SECURITY_POLICY, policy);
    add(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    add(headers, header::REFERRER_POLICY, "no-referrer");
    add(headers, header::CACHE_CONTROL, caching);
    add(headers, header::VARY, "Authorization");
    if let Some(StrictTransport(Some(value))) = transport {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
    Ok(response)
}

fn add(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    if name == header::VARY {
        headers.append(name, HeaderValue::from_static(value));
    } else if !headers.contains_key(&name) {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
