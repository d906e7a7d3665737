//! The clock, against whatever else knows the time.

use std::time::Duration;

use tasklane_domain::clock::Timestamp;

use super::diagnosis::Diagnosis;
use super::within;
use crate::composition::{Inspector, now};

/// 2026-11-20T00:00:00Z in microseconds since 1970: when Tasklane's schema was written. No clock that
/// is right shows less.
const WRITTEN: i64 = 1_795_132_800_000_000;

/// How far clocks may be apart: as far as the verification of tokens lets them.
const LEEWAY: Duration = Duration::from_secs(5);

const ADVICE: &str = "let NTP keep the clocks of this machine and of the database server; what a jump \
     does is in docs/operations.md";

/// Checks the clock against a store, if one is there and sound, and against reason.
pub(super) async fn check(store: Option<&Inspector>, limit: Duration) -> Diagnosis {
    let started = now();
    if let Some(diagnosis) = before_our_time(started) {
        return diagnosis;
    }
    let Some(store) = store else {
        return Diagnosis::ok("clock", format!("it is {started}"));
    };
    let unanswered = |error: String| {
        let finding = format!("it is {started}; the store cannot be asked: {error}");
        let advice = "with very many tasks this takes longer: `tasklane doctor --timeout 1m`";
        Diagnosis::warning("clock", finding, advice)
    };
    let asked = now();
    match within(limit, store.clock()).await {
        Err(error) => return unanswered(error),
        Ok(Some(theirs)) => {
            if let Some(diagnosis) = apart(asked, theirs, now()) {
                return diagnosis;
            }
        }
        Ok(None) => {}
    }
    match within(limit, store.newest_entry()).await {
        Err(error) => unanswered(error),
        Ok(newest) => newest
            .and_then(|newest| from_the_future(now(), newest))
            .unwrap_or_else(|| {
                Diagnosis::ok("clock", format!("it is {started}, and nothing contradicts"))
            }),
    }
}

fn before_our_time(now: Timestamp) -> Option<Diagnosis> {
    (now.as_micros() < WRITTEN).then(|| {
        let finding = format!("it is {now}, and Tasklane was written later");
        Diagnosis::failed("clock", finding, "set the clock, and let NTP keep it")
    })
}

/// `theirs` was read at some instant between `asked` and `answered`.
fn apart(asked: Timestamp, theirs: Timestamp, answered: Timestamp) -> Option<Diagnosis> {
    let (behind, ahead) = (theirs.until(asked), answered.until(theirs));
    let (by, word) = if ahead > behind {
        (ahead, "ahead of")
    } else {
        (behind, "behind")
    };
    (by > LEEWAY).then(|| {
        let finding = format!(
            "the database server's clock is {} {word} this machine's, which says {answered}",
            span(by)
        );
        Diagnosis::warning("clock", finding, ADVICE)
    })
}

fn from_the_future(now: Timestamp, newest: Timestamp) -> Option<Diagnosis> {
    let by = now.until(newest);
    (by > LEEWAY).then(|| {
        let finding = format!(
            "it is {now}, and something in the store was changed {} later: the clock is behind, or \
             was ahead then",
            span(by)
        );
        Diagnosis::warning("clock", finding, ADVICE)
    })
}

/// A span in the largest unit of which it has at least two.
fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    let units = [(86_400, "days"), (3_600, "hours"), (60, "minutes")];
    let fitting = units.into_iter().find(|(unit, _)| seconds >= 2 * unit);
    let (unit, name) = fitting.unwrap_or((1, "seconds"));
    format!("{} {name}", seconds / unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(WRITTEN + seconds * 1_000_000).unwrap()
    }

    #[test]
    fn no_clock_shows_a_time_from_before_the_program() {
        assert!(before_our_time(Timestamp::from_micros(0).unwrap()).is_some());
        assert!(before_our_time(at(-1)).is_some());
        assert_eq!(before_our_time(at(0)), None);
        assert_eq!(at(0).to_string(), "2026-11-20T00:00:00.000000Z");
    }

    #[test]
    fn clocks_may_be_five_seconds_apart_beside_the_time_of_the_question() {
        assert_eq!(apart(at(100), at(95), at(130)), None);
        assert_eq!(apart(at(100), at(135), at(130)), None);
        let told = |theirs| apart(at(100), at(theirs), at(130)).unwrap().to_string();
        assert!(told(94).contains("6 seconds behind"), "{}", told(94));
        assert!(told(137).contains("7 seconds ahead of"), "{}", told(137));
    }

    #[test]
    fn what_was_changed_later_than_now_is_told() {
        assert_eq!(from_the_future(at(100), at(-1_000_000)), None);
        assert_eq!(from_the_future(at(100), at(105)), None);
        let told = from_the_future(at(100), at(100 + 86_400 * 3)).unwrap();
        assert!(told.to_string().contains("3 days later"), "{told}");
    }

    #[test]
    fn a_span_is_told_in_the_largest_unit_that_it_has_two_of() {
        for (seconds, text) in [
            (7, "7 seconds"),
            (119, "119 seconds"),
            (120, "2 minutes"),
            (7_199, "119 minutes"),
            (7_200, "2 hours"),
            (172_800, "2 days"),
        ] {
            assert_eq!(span(Duration::from_secs(seconds)), text);
        }
    }
}
