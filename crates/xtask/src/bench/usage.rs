//! What processes have used, as Linux tells in `/proc`. Elsewhere nothing is known.

use std::fs;
use std::time::Duration;

/// Linux counts processor time for programs in hundredths of a second, on every machine.
const TICK: Duration = Duration::from_millis(10);

/// The processor time that a process has used with all its threads, and, `with_children`, those that
/// it has started, be they alive or awaited.
pub(super) fn processor_time(process: u32, with_children: bool) -> Option<Duration> {
    let own = Times::of(process)?;
    if !with_children {
        return Some(TICK * own.itself);
    }
    let living: u32 = fs::read_dir("/proc")
        .ok()?
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(Times::of)
        .filter(|times| times.parent == process)
        .map(|times| times.itself)
        .sum();
    Some(TICK * (own.itself + own.awaited + living))
}

/// Makes [`peak_memory`] begin anew with what the process has now.
pub(super) fn forget_peak_memory(process: u32) {
    // `proc_pid_clear_refs(5)`. Where it cannot be done, the peak of before counts too.
    let _ = fs::write(format!("/proc/{process}/clear_refs"), "5");
}

/// The most memory that a process has had at once, in bytes.
pub(super) fn peak_memory(process: u32) -> Option<u64> {
    peak_in(&fs::read_to_string(format!("/proc/{process}/status")).ok()?)
}

fn peak_in(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}

/// Times in ticks.
#[derive(Debug, PartialEq, Eq)]
struct Times {
    parent: u32,
    itself: u32,
    awaited: u32,
}

impl Times {
    fn of(process: u32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{process}/stat")).ok()?)
    }

    /// `proc_pid_stat(5)`: the second field is a name in parentheses, which may hold anything.
    fn parse(stat: &str) -> Option<Self> {
        let (_, rest) = stat.rsplit_once(") ")?;
        let fields: Vec<&str> = rest.split(' ').collect();
        // The first of these is the third of all.
        let number = |field: usize| fields.get(field - 3)?.parse::<u32>().ok();
        Some(Self {
            parent: number(4)?,
            itself: number(14)? + number(15)?,
            awaited: number(16)? + number(17)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_found_behind_any_name() {
        let stat = "7 (a) (b) S 1 7 7 0 -1 4 9 0 0 0 11 12 13 14 20 0 1 0";
        let times = Times {
            parent: 1,
            itself: 23,
            awaited: 27,
        };
        assert_eq!(Times::parse(stat), Some(times));
        assert_eq!(Times::parse("7 (a"), None);
    }

    #[test]
    fn the_peak_is_in_bytes() {
        assert_eq!(
            peak_in("Name:\tx\nVmHWM:\t    2048 kB\n"),
            Some(2048 * 1024)
        );
        assert_eq!(peak_in("Name:\tx\n"), None);
    }
}
