//! What an operation can fail with, and the problem that its client gets.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use tasklane_domain::error::{Overload, StoreError, Violation, with_causes};
use tasklane_domain::port::{HashError, TokenError};
use tasklane_domain::service::{
    AccessError, CreateError, EraseError, LinkError, LoginError, PasswordError, RefreshError,
    RegistrationError, TooManyGuesses,
};
use tasklane_domain::task::{FeedError, Part, Quota, Refusal, Revision, Task, WriteError};

use crate::cursor::InvalidCursor;
use crate::etag::task_etag;
use crate::metrics::record_shed;
use crate::problem::{FieldError, FieldErrors, Problem, ProblemCode};
use crate::rate_limit::{PolicyName, rate_limited};
use crate::seconds::whole_seconds;

/// Seconds after which a client may try again what the store could not do.
const RETRY_AFTER_SECONDS: u16 = 1;

/// What an operation can fail with.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// A problem that is complete.
    #[error("{}", .0.detail)]
    Problem(Problem),
    /// The body, read as a whole, breaks rules.
    #[error("the body is invalid")]
    Body(FieldErrors),
    /// Parameters break rules.
    #[error("parameters are invalid")]
    Parameters(Vec<FieldError>),
    /// The cursor does not belong to the list.
    #[error(transparent)]
    Cursor(#[from] InvalidCursor),
    /// A point of the change feed is named that was made for other kinds.
    #[error("the point in {parameter} belongs to other kinds")]
    OtherKinds {
        /// Where it is named.
        parameter: &'static str,
    },
    /// The resource does not exist (for this caller).
    #[error("the resource does not exist")]
    NotFound,
    /// The caller showed no access token.
    #[error("no access token was sent")]
    Unauthenticated,
    /// The caller is refused.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// A task was not written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A task was not created.
    #[error(transparent)]
    Create(#[from] CreateError),
    /// A batch was not done.
    #[error(transparent)]
    Batch(WriteError),
    /// The change feed cannot be continued.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// No account was created.
    #[error(transparent)]
    Registration(#[from] RegistrationError),
    /// Nobody was signed in.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// A session was not refreshed.
    #[error(transparent)]
    Refresh(#[from] RefreshError),
    /// A password was not changed.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// A link was not sent, or did nothing.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// A user was not erased.
    #[error(transparent)]
    Erase(#[from] EraseError),
    /// The store cannot do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl ApiError {
    /// One field of the body that breaks a rule.
    pub fn field(pointer: impl Into<String>, violation: Violation) -> Self {
        Self::Body(vec![FieldError::pointer(pointer, violation)].into())
    }

    /// One parameter that breaks a rule.
    pub fn parameter(name: impl Into<String>, violation: Violation) -> Self {
        Self::Parameters(vec![FieldError::parameter(name, violation)])
    }

    /// The problem that the client gets.
    #[must_use]
    pub fn problem(&self) -> Problem {
        match self {
            Self::Problem(problem) => problem.clone(),
            Self::Body(errors) => {
                Problem::with_errors(ProblemCode::ValidationFailed, "field", errors.clone())
            }
            Self::Parameters(errors) => {
                Problem::with_errors(ProblemCode::InvalidParameter, "parameter", errors.clone())
            }
            Self::Cursor(_) => {
                let error = FieldError::invalid_cursor();
                Problem::with_errors(ProblemCode::InvalidCursor, "parameter", vec![error])
            }
            Self::OtherKinds { parameter } => {
                let violation = Violation::new("other_kinds", "belongs to another choice of kinds");
                let error = FieldError::parameter(*parameter, violation);
                Problem::with_errors(ProblemCode::InvalidCursor, "parameter", vec![error])
            }
            Self::NotFound => not_found(),
            Self::Unauthenticated => challenge(
                Problem::new(ProblemCode::Unauthenticated, "send an access token"),
                None,
            ),
            Self::Access(error) => access(error),
            Self::Write(error) | Self::Create(CreateError::Write(error)) => write(error),
            Self::Create(CreateError::KeyReused) => Problem::new(
                ProblemCode::IdempotencyKeyReused,
                "the key was used for another body, or for a task that was erased",
            ),
            Self::Batch(error) => batch(error),
            Self::Feed(error) => feed(error),
            Self::Registration(error) => registration(error),
            Self::Login(error) => login(error),
            Self::Refresh(error) => refresh(error),
            Self::Password(error) => password(error, "/current_password"),
            Self::Link(error) => link(error),
            Self::Erase(EraseError::Password(error)) => password(error, "/password"),
            Self::Erase(EraseError::Store(error)) | Self::Store(error) => store(error),
        }
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.problem().status()
    }

    fn error_response(&self) -> HttpResponse {
        let problem = self.problem();
        // What is a problem already is no failure: a bound that was reached, or readiness, which logs
        // its cause.
        let failed = !matches!(self, Self::Problem(_)) && problem.status().is_server_error();
        if failed && Overload::caused(self) {
            record_shed();
            tracing::warn!(error = with_causes(self), "request shed");
        } else if failed {
            tracing::error!(error = with_causes(self), "request failed");
        }
        problem.into_response()
    }
}

fn not_found() -> Problem {
    Problem::new(ProblemCode::NotFound, "the resource does not exist")
}

fn store(error: &StoreError) -> Problem {
    match error {
        StoreError::Unavailable(_) => unavailable("the store is not available"),
        StoreError::Busy => {
            let reason = "your other requests took too long";
            rate_limited(PolicyName::Concurrency, reason, RETRY_AFTER_SECONDS.into())
        }
        StoreError::Refused(_) => Problem::new(
            ProblemCode::ValidationFailed,
            "the store cannot take this data",
        ),
        StoreError::Corrupt(..) => internal(),
    }
}

fn internal() -> Problem {
    Problem::new(
        ProblemCode::Internal,
        "something went wrong; it has been logged",
    )
}

/// The service cannot be given at present; try again soon.
#[must_use]
pub fn unavailable(detail: &'static str) -> Problem {
    Problem::new(ProblemCode::Unavailable, detail)
        .with_header(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECONDS))
}

/// Adds the challenge that goes with every 401 (RFC 6750, section 3).
fn challenge(problem: Problem, error: Option<&str>) -> Problem {
    let value = match error {
        None => HeaderValue::from_static("Bearer"),
        Some(description) => {
            let text =
                format!(r#"Bearer error="invalid_token", error_description="{description}""#);
            HeaderValue::from_str(&text)
                .unwrap_or(HeaderValue::from_static(r#"Bearer error="invalid_token""#))
        }
    };
    problem.with_header(header::WWW_AUTHENTICATE, value)
}

fn access(error: &AccessError) -> Problem {
    let (code, detail) = match error {
        AccessError::Token(TokenError::Expired) => (
            ProblemCode::TokenExpired,
            "the token has expired".to_owned(),
        ),
        AccessError::Token(TokenError::KeysUnavailable) => {
            return unavailable("the keys of the token's issuer are not available");
        }
        AccessError::Token(error) => (ProblemCode::InvalidToken, error.to_string()),
        AccessError::Revoked => (
            ProblemCode::InvalidToken,
            "the token was revoked".to_owned(),
        ),
        AccessError::Store(error) => return store(error),
    };
    let problem = Problem::new(code, detail.clone());
    challenge(problem, Some(&detail))
}

fn write(error: &WriteError) -> Problem {
    match error {
        WriteError::Refused { refusal, .. } => refused(refusal, ""),
        WriteError::UnknownOwner | WriteError::Revoked => access(&AccessError::Revoked),
        WriteError::Store(error) => store(error),
    }
}

/// The problem behind a refusal of the operation that is there in the body.
fn refused(refusal: &Refusal, operation: &str) -> Problem {
    match refusal {
        Refusal::NotFound => not_found(),
        Refusal::PreconditionFailed { current } => {
            let detail = format!("the task is at revision {}", current.revision);
            precondition_failed(detail, Some(&**current))
        }
        Refusal::AlreadyExists { current } => {
            let detail = match current.as_deref() {
                Some(task) if task.is_deleted() => "a task in the trash has this id",
                Some(_) => "a task with this id exists",
                None => "a task that was erased had this id",
            };
            precondition_failed(detail.to_owned(), current.as_deref())
        }
        Refusal::PreconditionRequired { current } => {
            let detail = "send the revision in If-Match";
            with_etag(
                Problem::new(ProblemCode::PreconditionRequired, detail),
                *current,
            )
        }
        Refusal::NotDeleted => {
            Problem::new(ProblemCode::NotDeleted, "the task is not in the trash")
        }
        Refusal::QuotaExceeded { quota, .. } => {
            Problem::new(ProblemCode::QuotaExceeded, refusal.to_string())
                .with_limit(setting(*quota))
        }
        Refusal::InvalidInput(invalid) => {
            let part = match invalid.part {
                // Alone, it is the whole body.
                _ if operation.is_empty() => "",
                Part::Draft => "/task",
                Part::Patch => "/patch",
                Part::Operation => "",
            };
            let pointer = format!("{operation}{part}/{}", invalid.member);
            let error = FieldError::pointer(pointer, invalid.violation.clone());
            Problem::with_errors(ProblemCode::ValidationFailed, "field", vec![error])
        }
        // Who asks for less than the whole order asks again.
        Refusal::OutOfReach => internal(),
    }
}

/// The setting that a quota comes from.
fn setting(quota: Quota) -> &'static str {
    match quota {
        Quota::OpenTasks => "quota.tasks_per_user",
        Quota::Items => "quota.items_per_user",
        Quota::Bytes => "quota.bytes_per_user",
    }
}

/// A failed precondition, with the task as it is; `None` for one that was erased.
fn precondition_failed(detail: String, current: Option<&Task>) -> Problem {
    let mut problem = Problem::new(ProblemCode::PreconditionFailed, detail);
    problem.current = Some(current.cloned().map(Box::new));
    match current {
        Some(task) => with_etag(problem, task.revision),
        None => problem,
    }
}

fn with_etag(problem: Problem, revision: Revision) -> Problem {
    problem.with_header(header::ETAG, task_etag(revision))
}

fn batch(error: &WriteError) -> Problem {
    match error {
        WriteError::UnknownOwner | WriteError::Revoked => access(&AccessError::Revoked),
        WriteError::Store(error) => store(error),
        WriteError::Refused { index, refusal } => {
            let mut problem = refused_in_batch(refusal, *index);
            // It may be what an operation before made of it, and that was not done.
            problem.current = None;
            problem
        }
    }
}

/// The problem behind the refusal of an operation of a batch, counted from zero.
pub(crate) fn refused_in_batch(refusal: &Refusal, index: usize) -> Problem {
    let pointer = format!("/operations/{index}");
    let mut problem = refused(refusal, &pointer);
    if problem.errors.is_empty() {
        let violation = Violation::new(problem.code.as_str(), problem.detail.clone());
        problem.errors.push(FieldError::pointer(pointer, violation));
    }
    problem
}

fn feed(error: &FeedError) -> Problem {
    match error {
        FeedError::Expired => Problem::new(
            ProblemCode::SyncExpired,
            "changes since then have been purged",
        ),
        FeedError::Ahead { current } => Problem::new(
            ProblemCode::SyncExpired,
            format!("that is ahead of your revision, {current}: the server has been set back"),
        ),
        FeedError::Store(error) => store(error),
    }
}

fn hash(error: &HashError) -> Problem {
    match error {
        HashError::Busy => unavailable("too many passwords are being checked"),
        HashError::TooMany => {
            let reason = "too many passwords at once";
            rate_limited(PolicyName::Auth, reason, RETRY_AFTER_SECONDS.into())
        }
        HashError::Failed(_) => internal(),
    }
}

fn too_many_guesses(error: &TooManyGuesses) -> Problem {
    let wait = whole_seconds(error.retry_after);
    rate_limited(PolicyName::Auth, "too many wrong passwords", wait)
}

fn registration(error: &RegistrationError) -> Problem {
    match error {
        RegistrationError::Disabled => Problem::new(
            ProblemCode::RegistrationDisabled,
            "registration is closed on this server",
        ),
        RegistrationError::EmailTaken => Problem::new(
            ProblemCode::EmailTaken,
            "another account has this email address",
        ),
        RegistrationError::Hash(error) => hash(error),
        RegistrationError::Store(error) => store(error),
    }
}

fn login(error: &LoginError) -> Problem {
    match error {
        LoginError::InvalidCredentials => challenge(
            Problem::new(
                ProblemCode::InvalidCredentials,
                "email or password is wrong",
            ),
            None,
        ),
        LoginError::EmailNotVerified => Problem::new(
            ProblemCode::EmailNotVerified,
            "verify your email address first",
        ),
        LoginError::TooManyGuesses(error) => too_many_guesses(error),
        LoginError::Hash(error) => hash(error),
        LoginError::Store(error) => store(error),
    }
}

fn refresh(error: &RefreshError) -> Problem {
    match error {
        RefreshError::InvalidToken => challenge(
            Problem::new(
                ProblemCode::InvalidRefreshToken,
                "the refresh token is not accepted",
            ),
            Some("the refresh token is not accepted"),
        ),
        RefreshError::Store(error) => store(error),
    }
}

fn link(error: &LinkError) -> Problem {
    const REFUSAL: &str = "the token is not accepted";
    match error {
        LinkError::NotServed => Problem::new(
            ProblemCode::NotFound,
            "this server sends no such links by mail",
        ),
        LinkError::NoAccount => not_found(),
        LinkError::InvalidToken => challenge(
            Problem::new(ProblemCode::InvalidResetToken, REFUSAL),
            Some(REFUSAL),
        ),
        LinkError::Hash(error) => hash(error),
        LinkError::Store(error) => store(error),
    }
}

fn password(error: &PasswordError, pointer: &str) -> Problem {
    match error {
        PasswordError::Incorrect => {
            let violation = Violation::new("incorrect", "is not the account's password");
            let error = FieldError::pointer(pointer, violation);
            Problem::with_errors(ProblemCode::ValidationFailed, "field", vec![error])
        }
        PasswordError::NoAccount => not_found(),
        PasswordError::TooManyGuesses(error) => too_many_guesses(error),
        PasswordError::Hash(error) => hash(error),
        PasswordError::Store(error) => store(error),
    }
}
