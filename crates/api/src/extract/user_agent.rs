use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};

use crate::operation::{Describe, OperationDescription};

/// What the client calls itself.
pub struct UserAgent(pub Option<String>);

impl FromRequest for UserAgent {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let value = request.headers().get(header::USER_AGENT);
        let text = value
            .and_then(|value| value.to_str().ok())
            .map(ToOwned::to_owned);
        ready(Ok(Self(text)))
    }
}

impl Describe for UserAgent {
    fn describe(_: &mut OperationDescription<'_>) {}
}
