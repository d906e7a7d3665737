use std::str::FromStr;

use crate::error::Violation;

/// About the most bytes of an answer: a page that would have more ends early.
pub const MAX_PAGE_BYTES: usize = 1024 * 1024;

/// The most entries that one answer may have: a number from 1 to `MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Limit<const MAX: u16>(u16);

/// The most tasks on a page: 1 to 100, by default 50.
pub type PageLimit = Limit<100>;

/// The most changes in a stretch of the feed: 1 to 500, by default 100.
pub type FeedLimit = Limit<500>;

impl<const MAX: u16> Limit<MAX> {
    /// The highest limit.
    pub const MAX: Self = Self(MAX);

    /// Checks a number.
    ///
    /// # Errors
    /// `out_of_range` when it is zero or more than `MAX`.
    pub fn new(number: u16) -> Result<Self, Violation> {
        if (1..=MAX).contains(&number) {
            return Ok(Self(number));
        }
        let message = format!("must be a whole number from 1 to {MAX}");
        Err(Violation::new("out_of_range", message)
            .with("min", 1)
            .with("max", MAX.into()))
    }

    /// The limit nearest to a number.
    #[must_use]
    pub const fn clamp(number: u16) -> Self {
        if number == 0 {
            Self(1)
        } else if number > MAX {
            Self::MAX
        } else {
            Self(number)
        }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }

    /// Cuts a list that was read one entry further than the limit, earlier where the sizes of its
    /// entries would pass [`MAX_PAGE_BYTES`] together; true when there was more. One entry stays
    /// whatever its size, so that a reader always gets further.
    pub(crate) fn cut<T>(self, entries: &mut Vec<T>, size: impl Fn(&T) -> usize) -> bool {
        let sums = entries.iter().scan(0, |sum, entry| {
            *sum += size(entry);
            Some(*sum)
        });
        let fitting = sums.take_while(|sum| *sum <= MAX_PAGE_BYTES).count().max(1);
        let length = fitting.min(self.0.into());
        let has_more = entries.len() > length;
        entries.truncate(length);
        has_more
    }
}

/// Reads plain digits.
impl<const MAX: u16> FromStr for Limit<MAX> {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|_| is_plain);
        Self::new(number.unwrap_or_default())
    }
}

impl Default for PageLimit {
    fn default() -> Self {
        Self(50)
    }
}

impl Default for FeedLimit {
    fn default() -> Self {
        Self(100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_between_1_and_its_maximum() {
        for (number, fits) in [(0, false), (1, true), (100, true), (101, false)] {
            assert_eq!(PageLimit::new(number).is_ok(), fits, "{number}");
        }
        assert_eq!(FeedLimit::new(500), Ok(FeedLimit::MAX));
        assert_eq!(
            [0, 7, 101].map(|number| PageLimit::clamp(number).get()),
            [1, 7, 100]
        );
        for bad in [
            "",
            "0",
            "101",
            "+5",
            "-1",
            "5.0",
            "٣",
            "99999999999999999999",
        ] {
            assert!(bad.parse::<PageLimit>().is_err(), "{bad}");
        }
        assert_eq!("100".parse(), Ok(PageLimit::MAX));
        let error = FeedLimit::new(501).unwrap_err();
        assert_eq!(error.code, "out_of_range");
        assert_eq!(error.params, [("min", 1), ("max", 500)]);
    }

    #[test]
    fn a_list_ends_at_its_limit_or_earlier_at_its_size() {
        let cut = |limit, sizes: &[usize]| {
            let mut entries = sizes.to_vec();
            let has_more = PageLimit::clamp(limit).cut(&mut entries, |size| *size);
            (entries.len(), has_more)
        };
        assert_eq!(cut(3, &[1; 3]), (3, false));
        assert_eq!(cut(3, &[1; 4]), (3, true));
        assert_eq!(cut(3, &[]), (0, false));
        let half = MAX_PAGE_BYTES / 2;
        assert_eq!(cut(3, &[half; 2]), (2, false));
        assert_eq!(cut(3, &[half, half, 1]), (2, true));
        assert_eq!(cut(3, &[MAX_PAGE_BYTES + 1]), (1, false));
        assert_eq!(cut(3, &[MAX_PAGE_BYTES + 1, 1]), (1, true));
    }

    #[test]
    fn the_defaults_are_50_tasks_and_100_changes() {
        assert_eq!(PageLimit::default().get(), 50);
        assert_eq!(FeedLimit::default().get(), 100);
    }
}
