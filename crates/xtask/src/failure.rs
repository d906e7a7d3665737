//! Why a developer command did not do what it was asked to.

use std::fmt::{self, Display};
use std::process::ExitCode;

/// The exit status shells use for a program ended by Ctrl-C.
const INTERRUPTED: u8 = 130;

/// A [`std::result::Result`] whose error is a [`Failure`].
pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// The end of a command, in words that say what to do next where that is known.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The person at the keyboard, or the system, asked the command to stop.
    Interrupted,
    /// Something went wrong.
    Message(String),
}

impl Failure {
    /// A failure explained by `message`.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self::Message(message.into())
    }

    /// The status with which the command ends.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Interrupted => ExitCode::from(INTERRUPTED),
            Self::Message(_) => ExitCode::FAILURE,
        }
    }
}

impl Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interrupted => formatter.write_str("interrupted"),
            Self::Message(message) => formatter.write_str(message),
        }
    }
}

impl std::error::Error for Failure {}

/// Says what was being done when the system refused.
pub(crate) trait Context<T> {
    /// Turns the error into `<attempt>: <error>`.
    fn context(self, attempt: impl Display) -> Result<T>;
}

impl<T, E: Display> Context<T> for std::result::Result<T, E> {
    fn context(self, attempt: impl Display) -> Result<T> {
        self.map_err(|error| Failure::Message(format!("{attempt}: {error}")))
    }
}
