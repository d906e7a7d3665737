//! Problem documents (RFC 9457): the one form that every error of the process takes.

mod code;
mod field_error;
mod field_errors;

use std::borrow::Cow;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use serde::{Serialize, Serializer};
use tasklane_domain::task::Task;
use utoipa::ToSchema;

use crate::metrics::record_rate_limited;
use crate::middleware::RequestId;
use crate::rate_limit::PolicyName;

pub use code::ProblemCode;
pub use field_error::{FieldError, Location};
pub use field_errors::FieldErrors;

use crate::routes::tasks::TaskView;

/// The media type of problem documents.
pub const PROBLEM_MEDIA_TYPE: &str = "application/problem+json";

/// An error on its way out; the request's own parts are added when it is written.
#[derive(Debug, Clone)]
pub struct Problem {
    /// What went wrong.
    pub code: ProblemCode,
    /// What went wrong this time.
    pub detail: Cow<'static, str>,
    /// The fields that are wrong.
    pub errors: Vec<FieldError>,
    /// The setting whose limit is exceeded.
    pub limit: Option<&'static str>,
    /// Headers that belong to it.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The policy that was hit, of a 429.
    pub(crate) policy: Option<PolicyName>,
    /// The task that a precondition failed on, as it is; `Some(None)` when it was erased.
    pub current: Option<Option<Box<Task>>>,
}

impl Problem {
    /// A problem without fields and headers.
    pub fn new(code: ProblemCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            limit: None,
            headers: Vec::new(),
            policy: None,
            current: None,
        }
    }

    /// A problem with fields, of which the first 100 are listed; the detail counts them all.
    #[must_use]
    pub fn with_errors(code: ProblemCode, noun: &str, errors: impl Into<FieldErrors>) -> Self {
        let errors = errors.into();
        let detail = match errors.count() {
            1 => format!("1 {noun} is invalid"),
            count => format!("{count} {noun}s are invalid"),
        };
        Self {
            errors: errors.into_listed(),
            ..Self::new(code, detail)
        }
    }

    /// Names the setting whose limit is exceeded.
    #[must_use]
    pub fn with_limit(self, setting: &'static str) -> Self {
        Self {
            limit: Some(setting),
            ..self
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The status that it comes with.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// A response that carries the problem to the middleware that writes it. A refusal under a policy
    /// is counted here.
    #[must_use]
    pub fn into_response(self) -> HttpResponse {
        if let Some(policy) = self.policy {
            record_rate_limited(policy);
        }
        let mut response = HttpResponse::with_body(self.status(), BoxBody::new(()));
        for (name, value) in &self.headers {
            response.headers_mut().append(name.clone(), value.clone());
        }
        response.extensions_mut().insert(self);
        response
    }

    /// The document, as JSON.
    #[must_use]
    pub fn to_json(&self, instance: &str, request_id: &str) -> Vec<u8> {
        let document = LocatedProblem {
            problem: self,
            instance,
            request_id: request_id.into(),
        };
        serde_json::to_vec(&document).unwrap_or_default()
    }
}

/// A problem with what its document says of the request.
pub(crate) struct LocatedProblem<'a> {
    problem: &'a Problem,
    instance: &'a str,
    request_id: Cow<'a, str>,
}

impl<'a> LocatedProblem<'a> {
    /// A problem of one part of a request that is answered as a whole.
    pub(crate) fn of(problem: &'a Problem, request: &'a HttpRequest) -> Self {
        let id = request.extensions().get::<RequestId>().cloned();
        Self {
            problem,
            instance: request.path(),
            request_id: id
                .map_or_else(String::new, |id| id.as_str().to_owned())
                .into(),
        }
    }
}

impl Serialize for LocatedProblem<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let problem = self.problem;
        let code = problem.code.as_str();
        let current = problem.current.as_ref();
        let document = ProblemDocument {
            r#type: format_args!("/problems/{code}"),
            title: problem.code.title(),
            status: problem.code.status(),
            code: problem.code,
            detail: &problem.detail,
            instance: self.instance,
            request_id: &self.request_id,
            errors: &problem.errors,
            policy: problem.policy.map(PolicyName::as_str),
            current: current.map(|task| task.as_deref().map(TaskView::from)),
            limit: problem.limit,
        };
        document.serialize(serializer)
    }
}

/// An error, as a problem document (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemDocument<'a> {
    /// Where the code is explained.
    #[schema(value_type = String, example = "/problems/validation_failed")]
    r#type: std::fmt::Arguments<'a>,
    /// The code in a few words.
    #[schema(example = "Validation failed")]
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 422, minimum = 400, maximum = 599)]
    status: u16,
    /// The problem, stable and machine-readable.
    code: ProblemCode,
    /// What went wrong this time.
    #[schema(example = "1 field is invalid")]
    detail: &'a str,
    /// The path of the request.
    #[schema(example = "/api/tasks")]
    instance: &'a str,
    /// The request's id, as in the header `X-Request-Id`.
    #[schema(example = "0193a5c8-7e2b-7c4d-9f10-6b1a2c3d4e5f")]
    request_id: &'a str,
    /// All invalid fields at once; absent when no field is to blame.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(required = false, value_type = Vec<FieldError>)]
    errors: &'a [FieldError],
    /// The policy that was hit, of a `rate_limited`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "api")]
    policy: Option<&'static str>,
    /// With `precondition_failed`, the task as it is, live or in the trash; null when it was erased.
    /// Absent otherwise, and from the problem of a batch that is done as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, value_type = Option<TaskView<'a>>)]
    #[expect(
        clippy::option_option,
        reason = "absent and null are different members"
    )]
    current: Option<Option<TaskView<'a>>>,
    /// The setting whose limit is exceeded; absent unless the code is `quota_exceeded`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, value_type = String, example = "quota.tasks_per_user")]
    limit: Option<&'static str>,
}

#[cfg(test)]
mod tests {
    use tasklane_domain::error::Violation;

    use super::*;

    #[test]
    fn a_problem_lists_a_hundred_fields_and_counts_them_all() {
        let error = FieldError::pointer("/tags/1", Violation::required());
        let errors = vec![error; 250];
        let problem = Problem::with_errors(ProblemCode::ValidationFailed, "field", errors);
        assert_eq!(problem.errors.len(), 100);
        assert_eq!(problem.detail, "250 fields are invalid");
    }

    #[test]
    fn a_problem_of_a_quota_names_the_setting() {
        let problem = Problem::new(
            ProblemCode::QuotaExceeded,
            "at most 3 open tasks are allowed",
        );
        let json: serde_json::Value = serde_json::from_slice(
            &problem
                .with_limit("quota.tasks_per_user")
                .to_json("/api/tasks", "abc"),
        )
        .unwrap();
        assert_eq!(json["limit"], "quota.tasks_per_user");
    }

    #[test]
    fn a_problem_has_every_member_that_the_contract_names() {
        let error = FieldError::pointer("/title", Violation::too_long(200));
        let problem = Problem::with_errors(ProblemCode::ValidationFailed, "field", vec![error]);
        let json: serde_json::Value =
            serde_json::from_slice(&problem.to_json("/api/tasks", "abc")).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "type": "/problems/validation_failed", "title": "Validation failed",
                "status": 422, "code": "validation_failed", "detail": "1 field is invalid",
                "instance": "/api/tasks", "request_id": "abc",
                "errors": [{ "pointer": "/title", "code": "too_long",
                             "message": "must be at most 200 characters", "params": { "max": 200 } }]
            })
        );
    }
}
