use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Describe, OperationDescription};

/// 200 with a body in JSON.
pub struct Json<T>(pub T);

impl<T: Serialize> Responder for Json<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok().json(self.0)
    }
}

impl<T: ToSchema> Describe for Json<T> {
    fn describe(operation: &mut OperationDescription<'_>) {
        operation.answer(StatusCode::OK).json::<T>();
    }
}

/// A value of the domain that clients see in a form of its own.
pub(crate) trait View {
    /// That form, borrowed from the value.
    type View<'a>: Serialize + ToSchema
    where
        Self: 'a;

    /// The value as clients see it.
    fn view(&self) -> Self::View<'_>;
}

/// 200 with a view of a value, in JSON.
pub(crate) struct Shown<T>(pub(crate) T);

impl<T: View> Responder for Shown<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok().json(self.0.view())
    }
}

impl<T: View + 'static> Describe for Shown<T> {
    fn describe(operation: &mut OperationDescription<'_>) {
        operation.answer(StatusCode::OK).json::<T::View<'static>>();
    }
}

/// 202 with an empty object: what was asked for is done later, or not at all.
pub(crate) struct Accepted;

impl Responder for Accepted {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Accepted().json(Empty {})
    }
}

impl Describe for Accepted {
    fn describe(operation: &mut OperationDescription<'_>) {
        operation.answer(StatusCode::ACCEPTED).json::<Empty>();
    }
}

/// An empty object.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({}))]
struct Empty {}

/// 204: there is nothing to say.
pub struct NoContent;

impl Responder for NoContent {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::NoContent().finish()
    }
}

impl Describe for NoContent {
    fn describe(operation: &mut OperationDescription<'_>) {
        operation.answer(StatusCode::NO_CONTENT);
    }
}
