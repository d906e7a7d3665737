use std::fmt;

use crate::clock::Timestamp;
use crate::error::Violation;

/// Longest order key, in characters.
pub const MAX_ORDER_KEY_LENGTH: usize = 128;

/// The digits of base 62, in the order of their bytes.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ZERO: u8 = DIGITS[0];
const HIGHEST: u8 = DIGITS[61];

/// The head of the default keys: nine digits follow.
const INSTANT_HEAD: u8 = b'i';
const INSTANT_DIGITS: usize = 9;

/// A place in an order that people make by hand: text that sorts by its bytes, so that one item is
/// moved by giving it another key.
///
/// Its form is that of the npm package `fractional-indexing` in base 62. An integer comes first: a
/// letter that says how many digits follow (`a` 1 to `z` 26, `Z` 1 to `A` 26), and these digits of
/// `0-9A-Za-z`. Then come any digits of a fraction, the last of which is not `0`. A key has at most
/// [`MAX_ORDER_KEY_LENGTH`] characters, and is not the smallest integer, `A` and 26 zeros, since
/// nothing could be placed before that.
///
/// ```
/// use tasklane_domain::task::OrderKey;
///
/// let first = OrderKey::parse("a0")?;
/// let last = OrderKey::parse("a1")?;
/// let between = OrderKey::between(Some(&first), Some(&last));
/// assert_eq!(between, Some(OrderKey::parse("a0V")?));
/// # Ok::<(), tasklane_domain::error::Violation>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderKey(String);

impl OrderKey {
    /// Checks a key. It is taken as it is: nothing is trimmed.
    ///
    /// # Errors
    /// `invalid_position`.
    pub fn parse(text: impl AsRef<str> + Into<String>) -> Result<Self, Violation> {
        if is_key(text.as_ref().as_bytes()) {
            return Ok(Self(text.into()));
        }
        Err(Violation::new(
            "invalid_position",
            "must be an order key of base 62, such as a0 or a0V",
        ))
    }

    /// The key that an item has by default: its creation in microseconds since 1970, so that what is
    /// new comes last without anything being read. An instant before 1970 counts as 1970, one after
    /// 2398 as the last that nine digits can say.
    #[must_use]
    pub fn of_instant(at: Timestamp) -> Self {
        let mut rest = u64::try_from(at.as_micros()).unwrap_or_default();
        let most = 62_u64.pow(9) - 1;
        rest = rest.min(most);
        let mut key = vec![ZERO; 1 + INSTANT_DIGITS];
        key[0] = INSTANT_HEAD;
        for digit in key[1..].iter_mut().rev() {
            *digit = digit_of(rest % 62);
            rest /= 62;
        }
        Self(into_text(key))
    }

    /// A key between two; `None` stands for the end of the order. `None` when the first is not before
    /// the second, or when no key of at most [`MAX_ORDER_KEY_LENGTH`] characters is between them.
    #[must_use]
    pub fn between(after: Option<&Self>, before: Option<&Self>) -> Option<Self> {
        let key = match (after, before) {
            (None, None) => first_of(b'a'),
            (None, Some(before)) => below(before),
            (Some(after), None) => above(after),
            (Some(after), Some(before)) if after < before => amid(after, before),
            (Some(_), Some(_)) => return None,
        };
        // A key that is too long is the only one that could be refused.
        is_key(&key).then(|| Self(into_text(key)))
    }

