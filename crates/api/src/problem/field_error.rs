use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use tasklane_domain::error::Violation;
use utoipa::{PartialSchema, ToSchema};

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
    pub location: Location,
    /// Which rule.
    pub violation: Violation,
}

impl FieldError {
    /// A field of the body.
    pub fn pointer(pointer: impl Into<String>, violation: Violation) -> Self {
        Self {
            location: Location::Pointer(pointer.into()),
            violation,
        }
    }

    /// A parameter.
    pub fn parameter(name: impl Into<String>, violation: Violation) -> Self {
        Self {
            location: Location::Parameter(name.into()),
            violation,
        }
    }

    /// A cursor that does not belong to the list.
    #[must_use]
    pub fn invalid_cursor() -> Self {
        let message = "must be a next_cursor of the same list";
        Self::parameter("cursor", Violation::new("invalid", message))
    }
}

impl Serialize for FieldError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (pointer, parameter) = match &self.location {
            Location::Pointer(pointer) => (Some(pointer.as_str()), None),
            Location::Parameter(name) => (None, Some(name.as_str())),
        };
        let Violation {
            code,
            message,
            params,
            ..
        } = &self.violation;
        let view = FieldErrorView {
            pointer,
            parameter,
            code,
            message,
            params: params.iter().copied().collect(),
        };
        view.serialize(serializer)
    }
}

impl PartialSchema for FieldError {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        FieldErrorView::schema()
    }
}

impl ToSchema for FieldError {}

/// A field that breaks a rule. It has either `pointer` or `parameter`.
#[derive(Serialize, ToSchema)]
struct FieldErrorView<'a> {
    /// A JSON Pointer (RFC 6901) into the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "/title")]
    pointer: Option<&'a str>,
    /// The name of a query, path or header parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    parameter: Option<&'a str>,
    /// The rule, stable and machine-readable.
    #[schema(example = "too_long")]
    code: &'a str,
    /// The rule in words, to be read after the field's name.
    #[schema(example = "must be at most 200 characters")]
    message: &'a str,
    /// The rule's numbers by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(required = false)]
    params: BTreeMap<&'static str, u64>,
}
