//! What handlers take from a request.

mod body;
mod body_errors;
mod caller;
mod conditions;
mod fields;
mod json;
mod optional_body;
mod parameters;
mod path_id;

pub use body::{Body, BodyLimit, BodyTimeout, MergePatch};
pub use body_errors::BodyErrors;
pub use caller::{Authenticated, Caller, bearer_token, check_token};
pub use conditions::{IfMatch, IfNoneMatch, KeyHeader, UserAgent};
pub(crate) use fields::DescriptionField;
pub use fields::{Field, text};
pub use optional_body::OptionalBody;
pub use parameters::{ParameterNames, Parameters, parse_flag};
pub use path_id::PathId;