    /// Several keys between two, in ascending order; `None` as in [`OrderKey::between`].
    pub(super) fn spread(
        after: Option<&Self>,
        before: Option<&Self>,
        count: usize,
    ) -> Option<Vec<Self>> {
        if count == 0 {
            return Some(Vec::new());
        }
        let middle = Self::between(after, before)?;
        let mut keys = Self::spread(after, Some(&middle), (count - 1) / 2)?;
        let behind = Self::spread(Some(&middle), before, count / 2)?;
        keys.push(middle);
        keys.extend(behind);
        Some(keys)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The integer with its head, and the fraction.
    fn parts(&self) -> (&[u8], &[u8]) {
        let bytes = self.0.as_bytes();
        let digits = bytes.first().copied().and_then(digits_after);
        bytes.split_at((1 + digits.unwrap_or_default()).min(bytes.len()))
    }
}

impl fmt::Display for OrderKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn is_key(bytes: &[u8]) -> bool {
    let Some(digits) = bytes.first().copied().and_then(digits_after) else {
        return false;
    };
    let Some((integer, fraction)) = bytes.split_at_checked(1 + digits) else {
        return false;
    };
    bytes.len() <= MAX_ORDER_KEY_LENGTH
        && bytes.iter().all(u8::is_ascii_alphanumeric)
        && fraction.last() != Some(&ZERO)
        && !(fraction.is_empty() && is_smallest(integer))
}

/// How many digits of the integer follow its head.
fn digits_after(head: u8) -> Option<usize> {
    match head {
        b'a'..=b'z' => Some(usize::from(head - b'a') + 1),
        b'A'..=b'Z' => Some(usize::from(b'Z' - head) + 1),
        _ => None,
    }
}

fn is_smallest(integer: &[u8]) -> bool {
    integer.first() == Some(&b'A') && integer[1..].iter().all(|digit| *digit == ZERO)
}

/// The lowest integer with this head.
fn first_of(head: u8) -> Vec<u8> {
    filled(head, ZERO)
}

fn filled(head: u8, digit: u8) -> Vec<u8> {
    let mut integer = vec![digit; 1 + digits_after(head).unwrap_or_default()];
    integer[0] = head;
    integer
}

/// The next integer.
fn increment(integer: &[u8]) -> Option<Vec<u8>> {
    let mut next = integer.to_vec();
    for digit in next[1..].iter_mut().rev() {
        if *digit != HIGHEST {
            *digit = digit_of(value_of(*digit) + 1);
            return Some(next);
        }
        *digit = ZERO;
    }
    match integer[0] {
        b'Z' => Some(first_of(b'a')),
        b'z' => None,
        head => Some(first_of(head + 1)),
    }
}

/// The integer before.
fn decrement(integer: &[u8]) -> Option<Vec<u8>> {
    let mut previous = integer.to_vec();
    for digit in previous[1..].iter_mut().rev() {
        if *digit != ZERO {
            *digit = digit_of(value_of(*digit) - 1);
            return Some(previous);
        }
        *digit = HIGHEST;
    }
    match integer[0] {
        b'a' => Some(filled(b'Z', HIGHEST)),
        b'A' => None,
        head => Some(filled(head - 1, HIGHEST)),
    }
}

fn above(key: &OrderKey) -> Vec<u8> {
    let (integer, fraction) = key.parts();
    increment(integer).unwrap_or_else(|| joined(integer, &middle(fraction, None)))
}

fn below(key: &OrderKey) -> Vec<u8> {
    let (integer, fraction) = key.parts();
    if !fraction.is_empty() && !is_smallest(integer) {
        return integer.to_vec();
    }
    match decrement(integer) {
        // Alone, it would be the one integer that is not a key.
        Some(smallest) if is_smallest(&smallest) => joined(&smallest, &middle(&[], None)),
        Some(previous) => previous,
        None => joined(integer, &middle(&[], Some(fraction))),
    }
}

fn amid(after: &OrderKey, before: &OrderKey) -> Vec<u8> {
    let (low, fraction) = after.parts();
    let (high, end) = before.parts();
    if low == high {
        return joined(low, &middle(fraction, Some(end)));
    }
    match increment(low) {
        Some(next) if next.as_slice() < before.0.as_bytes() => next,
        _ => joined(low, &middle(fraction, None)),
    }
}

/// A fraction between two, with few digits; `None` stands for one. It does not end in zero.
fn middle(low: &[u8], high: Option<&[u8]>) -> Vec<u8> {
    let mut digits = Vec::new();
    let mut high = high;
    for index in 0.. {
        let at_low = low.get(index).map_or(0, |digit| value_of(*digit));
        let at_high = match high {
            None => 62,
            Some(high) => high.get(index).map_or(0, |digit| value_of(*digit)),
        };
        if at_high > at_low + 1 {
            digits.push(digit_of(u64::midpoint(at_low, at_high)));
            break;
        }
        if at_high > at_low {
            let is_longer = high.is_some_and(|high| high.len() > index + 1);
            if is_longer {
                digits.push(digit_of(at_high));
                break;
            }
            // From here on, everything that begins like the lower one is below the higher one.
            high = None;
        }
        digits.push(digit_of(at_low));
    }
    digits
}

fn joined(integer: &[u8], fraction: &[u8]) -> Vec<u8> {
    [integer, fraction].concat()
}

fn digit_of(value: u64) -> u8 {
    let index = usize::try_from(value).unwrap_or_default();
    DIGITS.get(index).copied().unwrap_or(HIGHEST)
}

fn value_of(digit: u8) -> u64 {
    match digit {
        b'0'..=b'9' => u64::from(digit - b'0'),
        b'A'..=b'Z' => u64::from(digit - b'A') + 10,
        _ => u64::from(digit.saturating_sub(b'a')) + 36,
    }
}

/// A key's bytes are ASCII.
fn into_text(key: Vec<u8>) -> String {
    key.into_iter().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> OrderKey {
        OrderKey::parse(text).unwrap()
    }

    fn between(after: Option<&str>, before: Option<&str>) -> Option<String> {
        let [after, before] = [after, before].map(|text| text.map(key));
        OrderKey::between(after.as_ref(), before.as_ref()).map(|key| key.0)
    }

    #[test]
    fn only_well_formed_keys_are_taken() {
        let longest_integer = format!("z{}", "z".repeat(26));
        let before_the_smallest = format!("A{}1", "0".repeat(26));
        let longest = format!("a0{}", "V".repeat(126));
        for good in [
            "a0",
            "Zz",
            "a0V",
            "i8DxsAn8fI",
            &longest_integer,
            &before_the_smallest,
            &longest,
        ] {
            assert_eq!(key(good).as_str(), good);
        }
        let smallest = format!("A{}", "0".repeat(26));
        let too_long = format!("a0{}", "V".repeat(127));
        for bad in [
            "",
            "a",
            "b0",
            "0",
            "a00",
            "a0V0",
            "a-",
            "a0 ",
            " a0",
            "á0",
            "a0é",
            "i8DxsAn8f",
            &smallest,
            &too_long,
        ] {
            let violation = OrderKey::parse(bad).unwrap_err();
            assert_eq!(violation.code, "invalid_position", "{bad}");
        }
    }

    #[test]
    fn a_default_key_is_the_instant_in_nine_digits() {
        let of_micros = |micros| OrderKey::of_instant(Timestamp::from_micros(micros).unwrap()).0;
        assert_eq!(of_micros(0), "i000000000");
        assert_eq!(of_micros(-5), "i000000000");
        assert_eq!(of_micros(63), "i000000011");
        assert_eq!(of_micros(1_795_905_000_000_000), "i8DxuhrMxM");
        assert_eq!(of_micros(62_i64.pow(9)), "izzzzzzzzz");
    }

    #[test]
    fn a_key_between_two_is_short() {
        for (after, before, expected) in [
            (None, None, "a0"),
            (None, Some("a0"), "Zz"),
            (None, Some("a0V"), "a0"),
            (Some("a0"), None, "a1"),
            (Some("az"), None, "b00"),
            (Some("Zz"), None, "a0"),
            (Some("a0"), Some("a1"), "a0V"),
            (Some("a0"), Some("a0V"), "a0F"),
            (Some("a0"), Some("a2"), "a1"),
            (Some("a0z"), Some("a1"), "a0zV"),
            (Some("a0"), Some("a001"), "a000V"),
            (Some("Zz"), Some("a01"), "a0"),
        ] {
            let key = between(after, before);
            assert_eq!(key.as_deref(), Some(expected), "{after:?} {before:?}");
        }
    }

    #[test]
    fn the_ends_of_the_order_are_reached_by_fractions() {
        let largest = format!("z{}", "z".repeat(26));
        assert_eq!(between(Some(&largest), None), Some(format!("{largest}V")));
        let smallest = format!("A{}", "0".repeat(26));
        let second = format!("A{}1", "0".repeat(25));
        assert_eq!(between(None, Some(&second)), Some(format!("{smallest}V")));
        let first = format!("{smallest}1");
        assert_eq!(between(None, Some(&first)), Some(format!("{smallest}0V")));
    }

    #[test]
    fn there_is_no_key_between_equal_or_reversed_keys_or_where_it_would_be_too_long() {
        assert_eq!(between(Some("a0"), Some("a0")), None);
        assert_eq!(between(Some("a1"), Some("a0")), None);
        let longest = format!("a0{}1", "0".repeat(125));
        assert_eq!(between(Some("a0"), Some(&longest)), None);
        let longest = format!("a0{}", "z".repeat(126));
        assert_eq!(between(Some(&longest), Some("a1")), None);
    }
}
