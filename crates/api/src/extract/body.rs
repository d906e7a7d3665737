//! Request bodies.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::web::{Bytes, BytesMut};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use deserr::Deserr;
use futures::StreamExt;

use super::{BodyErrors, json};
use crate::admission::Permit;
use crate::error::ApiError;
use crate::problem::{Problem, ProblemCode};

/// Largest body of a route that says nothing else, in bytes.
const DEFAULT_LIMIT: usize = 64 * 1024;
/// How long a body may take where nothing is configured.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(15);

const ACCEPT_PATCH: HeaderName = HeaderName::from_static("accept-patch");
const PATCH_TYPES: &str = "application/merge-patch+json, application/json";

/// Largest body of a route, in bytes, as data of its resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyLimit(pub usize);

/// How long a body may take to arrive, as data of the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyTimeout(pub Duration);

/// A JSON body, read into `T`.
pub struct Body<T>(pub T);

/// A JSON merge patch (RFC 7396), read into `T`.
pub struct MergePatch<T>(pub T);

type Extraction<T> = Pin<Box<dyn Future<Output = Result<T, ApiError>>>>;

impl<T: Deserr<BodyErrors> + 'static> FromRequest for Body<T> {
    type Error = ApiError;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let accepted = is_json(request);
        let body = collect(request, payload);
        Box::pin(async move {
            if !accepted {
                return Err(unsupported("the body must be application/json").into());
            }
            parse(&body.await?).map(Self)
        })
    }
}

impl<T: Deserr<BodyErrors> + 'static> FromRequest for MergePatch<T> {
    type Error = ApiError;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let accepted = is_json(request) || has_media_type(request, "application/merge-patch+json");
        let body = collect(request, payload);
        Box::pin(async move {
            if !accepted {
                let problem = unsupported("the body must be a JSON merge patch");
                let types = HeaderValue::from_static(PATCH_TYPES);
                return Err(problem.with_header(ACCEPT_PATCH, types).into());
            }
            parse(&body.await?).map(Self)
        })
    }
}

/// Whether the request says that its body is JSON.
pub(super) fn is_json(request: &HttpRequest) -> bool {
    has_media_type(request, "application/json")
}

fn has_media_type(request: &HttpRequest, wanted: &str) -> bool {
    let mut types = request.headers().get_all(header::CONTENT_TYPE);
    let (Some(value), None) = (types.next(), types.next()) else {
        return false;
    };
    let Ok(value) = value.to_str() else {
        return false;
    };
    let mut parts = value.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default();
    // JSON is UTF-8 (RFC 8259, section 8.1); no other charset is understood.
    let utf8 = parts.all(|parameter| {
        parameter.split_once('=').is_none_or(|(name, value)| {
            !name.trim().eq_ignore_ascii_case("charset")
                || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        })
    });
    media_type.eq_ignore_ascii_case(wanted) && utf8
}

fn unsupported(detail: &'static str) -> Problem {
    Problem::new(ProblemCode::UnsupportedMediaType, detail)
}

/// Reads the body as far as its limit allows.
pub(super) fn collect(
    request: &HttpRequest,
    payload: &mut Payload,
) -> impl Future<Output = Result<Bytes, ApiError>> + use<> {
    let limit = request
        .app_data::<BodyLimit>()
        .map_or(DEFAULT_LIMIT, |limit| limit.0);
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let patience = request
        .app_data::<BodyTimeout>()
        .map_or(DEFAULT_TIMEOUT, |timeout| timeout.0);
    let payload = payload.take();
    let turn = Permit::of(request);
    async move {
        if announced.is_some_and(|length| length > limit) {
            return Err(too_large(limit).into());
        }
        let reading = tokio::time::timeout(patience, read_to_end(payload, limit));
        let read = match turn {
            Some(turn) => turn.pause_for(reading).await?,
            None => reading.await,
        };
        match read {
            Ok(body) => body.map_err(ApiError::from),
            Err(_) => Err(too_slow().into()),
        }
    }
}

async fn read_to_end(mut payload: Payload, limit: usize) -> Result<Bytes, Problem> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| {
            tracing::debug!(%error, "the body broke off");
            Problem::new(ProblemCode::MalformedJson, "the body broke off")
        })?;
        if body.len() + chunk.len() > limit {
            return Err(too_large(limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn too_slow() -> Problem {
    // The rest of the body must not be taken for the next request.
    let close = (header::CONNECTION, HeaderValue::from_static("close"));
    Problem::new(ProblemCode::RequestTimeout, "the body arrived too slowly")
        .with_header(close.0, close.1)
}

fn too_large(limit: usize) -> Problem {
    Problem::new(
        ProblemCode::PayloadTooLarge,
        format!("the body must be at most {limit} bytes"),
    )
}

/// Reads JSON into a value, with all that is wrong with it.
pub(super) fn parse<T: Deserr<BodyErrors>>(bytes: &[u8]) -> Result<T, ApiError> {
    let json = json::read(bytes)
        .map_err(|error| Problem::new(ProblemCode::MalformedJson, error.to_string()))?;
    deserr::deserialize::<T, _, BodyErrors>(json).map_err(|errors| ApiError::Body(errors.0))
}

/// Whether the request has a body at all.
pub(super) fn has_body(request: &HttpRequest) -> bool {
    let length = request.headers().get(header::CONTENT_LENGTH);
    length.is_some_and(|length| length != "0") || request.chunked().unwrap_or_default()
}
