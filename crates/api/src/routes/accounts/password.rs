use std::fmt;

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use tasklane_domain::error::Violation;
use tasklane_domain::user::{Email, Password, PasswordAttempt};

use crate::extract::{BodyErrors, text};

/// A password in a body: any string. Never printed.
pub(crate) struct PasswordText(String);

impl PasswordText {
    /// What somebody offers as their password; `None` when it is too long to be anybody's.
    pub(crate) fn candidate(&self) -> Option<PasswordAttempt> {
        PasswordAttempt::new(&self.0)
    }
}

impl fmt::Debug for PasswordText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PasswordText(…)")
    }
}

impl Deserr<BodyErrors> for PasswordText {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, BodyErrors> {
        text(value, location).map(Self)
    }
}

/// A new password that keeps every rule which does not concern the email.
pub(super) struct NewPassword(Password);

impl NewPassword {
    /// The password, once it is known not to be the email.
    pub(super) fn check_against(self, email: Option<&Email>) -> Result<Password, Violation> {
        Password::parse(self.0.as_candidate().expose(), email)
    }
}

impl Deserr<BodyErrors> for NewPassword {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, BodyErrors> {
        Password::parse(&text(value, location)?, None)
            .map(Self)
            .map_err(|violation| BodyErrors::at(location, violation))
    }
}
