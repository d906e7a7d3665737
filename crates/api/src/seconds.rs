use std::time::Duration;

/// A duration in whole seconds: rounded up, and at least one.
pub(crate) fn whole_seconds(duration: Duration) -> u64 {
    let begun = u64::from(duration.subsec_nanos() > 0);
    (duration.as_secs() + begun).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_rounded_up_and_at_least_one() {
        for (milliseconds, seconds) in
            [(0, 1), (1, 1), (999, 1), (1000, 1), (1001, 2), (60_000, 60)]
        {
            assert_eq!(whole_seconds(Duration::from_millis(milliseconds)), seconds);
        }
    }
}
