//! How far a copy is: a bar for people, lines in the log for programs.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use tasklane_infrastructure::copy::CopyProgress;

const BAR: &str = "{wide_bar} {human_pos} of {human_len} rows, {per_sec}, {eta} left";

/// How often a line says how far it is.
const INTERVAL: Duration = Duration::from_secs(5);

/// Shows a bar where stderr is a terminal, and logs where it is not.
#[derive(Default)]
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    rows: u64,
    done: u64,
    told_at: Option<Instant>,
}

impl CopyProgress for Progress {
    fn begin(&mut self, rows: u64) {
        self.rows = rows;
        let bar = ProgressBar::new(rows);
        if !bar.is_hidden() {
            let style = ProgressStyle::with_template(BAR);
            self.bar = Some(bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())));
        }
        self.advance(0);
    }

    fn advance(&mut self, rows: u64) {
        self.done += rows;
        if let Some(bar) = &self.bar {
            bar.inc(rows);
        } else if self.told_at.is_none_or(|at| at.elapsed() >= INTERVAL) {
            tracing::info!(done = self.done, rows = self.rows, "copying");
            self.told_at = Some(Instant::now());
        }
    }
}
