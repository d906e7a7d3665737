//! The headers `If-Match` and `If-None-Match`.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::{StatusCode, header};
use actix_web::{FromRequest, HttpRequest};
use serde_json::json;
use tasklane_domain::error::Violation;
use tasklane_domain::task::Precondition;

use crate::error::ApiError;
use crate::etag::{Condition, TASK_ETAG};
use crate::operation::{Describe, OperationDescription, Parameter, ParameterPlace};
use crate::problem::ProblemCode;
use crate::schema;

const IF_MATCH: &str = "If-Match";
const IF_NONE_MATCH: &str = "If-None-Match";

fn read(request: &HttpRequest, name: &'static str) -> Result<Option<Condition>, ApiError> {
    Condition::from_headers(request.headers(), name)
        .map_err(|violation| ApiError::parameter(name, violation))
}

/// The precondition that `If-Match` makes.
pub struct IfMatch(pub Precondition);

impl FromRequest for IfMatch {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request, IF_MATCH).map(|condition| {
            Self(condition.map_or(Precondition::None, |condition| condition.to_precondition()))
        }))
    }
}

impl Describe for IfMatch {
    fn describe(operation: &mut OperationDescription<'_>) {
        operation.parameter(&Parameter {
            place: ParameterPlace::Header,
            name: IF_MATCH,
            meaning: "Entity tags of which one must be the task's, or `*`. At any other revision, \
                      nothing is written and the answer is 412 with the current `ETag`",
            schema: schema::entity_tags(),
        });
        operation.refuse(&[
            ProblemCode::InvalidParameter,
            ProblemCode::PreconditionFailed,
            ProblemCode::PreconditionRequired,
        ]);
        for status in [
            StatusCode::PRECONDITION_FAILED,
            StatusCode::PRECONDITION_REQUIRED,
        ] {
            operation.refuse_with(status, TASK_ETAG);
        }
    }
}

/// What the client has already, by `If-None-Match`.
pub struct IfNoneMatch(pub Option<Condition>);

impl FromRequest for IfNoneMatch {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request, IF_NONE_MATCH).map(Self))
    }
}

impl Describe for IfNoneMatch {
    fn describe(operation: &mut OperationDescription<'_>) {
        operation.parameter(&Parameter {
            place: ParameterPlace::Header,
            name: IF_NONE_MATCH,
            meaning: "Entity tags that the client has, or `*`. While one of them is current, the \
                      answer is 304 without a body",
            schema: schema::entity_tags(),
        });
        operation.refuse(&[ProblemCode::InvalidParameter]);
    }
}

/// Whether the task must not exist yet, by `If-None-Match: *`.
pub struct IfAbsent(pub bool);

impl FromRequest for IfAbsent {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(
            read(request, IF_NONE_MATCH).and_then(|condition| match condition {
                None => Ok(Self(false)),
                Some(Condition::Any) if !request.headers().contains_key(header::IF_MATCH) => {
                    Ok(Self(true))
                }
                Some(_) => {
                    let message = "must be * here, and without If-Match";
                    let violation = Violation::new("unsupported", message);
                    Err(ApiError::parameter(IF_NONE_MATCH, violation))
                }
            }),
        )
    }
}

impl Describe for IfAbsent {
    fn describe(operation: &mut OperationDescription<'_>) {
        operation.parameter(&Parameter {
            place: ParameterPlace::Header,
            name: IF_NONE_MATCH,
            meaning: "`*` to create the task; not together with `If-Match`",
            schema: json!({ "type": "string", "pattern": r"^\*$", "examples": ["*"] }),
        });
        operation.refuse(&[
            ProblemCode::InvalidParameter,
            ProblemCode::PreconditionFailed,
        ]);
    }
}
