//! Problem documents (RFC 9457): the one form that every error of the process takes.

use std::borrow::Cow;

use actix_web::HttpResponse;
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use serde::Serialize;
use serde::ser::SerializeMap;
use tasklane_domain::error::Violation;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};

/// The media type of problem documents.
pub const PROBLEM_MEDIA_TYPE: &str = "application/problem+json";

macro_rules! problem_codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $status:literal, $title:literal, $cause:literal, $remedy:literal;)*) => {
        /// What can go wrong, stable and machine-readable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ProblemCode {
            $(#[doc = $title] $variant,)*
        }

        impl ProblemCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code as clients see it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The status that it comes with.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// It in a few words.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }

            /// What it comes from, for a person.
            #[must_use]
            pub const fn cause(self) -> &'static str {
                match self { $(Self::$variant => $cause,)* }
            }

            /// What helps, for a person.
            #[must_use]
            pub const fn remedy(self) -> &'static str {
                match self { $(Self::$variant => $remedy,)* }
            }
        }
    };
}

problem_codes! {
    MalformedJson = "malformed_json", 400, "Malformed JSON",
        "The body is not JSON in UTF-8, is empty, or has an object with the same member twice.",
        "The detail says where the reading stopped. Let a JSON library write the body, and send it whole.";
    InvalidParameter = "invalid_parameter", 400, "Invalid parameter",
        "A path, query or header parameter is missing, unknown, given twice or out of its range.",
        "Each entry of errors names one in its member parameter and says what it must be.";
    InvalidCursor = "invalid_cursor", 400, "Invalid cursor",
        "The cursor was made for other filters, another sort or another user, or is none.",
        "Start again with the first page, and follow next_cursor with the same filters and sort.";
    Unauthenticated = "unauthenticated", 401, "Not authenticated",
        "The route needs an access token, and none was sent.",
        "Sign in, and send the access token in the header Authorization, after the word Bearer.";
    InvalidToken = "invalid_token", 401, "Invalid token",
        "The access token is not accepted: it is malformed, signed by nobody who is trusted, meant for somebody else, or revoked.",
        "The detail says which. Sign in again, or ask the issuer for another token.";
    TokenExpired = "token_expired", 401, "Token expired",
        "The access token was good and is over.",
        "Refresh the session, or ask the issuer for another token, and send the request again.";
    InvalidCredentials = "invalid_credentials", 401, "Invalid credentials",
        "There is no account with that email address and password.",
        "Check both. The answer is the same for an unknown address, so that nobody can find out who has an account.";
    InvalidRefreshToken = "invalid_refresh_token", 401, "Invalid refresh token",
        "The refresh token is none, was used before, or its session has ended.",
        "Sign in again. Each refresh token works once: keep the newest, and let only one refresh run at a time.";
    QuotaExceeded = "quota_exceeded", 403, "Quota exceeded",
        "You have as many tasks as this server allows.",
        "Delete some first, or ask whoever runs the server for more.";
    RegistrationDisabled = "registration_disabled", 403, "Registration disabled",
        "This server makes no new accounts.",
        "Ask whoever runs it for an account.";
    NotFound = "not_found", 404, "Not found",
        "There is no such resource, or it is not yours.",
        "Check the address. A deleted task is found in the trash: list it with deleted=true, or restore it.";
    MethodNotAllowed = "method_not_allowed", 405, "Method not allowed",
        "The resource exists but not with this method.",
        "The header Allow lists the methods that it has.";
    RequestTimeout = "request_timeout", 408, "Request timeout",
        "The request arrived too slowly, so the server stopped waiting for the rest of it.",
        "Send it again over a better connection, or send less at once.";
    EmailTaken = "email_taken", 409, "Email taken",
        "Another account has this email address.",
        "Sign in instead, or register with another address.";
    NotDeleted = "not_deleted", 409, "Not deleted",
        "The task is not in the trash, so it cannot be restored.",
        "Nothing needs to be done: the task is live. Read it to see its state.";
    SyncExpired = "sync_expired", 410, "Sync point expired",
        "Changes since that revision have been purged, so they cannot be told any more.",
        "Read the list anew, drop what is missing from it, and continue from its revision.";
    PreconditionFailed = "precondition_failed", 412, "Precondition failed",
        "The task is at another revision than If-Match names, or exists although If-None-Match says that it must not.",
        "Somebody was faster. The header ETag has the current revision: read the task again, decide, and send the change with that tag.";
    PayloadTooLarge = "payload_too_large", 413, "Payload too large",
        "The body is larger than this route takes.",
        "The detail says how much it takes. Send less, or in several requests.";
    UnsupportedMediaType = "unsupported_media_type", 415, "Unsupported media type",
        "The body is not declared as JSON.",
        "Send JSON, and say so in the header Content-Type: application/json, or application/merge-patch+json for a patch.";
    ValidationFailed = "validation_failed", 422, "Validation failed",
        "The body is JSON but breaks rules.",
        "Each entry of errors points to a field and names the rule. All of them are reported at once.";
    IdempotencyKeyReused = "idempotency_key_reused", 422, "Idempotency key reused",
        "The Idempotency-Key was used for another body, or for a task that has been erased.",
        "Use a new key for each new task, and the same key only to send the same request again.";
    PreconditionRequired = "precondition_required", 428, "Precondition required",
        "This server wants every change of an existing task to name the revision that it changes.",
        "Send the ETag of the task in the header If-Match.";
    RateLimited = "rate_limited", 429, "Too many requests",
        "You have sent more requests than your quota allows.",
        "The header Retry-After says how many seconds to wait. RateLimit tells beforehand how many requests are left.";
    Internal = "internal", 500, "Internal error",
        "Something is wrong with the server, not with the request.",
        "It has been logged. Tell whoever runs the server the request_id of the answer.";
    Unavailable = "unavailable", 503, "Unavailable",
        "The server cannot do this at present: its store is down or full, it has too much to do, or it is stopping.",
        "The header Retry-After says how many seconds to wait. Then send the request again.";
}

