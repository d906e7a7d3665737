use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use tasklane_domain::error::Violation;
use tasklane_domain::user::{Email, Password};

use crate::extract::{FieldErrors, text};

/// A new password that keeps every rule except those about the email.
pub(super) struct NewPassword(Password);

impl NewPassword {
    /// The password, once it is known not to be the email.
    pub(super) fn check_against(self, email: Option<&Email>) -> Result<Password, Violation> {
        Password::parse(self.0.as_candidate().expose(), email)
    }
}

impl Deserr<FieldErrors> for NewPassword {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, FieldErrors> {
        Password::parse(&text(value, location)?, None)
            .map(Self)
            .map_err(|violation| FieldErrors::at(location, violation))
    }
}
