//! Lengths of time as settings: `"500ms"`, `"90s"`, `"15m"`, `"1h30m"`, `"30d"`.

use std::time::Duration;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};
use validator::ValidationError;

/// The longest length of time that a setting takes: ten years, far from every overflow.
const LONGEST: Duration = Duration::from_hours(3650 * 24);

/// The units, longest first, in milliseconds.
const UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Reads a length of time: whole numbers, each with its unit (`ms`, `s`, `m`, `h` or `d`), at most
/// ten years in all.
///
/// # Errors
/// The rule that the text breaks.
pub(crate) fn parse(text: &str) -> Result<Duration, &'static str> {
    const RULE: &str = "must be a length of time with its unit, such as 500ms, 30s, 15m or 30d";
    const TOO_LONG: &str = "must be at most 3650d";

    let mut rest = text;
    let mut milliseconds = 0_u64;
    while !rest.is_empty() || text.is_empty() {
        let (number, after) = split_where(rest, |character| !character.is_ascii_digit());
        let (unit, after) = split_where(after, |character| character.is_ascii_digit());
        let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit).ok_or(RULE)?;
        if number.is_empty() {
            return Err(RULE);
        }
        milliseconds = number
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(*factor))
            .and_then(|part| milliseconds.checked_add(part))
            .ok_or(TOO_LONG)?;
        rest = after;
    }
    let duration = Duration::from_millis(milliseconds);
    if duration > LONGEST {
        Err(TOO_LONG)
    } else {
        Ok(duration)
    }
}

/// Reads a length of time that is not zero.
///
/// # Errors
/// The rule that the text breaks.
pub(crate) fn parse_positive(text: &str) -> Result<Duration, &'static str> {
    let duration = parse(text)?;
    if duration.is_zero() {
        return Err("must be longer than 0s");
    }
    Ok(duration)
}

fn split_where(text: &str, found: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(found).unwrap_or(text.len()))
}

/// Writes a length of time in the largest unit that takes it whole; [`parse`] reads it back.
fn format(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    UNITS
        .iter()
        .find(|(_, factor)| milliseconds > 0 && milliseconds.is_multiple_of(u128::from(*factor)))
        .map_or_else(
            || "0s".to_owned(),
            |(unit, factor)| format!("{}{unit}", milliseconds / u128::from(*factor)),
        )
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Duration, D::Error> {
    parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

pub(super) fn serialize<S: Serializer>(
    duration: &Duration,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format(*duration))
}

/// The rule that a length of time is not zero.
pub(super) fn not_zero(duration: &Duration) -> Result<(), ValidationError> {
    if duration.is_zero() {
        return Err(ValidationError::new("zero").with_message("must be longer than 0s".into()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_is_read() {
        let read = |text| parse(text).unwrap();
        assert_eq!(read("500ms"), Duration::from_millis(500));
        assert_eq!(read("0s"), Duration::ZERO);
        assert_eq!(read("90s"), Duration::from_secs(90));
        assert_eq!(read("15m"), Duration::from_mins(15));
        assert_eq!(read("2h"), Duration::from_hours(2));
        assert_eq!(read("30d"), Duration::from_hours(30 * 24));
        assert_eq!(read("1h30m"), Duration::from_mins(90));
    }

    #[test]
    fn what_is_no_length_of_time_is_refused() {
        for text in [
            "", "15", "m", "1.5h", "-1s", "1 s", " 1s", "1s ", "1w", "1S", "s1", "1d1",
        ] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_would_overflow_is_refused() {
        for text in [
            "3651d",
            "99999999999999999999d",
            "18446744073709551615d",
            "3650d1ms",
        ] {
            assert_eq!(parse(text), Err("must be at most 3650d"), "{text:?}");
        }
        assert_eq!(parse("3650d"), Ok(LONGEST));
    }

    #[test]
    fn what_is_written_is_read_back() {
        for text in [
            "0s", "1ms", "1500ms", "1s", "90s", "15m", "90m", "36h", "30d",
        ] {
            assert_eq!(format(parse(text).unwrap()), text);
        }
        assert_eq!(format(parse("1h30m").unwrap()), "90m");
        assert_eq!(format(parse("24h").unwrap()), "1d");
    }
}
