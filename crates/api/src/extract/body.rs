//! Request bodies in JSON.

use std::future::{Future, ready};
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use deserr::Deserr;
use utoipa::ToSchema;

use super::body_bytes::collect;
use super::media_type::{JSON, MERGE_PATCH, is_of, refuse_coding};
use super::{FieldErrors, json};
use crate::error::ApiError;
use crate::operation::{Describe, Header, OperationDescription};
use crate::problem::{Problem, ProblemCode};

/// Largest body of most operations, in bytes.
const BODY_LIMIT: usize = 64 * 1024;

/// Largest body of the routes that need no token, in bytes.
pub(crate) const OPEN_BODY_LIMIT: usize = 16 * 1024;

const PATCH_TYPES: &str = "application/merge-patch+json, application/json";
const ACCEPT_PATCH: Header = Header {
    key: "Accept-Patch",
    name: "Accept-Patch",
    meaning: "The media types that a patch may have (RFC 5789)",
    pattern: "^[a-z+/, -]+$",
    example: PATCH_TYPES,
};

/// A JSON body of at most `LIMIT` bytes, read into `T`.
pub struct Body<T, const LIMIT: usize = BODY_LIMIT>(pub T);

/// A JSON body that may be left out.
pub struct OptionalBody<T, const LIMIT: usize = BODY_LIMIT>(pub Option<T>);

/// A JSON merge patch (RFC 7396), read into `T`. `application/json` is accepted for it too, and is
/// not documented: generated clients handle one media type best.
pub struct MergePatch<T>(pub T);

type Extraction<T> = Pin<Box<dyn Future<Output = Result<T, ApiError>>>>;

impl<T: Deserr<FieldErrors> + 'static, const LIMIT: usize> FromRequest for Body<T, LIMIT> {
    type Error = ApiError;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let accepted = if is_of(request, JSON) {
            refuse_coding(request)
        } else {
            Err(unsupported("the body must be application/json"))
        };
        read(request, payload, LIMIT, accepted, Self)
    }
}

impl<T: ToSchema, const LIMIT: usize> Describe for Body<T, LIMIT> {
    fn describe(operation: &mut OperationDescription<'_>) {
        operation.body::<T>(JSON, true);
    }
}

impl<T: Deserr<FieldErrors> + 'static, const LIMIT: usize> FromRequest for OptionalBody<T, LIMIT> {
    type Error = ApiError;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if !has_body(request) {
            return Box::pin(ready(Ok(Self(None))));
        }
        let body = Body::<T, LIMIT>::from_request(request, payload);
        Box::pin(async move { body.await.map(|Body(value)| Self(Some(value))) })
    }
}

impl<T: ToSchema, const LIMIT: usize> Describe for OptionalBody<T, LIMIT> {
    fn describe(operation: &mut OperationDescription<'_>) {
        operation.body::<T>(JSON, false);
    }
}

impl<T: Deserr<FieldErrors> + 'static> FromRequest for MergePatch<T> {
    type Error = ApiError;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let accepted = if is_of(request, JSON) || is_of(request, MERGE_PATCH) {
            refuse_coding(request)
        } else {
            Err(unsupported("the body must be a JSON merge patch"))
        };
        let accepted = accepted.map_err(|problem| {
            let name = HeaderName::from_static("accept-patch");
            problem.with_header(name, HeaderValue::from_static(PATCH_TYPES))
        });
        read(request, payload, BODY_LIMIT, accepted, Self)
    }
}

impl<T: ToSchema> Describe for MergePatch<T> {
    fn describe(operation: &mut OperationDescription<'_>) {
        operation.body::<T>(MERGE_PATCH, true);
        operation.refuse_with(StatusCode::UNSUPPORTED_MEDIA_TYPE, ACCEPT_PATCH);
    }
}

fn unsupported(detail: &'static str) -> Problem {
    Problem::new(ProblemCode::UnsupportedMediaType, detail)
}

/// Reads the body, unless its media type is not accepted.
fn read<T, B>(
    request: &HttpRequest,
    payload: &mut Payload,
    limit: usize,
    accepted: Result<(), Problem>,
    wrap: fn(T) -> B,
) -> Extraction<B>
where
    T: Deserr<FieldErrors> + 'static,
    B: 'static,
{
    let body = collect(request, payload, limit);
    Box::pin(async move {
        accepted?;
        let (bytes, _memory) = body.await?;
        parse(&bytes).map(wrap)
    })
}

/// Reads JSON into a value, with everything that is wrong with it.
fn parse<T: Deserr<FieldErrors>>(bytes: &[u8]) -> Result<T, ApiError> {
    let json = json::read(bytes)
        .map_err(|error| Problem::new(ProblemCode::MalformedJson, error.to_string()))?;
    deserr::deserialize::<T, _, FieldErrors>(json).map_err(ApiError::Body)
}

fn has_body(request: &HttpRequest) -> bool {
    let length = request.headers().get(header::CONTENT_LENGTH);
    length.is_some_and(|length| length != "0") || request.chunked().unwrap_or_default()
}
