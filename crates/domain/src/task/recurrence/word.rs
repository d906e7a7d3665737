use std::str::FromStr;

use chrono::{Datelike, NaiveDate};

use crate::error::Violation;

macro_rules! words {
    ($(
        $(#[$doc:meta])*
        $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }
    )*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl FromStr for $name {
            type Err = Violation;

            fn from_str(text: &str) -> Result<Self, Violation> {
                match text {
                    $($word => Ok(Self::$variant),)*
                    _ => Err(unknown(&[$($word),*])),
                }
            }
        }
    )*};
}

words! {
    /// How long the periods are that a rule counts.
    Frequency {
        /// Days.
        Daily = "daily",
        /// Weeks.
        Weekly = "weekly",
        /// Months.
        Monthly = "monthly",
        /// Years.
        Yearly = "yearly",
    }

    /// What stands for a day that a month does not have (RFC 7529).
    Skip {
        /// The month's last day.
        Backward = "backward",
        /// The first day of the next month.
        Forward = "forward",
        /// Nothing, as in RFC 5545.
        Omit = "omit",
    }

    /// From where the next day is counted.
    CountedFrom {
        /// From the due date and from now, whichever is later: what was missed is passed over.
        Today = "today",
        /// From the due date: what was missed is still to be done.
        Due = "due",
        /// From the day of completion, on which the rule begins again.
        Completion = "completion",
    }

    /// A day of the week.
    Weekday {
        /// Monday.
        Monday = "mo",
        /// Tuesday.
        Tuesday = "tu",
        /// Wednesday.
        Wednesday = "we",
        /// Thursday.
        Thursday = "th",
        /// Friday.
        Friday = "fr",
        /// Saturday.
        Saturday = "sa",
        /// Sunday.
        Sunday = "su",
    }
}

fn unknown(words: &[&str]) -> Violation {
    let message = format!("must be one of {}", words.join(", "));
    Violation::new("unknown_value", message)
}

impl Weekday {
    /// The weekday of a day.
    #[must_use]
    pub fn of(day: NaiveDate) -> Self {
        match day.weekday() {
            chrono::Weekday::Mon => Self::Monday,
            chrono::Weekday::Tue => Self::Tuesday,
            chrono::Weekday::Wed => Self::Wednesday,
            chrono::Weekday::Thu => Self::Thursday,
            chrono::Weekday::Fri => Self::Friday,
            chrono::Weekday::Sat => Self::Saturday,
            chrono::Weekday::Sun => Self::Sunday,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_values() {
        for weekday in Weekday::ALL {
            assert_eq!(weekday.as_str().parse(), Ok(*weekday));
        }
        for frequency in Frequency::ALL {
            assert_eq!(frequency.as_str().parse(), Ok(*frequency));
        }
        let violation = "Monday".parse::<Weekday>().unwrap_err();
        assert_eq!(violation.code, "unknown_value");
        assert_eq!(
            "hourly".parse::<Frequency>().unwrap_err().to_string(),
            "must be one of daily, weekly, monthly, yearly"
        );
    }

    #[test]
    fn each_day_has_its_weekday() {
        // 2026-11-30 is a Monday.
        let monday = NaiveDate::from_ymd_opt(2026, 11, 30).unwrap();
        let week: Vec<Weekday> = monday.iter_days().take(7).map(Weekday::of).collect();
        assert_eq!(week, Weekday::ALL);
    }
}
