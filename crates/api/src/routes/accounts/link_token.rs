use std::fmt;

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use tasklane_domain::service::LinkError;
use tasklane_domain::user::LinkToken;

use crate::extract::{FieldErrors, text};

/// The token of a link in a body: any string. Never printed.
pub(super) struct LinkTokenText(String);

impl LinkTokenText {
    /// The token; a text that is not one is refused like one that was never made.
    pub(super) fn parse(&self) -> Result<LinkToken, LinkError> {
        LinkToken::parse(&self.0).ok_or(LinkError::InvalidToken)
    }
}

impl fmt::Debug for LinkTokenText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("LinkTokenText(…)")
    }
}

impl Deserr<FieldErrors> for LinkTokenText {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, FieldErrors> {
        text(value, location).map(Self)
    }
}
