use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use chrono::{
    DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Timelike,
    Utc,
};
use chrono_tz::Tz;

use crate::clock::Timestamp;
use crate::error::Violation;

/// The years that a date can have when it is written as `YYYY-MM-DD`.
const YEARS: RangeInclusive<i32> = 1..=9999;

/// By when a task is to be done: all day (a date), floating (a date and a time, wherever the owner
/// is) or zoned (a date, a time and a place). None of them is ever turned into another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    date: NaiveDate,
    time: Option<DueTime>,
    timezone: Option<Tz>,
}

impl Due {
    /// Puts the parts together.
    ///
    /// # Errors
    /// `needs_time`, about the time zone, when there is one without a time; `invalid_date` outside
    /// the years 1 to 9999.
    pub fn new(
        date: NaiveDate,
        time: Option<DueTime>,
        timezone: Option<Tz>,
    ) -> Result<Self, Violation> {
        if !YEARS.contains(&date.year()) {
            return Err(invalid_date());
        }
        if timezone.is_some() && time.is_none() {
            return Err(Violation::new(
                "needs_time",
                "is allowed only together with a time",
            ));
        }
        Ok(Self {
            date,
            time,
            timezone,
        })
    }

    /// The day.
    #[must_use]
    pub fn date(&self) -> NaiveDate {
        self.date
    }

    /// The time of that day; `None` for all day.
    #[must_use]
    pub fn time(&self) -> Option<DueTime> {
        self.time
    }

    /// The IANA time zone; `None` for all day and floating.
    #[must_use]
    pub fn timezone(&self) -> Option<Tz> {
        self.timezone
    }

    /// The instant by which it is sorted and filtered: zoned, the real one; floating, as if in UTC;
    /// all day, 00:00 UTC.
    ///
    /// A local time that occurs twice when clocks are set back is its first occurrence; one that is
    /// skipped when they are set forward is read with the offset from before the change, which is as
    /// much later as the clocks moved (RFC 5545, section 3.3.5).
    #[must_use]
    pub fn instant(&self) -> Timestamp {
        let local = self
            .date
            .and_time(self.time.map_or(NaiveTime::MIN, |time| time.time));
        Timestamp::new(
            self.timezone
                .map_or_else(|| local.and_utc(), |zone| resolve(zone, local)),
        )
    }
}

fn resolve(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    if let Some(instant) = zone.from_local_datetime(&local).earliest() {
        return instant.to_utc();
    }
    let before_gap = (1..=LONGEST_GAP / 3_600)
        .filter_map(|hours| local.checked_sub_signed(TimeDelta::hours(hours)))
        .find_map(|earlier| zone.from_local_datetime(&earlier).latest());
    let offset = before_gap.map_or(TimeDelta::zero(), |instant| {
        TimeDelta::seconds(instant.offset().fix().local_minus_utc().into())
    });
    local.checked_sub_signed(offset).unwrap_or(local).and_utc()
}

/// The first instant of a day in a time zone. A midnight that occurs twice is its first occurrence;
/// where clocks skip midnight, the day begins when they have.
#[must_use]
pub fn start_of_day(date: NaiveDate, zone: Tz) -> Timestamp {
    let midnight = date.and_time(NaiveTime::MIN);
    let at = |seconds: i64| {
        let local = midnight.checked_add_signed(TimeDelta::seconds(seconds))?;
        zone.from_local_datetime(&local).earliest()
    };
    if let Some(first) = at(0) {
        return Timestamp::new(first.to_utc());
    }
    // Nothing within the gap exists, and what follows it does.
    let (mut gap, mut after) = (0, LONGEST_GAP);
    while after - gap > 1 {
        let middle = gap + (after - gap) / 2;
        if at(middle).is_none() {
            gap = middle;
        } else {
            after = middle;
        }
    }
    Timestamp::new(at(after).map_or_else(|| resolve(zone, midnight), |first| first.to_utc()))
}

/// Seconds: the widest gap on record is the 24 hours of Pacific/Apia on 2011-12-30.
const LONGEST_GAP: i64 = 25 * 3_600;

/// A time of day, `HH:MM` or `HH:MM:SS`, which remembers how it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueTime {
    time: NaiveTime,
    with_seconds: bool,
}

impl FromStr for DueTime {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        let (format, with_seconds) = match text.len() {
            5 => ("%H:%M", false),
            8 => ("%H:%M:%S", true),
            _ => return Err(invalid_time()),
        };
        let time = NaiveTime::parse_from_str(text, format).map_err(|_| invalid_time())?;
        let parsed = Self { time, with_seconds };
        // chrono also reads signs, spaces and the leap second.
        let leap = time.nanosecond() >= 1_000_000_000;
        if leap || parsed.to_string() != text {
            Err(invalid_time())
        } else {
            Ok(parsed)
        }
    }
}

fn invalid_time() -> Violation {
    Violation::new("invalid_time", "must be a time of day, HH:MM or HH:MM:SS")
}

impl fmt::Display for DueTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.time
            .format(if self.with_seconds {
                "%H:%M:%S"
            } else {
                "%H:%M"
            })
            .fmt(formatter)
    }
}

/// Reads a date, `YYYY-MM-DD`, of the years 1 to 9999.
///
/// # Errors
/// `invalid_date`.
pub fn parse_date(text: &str) -> Result<NaiveDate, Violation> {
    plain_date(text).ok_or_else(invalid_date)
}

