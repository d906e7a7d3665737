//! The codes of problems: their statuses, and what they mean.

use serde::{Serialize, Serializer};
use serde_json::Value;
use tasklane_domain::error::Violation;
use tasklane_domain::page::PageLimit;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};

use super::{FieldError, Problem};

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

            /// The problem in a few words.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }

            /// Its cause, for a person.
            #[must_use]
            pub const fn cause(self) -> &'static str {
                match self { $(Self::$variant => $cause,)* }
            }

            /// The remedy, for a person.
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
        "The detail says where reading stopped. Let a JSON library write the body, and send all of it.";
    InvalidParameter = "invalid_parameter", 400, "Invalid parameter",
        "A path, query or header parameter is missing, unknown, repeated or out of range.",
        "Each entry of errors names a parameter and says what it must be.";
    InvalidCursor = "invalid_cursor", 400, "Invalid cursor",
        "The cursor is malformed, or belongs to a different filter, sort or user; or the next of the change feed belongs to other kinds.",
        "Start again at the first page, and follow next_cursor with the same filters and sort, or next with the same kinds.";
    Unauthenticated = "unauthenticated", 401, "Not authenticated",
        "The request needs an access token, but has none.",
        "Sign in, and send the access token in the Authorization header, after the word Bearer.";
    InvalidToken = "invalid_token", 401, "Invalid token",
        "The access token is not accepted: it is malformed, its issuer is not trusted, it is meant for another service, or it was revoked.",
        "The detail says which. Sign in again, or ask the issuer for another token.";
    TokenExpired = "token_expired", 401, "Token expired",
        "The access token has expired.",
        "Refresh the session, or ask the issuer for another token, and send the request again.";
    InvalidCredentials = "invalid_credentials", 401, "Invalid credentials",
        "The email address or the password is wrong.",
        "Check both. An unknown address gets the same answer, so that it does not reveal who has an account.";
    InvalidRefreshToken = "invalid_refresh_token", 401, "Invalid refresh token",
        "The refresh token is malformed, has already been used, or belongs to a session that has ended.",
        "Sign in again. Each refresh token works once: keep the newest, and let only one refresh run at a time.";
    InvalidResetToken = "invalid_reset_token", 401, "Invalid link",
        "The token of a link is malformed, too old or already used, or a newer link was sent since.",
        "Ask for another link, and open the newest mail. Each link works once.";
    QuotaExceeded = "quota_exceeded", 403, "Quota exceeded",
        "You keep as many open tasks, as many tasks in all, or as much text as this server allows.",
        "The limit names the setting. Complete or delete tasks, or shorten them, or ask the server's operator for a higher limit.";
    RegistrationDisabled = "registration_disabled", 403, "Registration disabled",
        "Registration is closed on this server.",
        "Ask the server's operator for an account.";
    EmailNotVerified = "email_not_verified", 403, "Email address not verified",
        "Email and password are right, but the email address has not been verified yet.",
        "Open the link in the mail that was sent when you registered. If it is lost, reset the password: that verifies the address too.";
    NotFound = "not_found", 404, "Not found",
        "The resource does not exist, or it is not yours.",
        "Check the address. A deleted task is in the trash: list it with deleted=true, or restore it.";
    MethodNotAllowed = "method_not_allowed", 405, "Method not allowed",
        "The resource does not support this method.",
        "The Allow header lists the methods that it supports.";
    RequestTimeout = "request_timeout", 408, "Request timeout",
        "The request arrived too slowly, and the server stopped waiting for the rest.",
        "Send it again over a better connection, or send less at once.";
    EmailTaken = "email_taken", 409, "Email taken",
        "Another account has this email address.",
        "Sign in instead, or register with another address.";
    NotDeleted = "not_deleted", 409, "Not deleted",
        "The task is not in the trash, so it cannot be restored.",
        "Nothing needs to be done: the task is live. Read it to see its state.";
    SyncExpired = "sync_expired", 410, "Sync point expired",
        "Some changes since then have been purged, or the server was restored from a backup, so the feed cannot continue from there.",
        "Read the feed from 0, and drop the tasks that it does not have.";
    PreconditionFailed = "precondition_failed", 412, "Precondition failed",
        "The task is not at the revision that If-Match names, or it exists although If-None-Match forbids that.",
        "The task has changed in the meantime. Read it again, and repeat the change with the revision in the ETag header.";
    PayloadTooLarge = "payload_too_large", 413, "Payload too large",
        "The body is larger than this operation accepts.",
        "The detail gives the limit. Send less, or use several requests.";
    UnsupportedMediaType = "unsupported_media_type", 415, "Unsupported media type",
        "The body is not JSON in UTF-8, or is compressed.",
        "Send plain JSON with the Content-Type application/json, or application/merge-patch+json for a patch, and no Content-Encoding.";
    ValidationFailed = "validation_failed", 422, "Validation failed",
        "The body is JSON, but breaks some rules.",
        "Each entry of errors points to a field and names the rule. All mistakes are reported at once.";
    IdempotencyKeyReused = "idempotency_key_reused", 422, "Idempotency key reused",
        "The Idempotency-Key was used for another body, or for a task that has been erased.",
        "Use a new key for each new task, and repeat a key only to send the same request again.";
    PreconditionRequired = "precondition_required", 428, "Precondition required",
        "On this server, each change to an existing task must name the revision that it changes.",
        "Send the task's ETag in the If-Match header.";
    RateLimited = "rate_limited", 429, "Too many requests",
        "You have sent more requests than your quota allows, or have too much under way at once.",
        "Wait for the number of seconds in the Retry-After header. The member policy says which bound was reached, and the RateLimit header how many requests are left.";
    HeadersTooLarge = "headers_too_large", 431, "Headers too large",
        "The request's head, its address and headers together, is larger than 16 KiB.",
        "Send shorter or fewer headers and parameters.";
    Internal = "internal", 500, "Internal error",
        "The fault is in the server, not in the request.",
        "It has been logged. Give the server's operator the request_id of the answer.";
    Unavailable = "unavailable", 503, "Unavailable",
        "The server cannot do this now: its store is down or full, it is overloaded, or it is stopping.",
        "Wait for the number of seconds in the Retry-After header, and send the request again.";
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

impl Serialize for ProblemCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl ProblemCode {
    /// A problem with this code, as a document.
    pub(crate) fn example(self) -> Value {
        let error = match self {
            Self::ValidationFailed => Some(FieldError::pointer("/title", Violation::too_long(200))),
            Self::InvalidParameter => PageLimit::new(0)
                .err()
                .map(|violation| FieldError::parameter("limit", violation)),
            Self::InvalidCursor => Some(FieldError::invalid_cursor()),
            _ => None,
        };
        let mut problem = Problem::new(self, self.cause());
        problem.errors.extend(error);
        let document = problem.to_json("/api/tasks", "0193a5c8-7e2b-7c4d-9f10-6b1a2c3d4e5f");
        serde_json::from_slice(&document).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
