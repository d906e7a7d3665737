//! Errors, for people who read one line.

use std::error::Error;

/// What an error says and why, the causes behind it, without saying anything twice.
pub(crate) fn one_line(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        // PostgreSQL puts its hints on lines of their own.
        let text = cause.to_string().replace('\n', "; ");
        if !line.contains(&text) {
            line = format!("{line}: {text}");
        }
        source = cause.source();
    }
    line
}
