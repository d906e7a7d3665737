//! What all rounds have shown, in a form that can be compared between machines.

use std::fmt::Write;
use std::time::Duration;

use super::generator::Answered;
use super::load::{Against, Load, Target};
use super::round::{Measured, Round, STEADY};

/// The most memory that a server shall need under this load, in bytes.
const MOST_MEMORY: u64 = 60 * 1024 * 1024;
/// How much longer the slowest of a hundred answers shall take than half of them, when there is room.
const WIDEST_SPREAD: f64 = 5.0;
/// How long a start on a store that exists shall take at most.
const LONGEST_START: Duration = Duration::from_millis(200);

/// All rounds.
#[derive(Default)]
pub(super) struct Report(Vec<Round>);

impl Report {
    pub(super) fn add(&mut self, round: Round) {
        self.0.push(round);
    }

    /// Ratios with their targets, then what they were made of: medians of the rounds.
    pub(super) fn text(&self, start: Duration) -> String {
        let mut text = String::from("\n");
        self.write(&mut text, start)
            .map_or_else(|_| String::new(), |()| text)
    }

    fn write(&self, text: &mut String, start: Duration) -> std::fmt::Result {
        writeln!(
            text,
            "{:42} {:32} {:>7} {:>15}  target",
            "", "against", "ratio", "of the rounds"
        )?;
        for load in Load::ALL {
            self.write_ratio(text, load)?;
        }
        self.write_memory(text)?;
        write_start(text, start)?;
        writeln!(
            text,
            "\n{:42} {:>9} {:>9} {:>9} {:>9} {:>12} {:>14}",
            "", "a second", "pgbench", "p50 ms", "p99 ms", "server µs", "PostgreSQL µs"
        )?;
        for load in Load::ALL {
            self.write_measured(text, load)?;
        }
        writeln!(
            text,
            "\n{:42} {:>9} {:>9} {:>9} {:>9}  target",
            format!("at {:.0} % of that", STEADY * 100.0),
            "a second",
            "p50 ms",
            "p99 ms",
            "p99/p50"
        )?;
        for load in Load::ALL {
            self.write_steady(text, load)?;
        }
        Ok(())
    }

    fn write_steady(&self, text: &mut String, load: Load) -> std::fmt::Result {
        let steady = |value: fn(&Answered) -> f64| {
            self.median(load, |measured| Some(value(&measured.steady)))
        };
        let Some(spread) = steady(|it| it.p99.div_duration_f64(it.p50)) else {
            return Ok(());
        };
        writeln!(
            text,
            "{:42} {:>9} {:>9} {:>9} {spread:>9.1}  <= {WIDEST_SPREAD} {}",
            load.name(),
            shown(steady(|it| it.rate), 0),
            shown(steady(|it| millis(it.p50)), 2),
            shown(steady(|it| millis(it.p99)), 2),
            verdict(spread <= WIDEST_SPREAD)
        )
    }

    fn write_ratio(&self, text: &mut String, load: Load) -> std::fmt::Result {
        let goal = load.goal();
        let against = match goal.against {
            Against::Ceiling => "pgbench, the same statement",
            Against::Load(other) => other.name(),
        };
        let ratio = |round: &Round| {
            let measured = round.of(load)?;
            let reference = match goal.against {
                Against::Ceiling => measured.ceiling?,
                Against::Load(other) => round.of(other)?.rate,
            };
            Some(measured.rate / reference)
        };
        let ratios = sorted(self.0.iter().filter_map(ratio));
        let (Some(least), Some(median), Some(most)) =
            (ratios.first(), middle(&ratios), ratios.last())
        else {
            return Ok(());
        };
        let (name, target) = (load.name(), goal.least);
        let verdict = verdict(median >= target);
        let range = format!("{least:.2} to {most:.2}");
        writeln!(
            text,
            "{name:42} {against:32} {median:>7.2} {range:>15}  >= {target:.2} {verdict}"
        )
    }

