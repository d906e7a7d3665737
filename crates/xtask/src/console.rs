//! What the commands write to the terminal.

use std::fmt::Display;
use std::io::{self, Write};

/// Writes a line to standard output. A closed pipe (`cargo xtask check | head`) is no reason to
/// panic, so the result is dropped.
pub(crate) fn say(line: impl Display) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// Writes a line to standard error.
pub(crate) fn complain(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}
