use std::fmt;

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use tasklane_domain::user::PasswordAttempt;

use crate::extract::{FieldErrors, text};

/// A password in a body: any string. Never printed.
pub(crate) struct PasswordText(String);

impl PasswordText {
    /// The attempt to sign in with it; `None` when it is too long to be a password.
    pub(crate) fn attempt(&self) -> Option<PasswordAttempt> {
        PasswordAttempt::new(&self.0)
    }
}

impl fmt::Debug for PasswordText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PasswordText(…)")
    }
}

impl Deserr<FieldErrors> for PasswordText {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, FieldErrors> {
        text(value, location).map(Self)
    }
}
