use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde_json::json;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::error::ApiError;
use crate::openapi::Document;
use crate::operation::{Describe, Operation, OperationDescription, Route, State, Tag};
use crate::problem::ProblemCode;

/// The document as text.
pub(super) struct OpenApi(Bytes);

impl Responder for OpenApi {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok()
            .content_type(ContentType::json())
            .body(self.0)
    }
}

impl PartialSchema for OpenApi {
    fn schema() -> RefOr<Schema> {
        let version = ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("The version of the format."))
            .pattern(Some(r"^3\.1\.[0-9]+$"))
            .examples([json!("3.1.0")]);
        ObjectBuilder::new()
            .description(Some("An OpenAPI document."))
            .property("openapi", version)
            .required("openapi")
            .into()
    }
}

impl ToSchema for OpenApi {}

impl Describe for OpenApi {
    fn describe(operation: &mut OperationDescription<'_>) {
        operation.answer(StatusCode::OK).json::<Self>();
    }
}

pub(super) struct GetOpenApi;

impl Operation for GetOpenApi {
    const ROUTE: Route = Route::get("/openapi.json");
    const ID: &'static str = "get_openapi";
    const TAG: Tag = Tag::Operations;
    const SUMMARY: &'static str = "Read this document";
    const DESCRIPTION: &'static str =
        "The description of every operation, made from the code that serves it.";
    const ANSWER: &'static str = "The OpenAPI 3.1 document";
    const REFUSALS: &'static [ProblemCode] = &[ProblemCode::Unavailable];

    type Input = web::Data<Document>;
    type Output = OpenApi;

    async fn call(_: State, document: Self::Input) -> Result<Self::Output, ApiError> {
        Ok(OpenApi(document.json().clone()))
    }
}
