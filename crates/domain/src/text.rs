//! Rules that texts share. A character is a Unicode scalar value; control characters are C0, DEL
//! and C1.

use crate::error::Violation;

/// At most `max` characters, without counting further than that.
pub(crate) fn check_length(text: &str, max: usize) -> Result<(), Violation> {
    // A text of at most `max` bytes has at most `max` characters.
    if text.len() > max && text.chars().nth(max).is_some() {
        return Err(Violation::too_long(max));
    }
    Ok(())
}

/// No control character but those in `allowed`.
pub(crate) fn check_controls(text: &str, allowed: &[char]) -> Result<(), Violation> {
    // Most texts have not even a byte that begins one, which is much faster to see.
    if !text.bytes().any(may_begin_control) {
        return Ok(());
    }
    if text
        .chars()
        .any(|c| c.is_control() && !allowed.contains(&c))
    {
        return Err(Violation::new(
            "control_character",
            "must not contain control characters",
        ));
    }
    Ok(())
}

/// C0, DEL, or the first byte of C1 in UTF-8.
fn may_begin_control(byte: u8) -> bool {
    byte.is_ascii_control() || byte == 0xC2
}

/// One line of 1 to `max` characters, trimmed of Unicode white space. A text that is given away and
/// needs no trimming is kept as it is.
pub(crate) fn parse_line(
    text: impl AsRef<str> + Into<String>,
    max: usize,
) -> Result<String, Violation> {
    let trimmed = text.as_ref().trim();
    if trimmed.is_empty() {
        return Err(Violation::too_short(1));
    }
    check_length(trimmed, max)?;
    check_controls(trimmed, &[])?;
    Ok(if trimmed.len() == text.as_ref().len() {
        text.into()
    } else {
        trimmed.to_owned()
    })
}
