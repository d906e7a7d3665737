//! The id by which a request is found again.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};
use tasklane_domain::id::IdGenerator;
use uuid::Uuid;

use crate::operation::Header;
use crate::state::AppState;

/// The header that carries it, both ways.
pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub(crate) const X_REQUEST_ID_HEADER: Header = Header {
    key: "X-Request-Id",
    name: "X-Request-Id",
    meaning: "The request's id: the client's own if it is valid, else a new one",
    pattern: "^[A-Za-z0-9._-]{1,128}$",
    example: "0193a5c8-7e2b-7c4d-9f10-6b1a2c3d4e5f",
};

const MAX_LENGTH: usize = 128;

/// A request's id: the client's, when it is 1 to 128 characters of `[A-Za-z0-9._-]`, else a new one.
#[derive(Debug, Clone)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// Takes the client's id or makes one.
    pub(super) fn of(request: &ServiceRequest) -> Self {
        match request.app_data::<web::Data<AppState>>() {
            Some(state) => Self::from_headers(request.headers(), state.ids.as_ref()),
            None => Self::from_headers(request.headers(), &NoIds),
        }
    }

    fn from_headers(headers: &HeaderMap, ids: &dyn IdGenerator) -> Self {
        let mut given = headers.get_all(&X_REQUEST_ID);
        match (given.next(), given.next()) {
            (Some(value), None) if is_valid(value.as_bytes()) => Self(value.clone()),
            _ => Self::new(ids),
        }
    }

    fn new(ids: &dyn IdGenerator) -> Self {
        let id = ids.next_id().to_string();
        Self(HeaderValue::try_from(id).unwrap_or(HeaderValue::from_static("none")))
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    /// The id as a header's value.
    pub(super) fn to_header(&self) -> HeaderValue {
        self.0.clone()
    }
}

/// The nil id, where there is no state.
struct NoIds;

impl IdGenerator for NoIds {
    fn next_id(&self) -> Uuid {
        Uuid::nil()
    }
}

/// Names the request, and does no more: for a listener whose requests are not counted.
///
/// # Errors
/// Those of what is inside.
pub async fn identify<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let id = RequestId::of(&request);
    request.extensions_mut().insert(id.clone());
    let mut response = next.call(request).await?;
    response.headers_mut().insert(X_REQUEST_ID, id.to_header());
    Ok(response)
}

fn is_valid(value: &[u8]) -> bool {
    (1..=MAX_LENGTH).contains(&value.len())
        && value
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_short_ids_are_taken() {
        assert!(is_valid(b"abc.DEF_1-2") && is_valid(&[b'a'; 128]));
        for bad in [
            b"".as_slice(),
            b"a b",
            b"a\"b",
            "ä".as_bytes(),
            &[b'a'; 129],
        ] {
            assert!(!is_valid(bad));
        }
    }
}