    fn write_measured(&self, text: &mut String, load: Load) -> std::fmt::Result {
        let rate = self.median(load, |measured| Some(measured.rate));
        let ceiling = self.median(load, |measured| measured.ceiling);
        let p50 = self.median(load, |measured| Some(millis(measured.p50)));
        let p99 = self.median(load, |measured| Some(millis(measured.p99)));
        let server = self.median(load, |measured| measured.server.map(micros));
        let database = self.median(load, |measured| measured.database.map(micros));
        writeln!(
            text,
            "{:42} {:>9} {:>9} {:>9} {:>9} {:>12} {:>14}",
            load.name(),
            shown(rate, 0),
            shown(ceiling, 0),
            shown(p50, 2),
            shown(p99, 2),
            shown(server, 1),
            shown(database, 1)
        )
    }

    /// The most that the server on PostgreSQL had under any load.
    fn write_memory(&self, text: &mut String) -> std::fmt::Result {
        let peaks = self.0.iter().flat_map(|round| {
            let loads = Load::ALL.into_iter();
            let loads = loads.filter(|load| load.target() == Target::Postgres);
            loads.filter_map(|load| round.of(load)?.peak_memory)
        });
        let name = "peak memory, PostgreSQL";
        let Some(peak) = peaks.max() else {
            return writeln!(text, "{name:42} not known on this system");
        };
        let verdict = verdict(peak <= MOST_MEMORY);
        let (peak, most) = (peak >> 20, MOST_MEMORY >> 20);
        writeln!(text, "{name:42} {peak} MiB, target <= {most} MiB {verdict}")
    }

    fn median(&self, load: Load, value: impl Fn(&Measured) -> Option<f64>) -> Option<f64> {
        let values = self.0.iter().filter_map(|round| value(round.of(load)?));
        middle(&sorted(values))
    }
}

fn write_start(text: &mut String, start: Duration) -> std::fmt::Result {
    let verdict = verdict(start <= LONGEST_START);
    let (start, longest) = (start.as_millis(), LONGEST_START.as_millis());
    writeln!(
        text,
        "{:42} {start} ms, target <= {longest} ms {verdict}",
        "start to listening, PostgreSQL"
    )
}

fn verdict(reached: bool) -> &'static str {
    if reached { "ok" } else { "MISSED" }
}

fn shown(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

/// The median: of an even number, the mean of the two in the middle.
fn middle(sorted: &[f64]) -> Option<f64> {
    let half = sorted.len() / 2;
    let upper = *sorted.get(half)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    Some(f64::midpoint(sorted[half - 1], upper))
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Duration = Duration::from_millis(30);

    fn round(rate: f64, ceiling: f64) -> Round {
        Round::of_all(|load| Measured {
            rate,
            steady: Answered {
                requests: 7.0 * rate,
                rate: 0.7 * rate,
                p50: Duration::from_micros(300),
                p99: Duration::from_micros(if load == Load::List { 1503 } else { 1497 }),
            },
            ceiling: load.script().map(|_| ceiling),
            p50: Duration::from_micros(700),
            p99: Duration::from_micros(1500),
            server: None,
            database: Some(Duration::from_micros(20)),
            peak_memory: Some(61 << 20),
        })
    }

    #[test]
    fn the_median_of_the_ratios_is_judged() {
        let report = Report(vec![
            round(46.0, 100.0),
            round(40.0, 100.0),
            round(90.0, 100.0),
        ]);
        let text = report.text(START);
        let line = text
            .lines()
            .find(|line| line.starts_with("keyed read, PostgreSQL"));
        let words: Vec<&str> = line.unwrap().split_whitespace().collect();
        assert!(
            words.ends_with(&["0.46", "0.40", "to", "0.90", ">=", "0.45", "ok"]),
            "{text}"
        );
        let missed = text.lines().filter(|line| line.ends_with("MISSED")).count();
        // List (twice), toggle, create, both on SQLite, and memory.
        assert_eq!(missed, 7, "{text}");
    }

    #[test]
    fn what_the_system_does_not_tell_is_left_open() {
        let text = Report(vec![round(1.0, 1.0)]).text(START);
        let line = text
            .lines()
            .filter(|line| line.starts_with("create, SQLite"))
            .nth(1);
        let words: Vec<&str> = line.unwrap().split_whitespace().collect();
        assert!(
            words.ends_with(&["1", "-", "0.70", "1.50", "-", "20.0"]),
            "{text}"
        );
    }

    #[test]
    fn the_middle_of_an_even_number_lies_between_two() {
        assert_eq!(middle(&[1.0, 2.0, 4.0, 9.0]), Some(3.0));
        assert_eq!(middle(&[]), None);
    }
}
