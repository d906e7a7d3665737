//! One round: every load once, each followed by what it is compared with.

use std::collections::HashMap;
use std::time::Duration;

use super::generator::Answered;
use super::load::Load;
use super::setup::Setup;
use super::usage;
use crate::console::say;
use crate::failure::Result;
use crate::interrupts::Interrupts;

/// Seconds of a load that do not count, in which connections are made and caches fill.
const WARM_UP: u32 = 1;

/// The share of the most requests that is sent to see how long they take when there is room.
pub(super) const STEADY: f64 = 0.7;

/// What one round has shown.
pub(super) struct Round(HashMap<Load, Measured>);

/// What one load has shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measured {
    /// Requests a second.
    pub(super) rate: f64,
    /// How they were answered when there were fewer.
    pub(super) steady: Answered,
    /// What pgbench did a second right after, where it does the same.
    pub(super) ceiling: Option<f64>,
    pub(super) p50: Duration,
    pub(super) p99: Duration,
    /// Processor time of the server for one request, where the system tells.
    pub(super) server: Option<Duration>,
    /// The same of PostgreSQL.
    pub(super) database: Option<Duration>,
    /// The most memory that the server had meanwhile, in bytes.
    pub(super) peak_memory: Option<u64>,
}

impl Round {
    /// What a load has shown.
    pub(super) fn of(&self, load: Load) -> Option<&Measured> {
        self.0.get(&load)
    }

    #[cfg(test)]
    pub(super) fn of_all(measured: impl Fn(Load) -> Measured) -> Self {
        Self(Load::ALL.map(|load| (load, measured(load))).into())
    }
}

/// Runs one.
pub(super) fn run(setup: &Setup, seconds: u32, interrupts: &Interrupts) -> Result<Round> {
    let mut round = HashMap::new();
    for load in Load::ALL {
        interrupts.check()?;
        let measured = measure(setup, load, seconds)?;
        say(format_args!(
            "  {}: {:.0} a second",
            load.name(),
            measured.rate
        ));
        round.insert(load, measured);
    }
    Ok(Round(round))
}

fn measure(setup: &Setup, load: Load, seconds: u32) -> Result<Measured> {
    let (server, requests) = (setup.server(load), setup.requests(load)?);
    setup.ceiling.once("CHECKPOINT")?;
    // What the load before has written, the lines of its log above all, would otherwise reach the disk
    // half a minute later, and make the commits of that moment wait.
    rustix::fs::sync();
    setup.generator.run(server.address, &requests, WARM_UP)?;
    let times = || {
        let server = usage::processor_time(server.process(), false);
        (server, setup.database_time())
    };
    usage::forget_peak_memory(server.process());
    let before = times();
    let answered = setup.generator.run(server.address, &requests, seconds)?;
    let after = times();
    let peak_memory = usage::peak_memory(server.process());
    let each = |before: Option<Duration>, after: Option<Duration>| {
        Some(
            after?
                .saturating_sub(before?)
                .div_f64(answered.requests.max(1.0)),
        )
    };
    let at = STEADY * answered.rate;
    let generator = &setup.generator;
    let steady = generator.run_at(at, server.address, &requests, seconds)?;
    let ceiling = setup.script(load);
    let ceiling = ceiling.map(|script| setup.ceiling.rate(&script, seconds));
    Ok(Measured {
        rate: answered.rate,
        steady,
        ceiling: ceiling.transpose()?,
        p50: answered.p50,
        p99: answered.p99,
        server: each(before.0, after.0),
        database: each(before.1, after.1),
        peak_memory,
    })
}
