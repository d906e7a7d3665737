//! What is done to every text, wherever it was written.

/// The text without the white space around it, which shells and editors leave behind.
///
/// # Errors
/// The rule that it breaks: control characters are refused, since nobody sees them in a name.
pub(super) fn clean(text: &str) -> Result<&str, &'static str> {
    let text = text.trim();
    if text.chars().any(char::is_control) {
        return Err("must not contain control characters, such as a line break");
    }
    Ok(text)
}