fn invalid_date() -> Violation {
    Violation::new("invalid_date", "must be a date, YYYY-MM-DD")
}

/// chrono would also read signs, spaces, missing zeros and the year 0.
fn plain_date(text: &str) -> Option<NaiveDate> {
    let (year, rest) = text.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    let year = number(year, 4).filter(|year| *year > 0)?;
    NaiveDate::from_ymd_opt(year.try_into().ok()?, number(month, 2)?, number(day, 2)?)
}

/// Reads a number with exactly this many digits.
fn number(text: &str, digits: usize) -> Option<u32> {
    let is_plain = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_plain)
}

/// Reads the name of an IANA time zone, such as `Europe/Rome`.
///
/// # Errors
/// `unknown_timezone`.
pub fn parse_timezone(text: &str) -> Result<Tz, Violation> {
    text.parse().map_err(|_| {
        Violation::new(
            "unknown_timezone",
            "must be the name of an IANA time zone: Europe/Rome",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(date: &str, time: Option<&str>, zone: Option<&str>) -> Due {
        let time = time.map(|time| time.parse().unwrap());
        let zone = zone.map(|zone| parse_timezone(zone).unwrap());
        Due::new(parse_date(date).unwrap(), time, zone).unwrap()
    }

    fn instant(date: &str, time: Option<&str>, zone: Option<&str>) -> String {
        due(date, time, zone).instant().to_string()
    }

    #[test]
    fn all_day_and_floating_are_read_as_utc_and_zoned_is_real() {
        assert_eq!(
            instant("2026-11-21", None, None),
            "2026-11-21T00:00:00.000000Z"
        );
        assert_eq!(
            instant("2026-11-21", Some("09:00"), None),
            "2026-11-21T09:00:00.000000Z"
        );
        let rome = Some("Europe/Rome");
        assert_eq!(
            instant("2026-11-21", Some("09:00"), rome),
            "2026-11-21T08:00:00.000000Z"
        );
        assert_eq!(
            instant("2026-07-21", Some("09:00"), rome),
            "2026-07-21T07:00:00.000000Z"
        );
    }

    #[test]
    fn a_repeated_time_is_the_first_and_a_skipped_one_moves_forward() {
        let rome = Some("Europe/Rome");
        assert_eq!(
            instant("2026-10-25", Some("02:30"), rome),
            "2026-10-25T00:30:00.000000Z"
        );
        assert_eq!(
            instant("2026-03-29", Some("02:30"), rome),
            "2026-03-29T01:30:00.000000Z"
        );
        let apia = Some("Pacific/Apia");
        assert_eq!(
            instant("2011-12-30", Some("12:00"), apia),
            "2011-12-30T22:00:00.000000Z"
        );
    }

    #[test]
    fn a_time_comes_back_as_it_was_written() {
        for text in ["09:00", "09:00:00", "23:59:59", "00:00"] {
            assert_eq!(text.parse::<DueTime>().unwrap().to_string(), text);
        }
        for bad in [
            "9:00", "24:00", "12:60", "12:30:60", "+9:00", " 9:00", "09:00Z", "09:00:0", "",
        ] {
            assert_eq!(
                bad.parse::<DueTime>().unwrap_err().code,
                "invalid_time",
                "{bad}"
            );
        }
    }

    #[test]
    fn only_plain_dates_are_dates() {
        assert!(parse_date("0001-01-01").is_ok() && parse_date("9999-12-31").is_ok());
        for bad in [
            "0000-01-01",
            "2026-2-01",
            "2026-02-30",
            "+026-01-01",
            "10000-01-01",
            "today",
        ] {
            assert_eq!(parse_date(bad).unwrap_err().code, "invalid_date", "{bad}");
        }
    }

    #[test]
    fn a_time_zone_needs_a_time_and_a_name_that_exists() {
        let zone = parse_timezone("Europe/Rome").unwrap();
        let date = parse_date("2026-11-21").unwrap();
        assert_eq!(
            Due::new(date, None, Some(zone)).unwrap_err().code,
            "needs_time"
        );
        assert_eq!(
            parse_timezone("Europe/Atlantis").unwrap_err().code,
            "unknown_timezone"
        );
    }

    proptest::proptest! {
        #[test]
        fn every_local_time_has_an_instant(
            day in 0_u64..400_000, minute in 0_u32..1440, zone in 0_usize..chrono_tz::TZ_VARIANTS.len()
        ) {
            let date = parse_date("1900-01-01").unwrap() + chrono::Days::new(day);
            let time = format!("{:02}:{:02}", minute / 60, minute % 60).parse().unwrap();
            let due = Due::new(date, Some(time), Some(chrono_tz::TZ_VARIANTS[zone])).unwrap();
            let floating = Due::new(date, Some(time), None).unwrap();
            let apart = due.instant().as_micros() - floating.instant().as_micros();
            proptest::prop_assert!(apart.abs() <= 26 * 3_600_000_000);
        }
    }

    #[test]
    fn a_due_date_is_of_the_years_1_to_9999() {
        for (year, fits) in [(0, false), (1, true), (9999, true), (10_000, false)] {
            let date = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
            assert_eq!(Due::new(date, None, None).is_ok(), fits, "{year}");
        }
    }
}