impl utoipa::PartialSchema for ProblemCode {
    fn schema() -> RefOr<Schema> {
        let codes = Self::ALL.iter().map(|code| code.as_str());
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(
                "What went wrong, stable and machine-readable. A later version may have more.",
            ))
            .enum_values(Some(codes))
            .examples(["validation_failed"])
            .into()
    }
}

impl ToSchema for ProblemCode {}

/// Where in a request a field is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A JSON Pointer (RFC 6901) into the body.
    Pointer(String),
    /// The name of a query, path or header parameter.
    Parameter(String),
}

/// A field that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Which field.
    pub place: Location,
    /// Which rule.
    pub violation: Violation,
}

impl FieldError {
    /// A field of the body.
    pub fn pointer(pointer: impl Into<String>, violation: Violation) -> Self {
        Self {
            place: Location::Pointer(pointer.into()),
            violation,
        }
    }

    /// A parameter.
    pub fn parameter(name: impl Into<String>, violation: Violation) -> Self {
        Self {
            place: Location::Parameter(name.into()),
            violation,
        }
    }
}

impl Serialize for FieldError {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match &self.place {
            Location::Pointer(pointer) => map.serialize_entry("pointer", pointer)?,
            Location::Parameter(name) => map.serialize_entry("parameter", name)?,
        }
        map.serialize_entry("code", self.violation.code)?;
        map.serialize_entry("message", &self.violation.message)?;
        if !self.violation.params.is_empty() {
            map.serialize_entry("params", &Params(&self.violation.params))?;
        }
        map.end()
    }
}

