//! Recurrence: a rule on days, and which day of it is next.
//!
//! The members of a rule have the names and meanings of JSCalendar's recurrence rule (RFC 8984,
//! section 4.3.3). A rule knows days only. The time of day and the time zone are the due date's, so
//! clocks that change do not concern it.
//!
//! ```
//! use tasklane_domain::task::parse_date;
//! use tasklane_domain::task::recurrence::{Frequency, Recurrence, RecurrenceDraft};
//!
//! let draft = RecurrenceDraft {
//!     frequency: Some(Frequency::Monthly),
//!     ..RecurrenceDraft::default()
//! };
//! let rent = Recurrence::new(draft, parse_date("2026-01-31")?).map_err(|broken| broken[0].clone())?;
//! let days: Vec<String> = rent.days().take(3).map(|day| day.to_string()).collect();
//! assert_eq!(days, ["2026-01-31", "2026-02-28", "2026-03-31"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod days;
mod draft;
mod next;
mod number;
mod patch;
mod period;
mod rule;
#[cfg(test)]
mod samples;
mod word;

pub use days::{Days, MAX_GAP_YEARS};
pub use draft::{MAX_BY, MAX_BY_DAY, RecurrenceDraft};
pub use next::Next;
pub use number::{Count, Interval, Month, MonthDay, Nth, SetPosition};
pub use patch::{RecurrenceChanges, RecurrencePatch};
pub use rule::{NDay, Recurrence};
pub use word::{CountedFrom, Frequency, Skip, Weekday};
