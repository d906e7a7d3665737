//! Instants, and where the present one comes from.

use std::fmt;

use chrono::{DateTime, Datelike, SecondsFormat, SubsecRound, Timelike, Utc};

/// An instant in UTC, truncated to microseconds, so that every store returns the one that it was
/// given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// Truncates an instant to microseconds. A leap second counts as the second after it, as in Unix
    /// time.
    #[must_use]
    pub fn new(instant: DateTime<Utc>) -> Self {
        let micros = DateTime::from_timestamp_micros(instant.timestamp_micros());
        Self(micros.unwrap_or_else(|| instant.trunc_subsecs(6)))
    }

    /// The instant `micros` microseconds after 1970-01-01T00:00:00Z; `None` outside chrono's range.
    #[must_use]
    pub fn from_micros(micros: i64) -> Option<Self> {
        DateTime::from_timestamp_micros(micros).map(Self)
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn as_micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// The instant as a chrono value.
    #[must_use]
    pub fn as_datetime(self) -> DateTime<Utc> {
        self.0
    }

    /// The instant `span` later, or the last instant of chrono's range.
    #[must_use]
    pub fn after(self, span: std::time::Duration) -> Self {
        chrono::TimeDelta::from_std(span)
            .ok()
            .and_then(|delta| self.0.checked_add_signed(delta))
            .map_or(Self(DateTime::<Utc>::MAX_UTC.trunc_subsecs(6)), Self::new)
    }

    /// The instant `span` earlier, or the first instant of chrono's range.
    #[must_use]
    pub fn before(self, span: std::time::Duration) -> Self {
        chrono::TimeDelta::from_std(span)
            .ok()
            .and_then(|delta| self.0.checked_sub_signed(delta))
            .map_or(Self(DateTime::<Utc>::MIN_UTC), Self::new)
    }

    /// How long it is until a later instant; zero when that has passed.
    #[must_use]
    pub fn until(self, later: Self) -> std::time::Duration {
        (later.0 - self.0).to_std().unwrap_or_default()
    }
}

/// RFC 3339 in UTC with six digits: `2026-11-20T21:04:05.123456Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (date, time) = (self.0.date_naive(), self.0.time());
        let (year, microseconds) = (u32::try_from(date.year()), time.nanosecond() / 1000);
        let (Ok(year @ 0..=9999), 0..1_000_000) = (year, microseconds) else {
            // A year of more digits.
            return formatter.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Micros, true));
        };
        // Each task of each list has some of these, and chrono's way takes several times as long.
        let mut text = *b"0000-00-00T00:00:00.000000Z";
        put_digits(&mut text[0..4], year);
        put_digits(&mut text[5..7], date.month());
        put_digits(&mut text[8..10], date.day());
        put_digits(&mut text[11..13], time.hour());
        put_digits(&mut text[14..16], time.minute());
        put_digits(&mut text[17..19], time.second());
        put_digits(&mut text[20..26], microseconds);
        formatter.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

fn put_digits(digits: &mut [u8], mut number: u32) {
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(number % 10).unwrap_or_default();
        number /= 10;
    }
}

/// Tells the time.
#[cfg_attr(feature = "testing", mockall::automock)]
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_truncated_and_printed_with_six_digits() {
        let instant = DateTime::from_timestamp(1_700_000_000, 123_456_789).unwrap();
        let timestamp = Timestamp::new(instant);
        assert_eq!(timestamp.to_string(), "2023-11-14T22:13:20.123456Z");
        assert_eq!(
            Timestamp::from_micros(timestamp.as_micros()),
            Some(timestamp)
        );
    }

    #[test]
    fn every_instant_is_printed_as_chrono_prints_it() {
        let seconds = (-70_000_000_000_i64..260_000_000_000).step_by(86_400 * 123 + 3_607);
        for (number, seconds) in seconds.enumerate() {
            let nanoseconds = u32::try_from(number * 7_919_000 % 1_000_000_000).unwrap();
            let instant = DateTime::from_timestamp(seconds, nanoseconds).unwrap();
            let expected = instant.to_rfc3339_opts(SecondsFormat::Micros, true);
            assert_eq!(Timestamp::new(instant).to_string(), expected);
        }
    }

    #[test]
    fn a_leap_second_counts_as_the_second_after_it_and_comes_back() {
        let instant = DateTime::parse_from_rfc3339("2016-12-31T23:59:60.5Z").unwrap();
        let timestamp = Timestamp::new(instant.to_utc());
        assert_eq!(timestamp.to_string(), "2017-01-01T00:00:00.500000Z");
        let back = Timestamp::from_micros(timestamp.as_micros());
        assert_eq!(back, Some(timestamp));
    }

    #[test]
    fn the_time_until_an_instant_that_has_passed_is_none() {
        let instant = |micros| Timestamp::from_micros(micros).unwrap();
        let micros = std::time::Duration::from_micros;
        assert_eq!(instant(-3).until(instant(4)), micros(7));
        assert_eq!(instant(4).until(instant(4)), micros(0));
        assert_eq!(instant(4).until(instant(-3)), micros(0));
    }

    #[test]
    fn a_span_out_of_range_ends_at_the_last_instant() {
        let now = Timestamp::from_micros(0).unwrap();
        assert!(now.after(std::time::Duration::MAX) > now);
        assert!(now.before(std::time::Duration::MAX) < now);
    }
}
