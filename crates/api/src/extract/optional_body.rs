//! Bodies that may be left out.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use deserr::Deserr;

use super::{Body, BodyErrors, body};
use crate::error::ApiError;

/// A JSON body that may be left out.
pub struct OptionalBody<T>(pub Option<T>);

impl<T: Deserr<BodyErrors> + 'static> FromRequest for OptionalBody<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if !body::has_body(request) {
            return Box::pin(std::future::ready(Ok(Self(None))));
        }
        let body = Body::from_request(request, payload);
        Box::pin(async move { body.await.map(|Body(value)| Self(Some(value))) })
    }
}
