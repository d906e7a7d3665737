use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, ContentType};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde_json::json;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::error::ApiError;
use crate::operation::{Describe, Operation, OperationDescription, Route, State, Tag};
use crate::problem::ProblemCode;

/// A JSON Web Key Set (RFC 7517), which is kept as text.
pub(super) struct KeySet(Bytes);

impl Responder for KeySet {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok()
            .content_type(ContentType::json())
            .insert_header((CACHE_CONTROL, "public, max-age=300"))
            .body(self.0)
    }
}

impl Describe for KeySet {
    fn describe(operation: &mut OperationDescription<'_>) {
        operation.answer(StatusCode::OK).json::<Self>();
    }
}

impl PartialSchema for KeySet {
    fn schema() -> RefOr<Schema> {
        let member = |meaning: &str| {
            ObjectBuilder::new()
                .schema_type(Type::String)
                .description(Some(meaning))
        };
        let key = ObjectBuilder::new()
            .property("kty", member("The kind of key."))
            .property("kid", member("The key's id, as in a token's header."))
            .property("alg", member("The algorithm that it signs with."))
            .required("kty");
        let keys = ArrayBuilder::new()
            .items(key)
            .description(Some(
                "The keys, with the members of their kind; none where a shared secret signs.",
            ))
            .examples([json!([])]);
        ObjectBuilder::new()
            .description(Some("A JSON Web Key Set (RFC 7517, section 5)."))
            .property("keys", keys)
            .required("keys")
            .into()
    }
}

impl ToSchema for KeySet {}

pub(super) struct ListSigningKeys;

impl Operation for ListSigningKeys {
    const ROUTE: Route = Route::get("/.well-known/jwks.json");
    const ID: &'static str = "list_signing_keys";
    const TAG: Tag = Tag::Accounts;
    const SUMMARY: &'static str = "List the public keys of local tokens";
    const DESCRIPTION: &'static str =
        "A JSON Web Key Set (RFC 7517); empty where a shared secret signs.";
    const ANSWER: &'static str = "The key set";
    const REFUSALS: &'static [ProblemCode] = &[ProblemCode::Unavailable];

    type Input = ();
    type Output = KeySet;

    async fn call(state: State, (): Self::Input) -> Result<Self::Output, ApiError> {
        Ok(KeySet(state.signing_keys.clone()))
    }
}
