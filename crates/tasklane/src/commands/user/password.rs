//! A password that an operator gives to a user.

use std::io::Read;

use rand::TryRng;
use rand::rngs::SysRng;
use tasklane_domain::user::{Email, Password};

use super::CommandError;

/// Letters and digits that are not taken for each other when they are read out.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789A";
/// Characters of a password that is made: 100 bits.
const LENGTH: usize = 20;
/// The most that is read of stdin: far beyond every password.
const LONGEST_INPUT: u64 = 4096;

/// A new password, and whether it is to be shown.
pub(super) struct NewPassword {
    pub(super) value: Password,
    made: Option<String>,
}

impl NewPassword {
    /// Reads the first line of stdin, or makes a password.
    ///
    /// # Errors
    /// There is no line, or the password is not good enough.
    pub(super) fn obtain(from_stdin: bool, email: Option<&Email>) -> Result<Self, CommandError> {
        let (text, made) = if from_stdin {
            (first_line()?, None)
        } else {
            let text = make()?;
            (text.clone(), Some(text))
        };
        let value = Password::parse(&text, email)
            .map_err(|violation| format!("the password {violation}"))?;
        Ok(Self { value, made })
    }

    /// The line that tells a password that was made.
    pub(super) fn shown(&self) -> String {
        let made = self.made.as_ref();
        made.map_or_else(String::new, |made| format!("password: {made}\n"))
    }
}

fn first_line() -> Result<String, CommandError> {
    let mut text = String::new();
    std::io::stdin()
        .take(LONGEST_INPUT)
        .read_to_string(&mut text)?;
    let line = text.lines().next().unwrap_or_default();
    Ok(line.to_owned())
}

/// A byte is taken modulo 32, which favours no letter.
fn make() -> Result<String, rand::rngs::SysError> {
    let mut bytes = [0; LENGTH];
    SysRng.try_fill_bytes(&mut bytes)?;
    let letter = |byte: u8| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]);
    Ok(bytes.into_iter().map(letter).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_that_are_made_are_good_and_differ() {
        let (one, other) = (make().unwrap(), make().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.len(), LENGTH);
        let obtained = NewPassword::obtain(false, None).unwrap();
        assert!(obtained.shown().starts_with("password: "));
    }
}
