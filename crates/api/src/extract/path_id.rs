//! Ids in paths.

use std::future::{Ready, ready};
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde_json::json;
use tasklane_domain::error::Violation;

use crate::error::ApiError;
use crate::operation::{Describe, OperationDescription, Parameter, ParameterPlace};
use crate::problem::ProblemCode;
use crate::schema;

const ID: &str = "id";

/// The `{id}` of the path, in any spelling of a UUID.
pub struct PathId<T>(pub T);

impl<T: FromStr> FromRequest for PathId<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let id = request
            .match_info()
            .get(ID)
            .and_then(|text| text.parse().ok());
        ready(id.map(Self).ok_or_else(|| {
            ApiError::parameter(ID, Violation::new("invalid_uuid", "must be a UUID"))
        }))
    }
}

impl<T> Describe for PathId<T> {
    fn describe(operation: &mut OperationDescription<'_>) {
        operation.parameter(&Parameter {
            place: ParameterPlace::Path,
            name: ID,
            meaning: "Its id, in any spelling of a UUID",
            schema: json!({ "type": "string", "format": "uuid", "examples": [schema::TASK_ID] }),
        });
        operation.refuse(&[ProblemCode::InvalidParameter, ProblemCode::NotFound]);
    }
}
