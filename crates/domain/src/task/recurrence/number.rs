use crate::error::Violation;

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident: $min:literal to $max:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(i16);

        impl $name {
            /// The smallest.
            pub const MIN: i16 = $min;
            /// The largest.
            pub const MAX: i16 = $max;

            /// Checks a number.
            ///
            /// # Errors
            /// `out_of_range`.
            pub fn new(number: i64) -> Result<Self, Violation> {
                in_range(number, Self::MIN, Self::MAX).map(Self)
            }

            /// The number.
            #[must_use]
            pub const fn get(self) -> i16 {
                self.0
            }
        }
    )*};
}

numbers! {
    /// Every how many days, weeks, months or years: 1 to 999.
    Interval: 1 to 999;
    /// Which of a month's Mondays (say): 1 to 5 from its begin, -1 to -5 from its end.
    Nth: -5 to 5;
    /// A day of a month: 1 to 31 from its begin, -1 to -31 from its end.
    MonthDay: -31 to 31;
    /// A month of the year: 1 to 12.
    Month: 1 to 12;
    /// Which of the days of a month or year: 1 to 31 from the first, -1 to -31 from the last.
    SetPosition: -31 to 31;
    /// How many times are left, the present one included: 1 to 9,999.
    Count: 1 to 9999;
}

/// Zero is never among them: what counts from both ends begins at 1 and at -1.
fn in_range(number: i64, min: i16, max: i16) -> Result<i16, Violation> {
    let in_range = |number: &i16| *number != 0 && (min..=max).contains(number);
    if let Some(number) = i16::try_from(number).ok().filter(in_range) {
        return Ok(number);
    }
    let message = if min < 0 {
        format!("must be 1 to {max}, or -1 to {min}")
    } else {
        format!("must be {min} to {max}")
    };
    Err(Violation::new("out_of_range", message).with("max", max.unsigned_abs().into()))
}

impl Interval {
    /// Every one.
    pub const ONE: Self = Self(1);
}

impl Count {
    /// How many times are left after the present one.
    pub(super) fn after_this(self) -> usize {
        usize::from(self.0.unsigned_abs()) - 1
    }

    /// One less; `None` after the last.
    pub(super) fn less_one(self) -> Option<Self> {
        (self.0 > 1).then_some(Self(self.0 - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_limits_and_none_is_zero() {
        for good in [1, 31, -1, -31] {
            assert_eq!(
                MonthDay::new(good).unwrap().get(),
                i16::try_from(good).unwrap()
            );
        }
        for bad in [0, 32, -32, i64::MAX, i64::MIN, 65_537] {
            let violation = MonthDay::new(bad).unwrap_err();
            assert_eq!(violation.code, "out_of_range", "{bad}");
            assert_eq!(violation.to_string(), "must be 1 to 31, or -1 to -31");
        }
        assert!(Month::new(0).is_err() && Month::new(-1).is_err() && Month::new(12).is_ok());
        let violation = Interval::new(1000).unwrap_err();
        assert_eq!(violation.to_string(), "must be 1 to 999");
        assert_eq!(violation.params, [("max", 999)]);
    }

    #[test]
    fn a_count_ends_after_the_last() {
        let count = |number| Count::new(number).unwrap();
        assert_eq!(count(2).less_one(), Some(count(1)));
        assert_eq!(count(1).less_one(), None);
    }
}