struct Params<'a>(&'a [(&'static str, u64)]);

impl Serialize for Params<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

/// An error on its way out; the request's own parts are added when it is written.
#[derive(Debug, Clone)]
pub struct Problem {
    /// What went wrong.
    pub code: ProblemCode,
    /// What went wrong this time.
    pub detail: Cow<'static, str>,
    /// The fields that are wrong.
    pub errors: Vec<FieldError>,
    /// Headers that belong to it.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// A problem without fields and headers.
    pub fn new(code: ProblemCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// A problem with fields; the detail counts them.
    #[must_use]
    pub fn with_errors(code: ProblemCode, noun: &str, errors: Vec<FieldError>) -> Self {
        let detail = match errors.len() {
            1 => format!("1 {noun} is invalid"),
            count => format!("{count} {noun}s are invalid"),
        };
        Self {
            errors,
            ..Self::new(code, detail)
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

    /// A response that carries the problem to the middleware that writes it.
    #[must_use]
    pub fn into_response(self) -> HttpResponse {
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
        let code = self.code.as_str();
        let document = Document {
            r#type: format_args!("/problems/{code}"),
            title: self.code.title(),
            status: self.code.status(),
            code,
            detail: &self.detail,
            instance,
            request_id,
            errors: &self.errors,
        };
        serde_json::to_vec(&document).unwrap_or_default()
    }
}

#[derive(Serialize)]
struct Document<'a> {
    r#type: std::fmt::Arguments<'a>,
    title: &'static str,
    status: u16,
    code: &'static str,
    detail: &'a str,
    instance: &'a str,
    request_id: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
}

/// An error, as a problem document (RFC 9457).
#[derive(ToSchema)]
#[schema(as = Problem)]
#[expect(
    dead_code,
    reason = "describes in the OpenAPI document what Problem::to_json writes"
)]
pub struct ProblemSchema {
    /// Where the code is explained.
    #[schema(example = "/problems/validation_failed")]
    r#type: String,
    /// The code in a few words.
    #[schema(example = "Validation failed")]
    title: String,
    /// The HTTP status.
    #[schema(example = 422, minimum = 400, maximum = 599)]
    status: u16,
    /// Stable and machine-readable.
    code: ProblemCode,
    /// What went wrong this time.
    #[schema(example = "1 field is invalid")]
    detail: String,
    /// The path of the request.
    #[schema(example = "/api/tasks")]
    instance: String,
    /// The request's id, as in the header `X-Request-Id`.
    #[schema(example = "0193a5c8-7e2b-7c4d-9f10-6b1a2c3d4e5f")]
    request_id: String,
    /// All invalid fields at once; absent when no field is to blame.
    #[schema(required = false)]
    errors: Vec<FieldErrorSchema>,
}

/// A field that breaks a rule. Either `pointer` or `parameter` is there.
#[derive(ToSchema)]
#[schema(as = FieldError)]
#[expect(
    dead_code,
    reason = "describes in the OpenAPI document what FieldError serialises to"
)]
pub struct FieldErrorSchema {
    /// A JSON Pointer (RFC 6901) into the body.
    #[schema(example = "/title", required = false, nullable = false)]
    pointer: Option<String>,
    /// The name of a query, path or header parameter.
    #[schema(required = false, nullable = false)]
    parameter: Option<String>,
    /// The rule, stable and machine-readable.
    #[schema(example = "too_long")]
    code: String,
    /// The rule in words, to be read after the field's name.
    #[schema(example = "must be at most 200 characters")]
    message: String,
    /// The rule's numbers by name.
    #[schema(required = false)]
    params: std::collections::HashMap<String, u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn every_code_has_an_error_status_and_a_name_of_its_own() {
        let mut names: Vec<_> = ProblemCode::ALL.iter().map(|code| code.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ProblemCode::ALL.len());
        for code in ProblemCode::ALL {
            assert!((400..600).contains(&code.status()), "{code:?}");
            for text in [code.cause(), code.remedy()] {
                assert!(text.ends_with('.'), "{code:?}: {text}");
            }
        }
    }
}
