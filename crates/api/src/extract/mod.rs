//! What operations take from a request. Each part documents itself.

mod body;
mod body_bytes;
mod caller;
mod field_errors;
mod fields;
mod idempotency_key;
mod if_match;
mod json;
mod media_type;
mod parameters;
mod path_id;
mod query;
mod user_agent;

pub(crate) use body::OPEN_BODY_LIMIT;
pub use body::{Body, MergePatch, OptionalBody};
pub use body_bytes::BodyTimeout;
pub use caller::{AnyBearer, Authenticated, Caller, bearer_token, check_token};
pub use field_errors::FieldErrors;
pub(crate) use fields::{DescriptionField, Kept, integer, wrong_kind};
pub use fields::{Field, text};
pub use idempotency_key::KeyHeader;
pub use if_match::{IfAbsent, IfMatch, IfNoneMatch};
pub use parameters::Many;
pub(crate) use parameters::{Flag, parsed_parameters};
pub use path_id::PathId;
pub use query::Query;
pub use user_agent::UserAgent;
