use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::clock::Timestamp;
use crate::task::{Due, start_of_day};

/// A moment that due dates are compared with: zoned ones with its instant, floating and all-day ones
/// with what clock and calendar show at it in some place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueBound {
    /// The instant.
    pub instant: Timestamp,
    /// What the clock on the wall shows there, as if in UTC: comparable with [`Due::instant`] of a
    /// floating or all-day date.
    pub wall: Timestamp,
}

impl DueBound {
    /// An instant, seen from a time zone.
    #[must_use]
    pub fn at(instant: Timestamp, zone: Tz) -> Self {
        let local = instant.as_datetime().with_timezone(&zone).naive_local();
        Self {
            instant,
            wall: Timestamp::new(local.and_utc()),
        }
    }

    /// The beginning of a day in a time zone: its first instant, and 00:00 on the wall, also where
    /// clocks are changed at midnight.
    #[must_use]
    pub fn start_of(date: NaiveDate, zone: Tz) -> Self {
        Self {
            instant: start_of_day(date, zone),
            wall: start_of_day(date, Tz::UTC),
        }
    }

    /// What a due date's [`Due::instant`] is compared with.
    #[must_use]
    pub fn of(&self, due: &Due) -> Timestamp {
        match due.timezone() {
            Some(_) => self.instant,
            None => self.wall,
        }
    }
}

/// An instant in UTC.
impl From<Timestamp> for DueBound {
    fn from(instant: Timestamp) -> Self {
        Self {
            instant,
            wall: instant,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::{parse_date, parse_timezone};

    fn start(date: &str, zone: &str) -> [String; 2] {
        let zone = parse_timezone(zone).unwrap();
        let bound = DueBound::start_of(parse_date(date).unwrap(), zone);
        [bound.instant.to_string(), bound.wall.to_string()]
    }

    #[test]
    fn a_day_begins_at_its_first_instant_and_at_midnight_on_the_wall() {
        for (zone, date, instant) in [
            (
                "Pacific/Auckland",
                "2026-11-28",
                "2026-11-27T11:00:00.000000Z",
            ),
            ("UTC", "2026-11-28", "2026-11-28T00:00:00.000000Z"),
            // Clocks went from 24:00 to 01:00.
            (
                "America/Sao_Paulo",
                "2018-11-04",
                "2018-11-04T03:00:00.000000Z",
            ),
            // Clocks went from 01:00 back to 00:00.
            (
                "America/Havana",
                "2026-11-01",
                "2026-11-01T04:00:00.000000Z",
            ),
            // Clocks went from 23:30 to 00:30.
            (
                "America/Toronto",
                "1919-03-31",
                "1919-03-31T04:30:00.000000Z",
            ),
            // The day was left out.
            ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00.000000Z"),
        ] {
            let wall = format!("{date}T00:00:00.000000Z");
            assert_eq!(start(date, zone), [instant.to_owned(), wall], "{zone}");
        }
    }

    #[test]
    fn an_instant_is_seen_on_the_wall() {
        let instant = Timestamp::from_micros(0).unwrap();
        let bound = DueBound::at(instant, parse_timezone("Asia/Tokyo").unwrap());
        assert_eq!(bound.instant, instant);
        assert_eq!(bound.wall.to_string(), "1970-01-01T09:00:00.000000Z");
        assert_eq!(DueBound::at(instant, Tz::UTC), instant.into());
    }
}
