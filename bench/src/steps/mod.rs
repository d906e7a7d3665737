//! Steps of a request, each on its own and over and over, the same every time: no clock, network or
//! random number decides what they do.

mod cursor;
mod row;
mod search;
mod token;

use anyhow::{Context, Result};

/// A step of a request.
pub struct Step {
    /// Its name.
    pub name: &'static str,
    prepare: fn() -> Result<Run>,
}

/// Does the step once.
pub type Run = Box<dyn FnMut()>;

impl Step {
    /// Prepares everything that is not to be counted as part of the step.
    ///
    /// # Errors
    /// The step cannot be prepared.
    pub fn prepare(&self) -> Result<Run> {
        (self.prepare)()
    }
}

const fn step(name: &'static str, prepare: fn() -> Result<Run>) -> Step {
    Step { name, prepare }
}

/// Every step.
pub const ALL: &[Step] = &[
    step("token: seen before", token::seen_before),
    step("token: HS256, new", token::new_hs256),
    step("token: EdDSA, new", token::new_eddsa),
    step("token: RS256, new", token::new_rs256),
    step("cursor: write", cursor::write),
    step("cursor: read", cursor::read),
    step("search key: ASCII", || Ok(search::ascii())),
    step("search key: accents", || Ok(search::accents())),
    step("row: PostgreSQL to task", row::postgres_to_task),
    step("row: SQLite by key to task", row::sqlite_by_key),
    step("row: SQLite page of 50", row::sqlite_page),
];

/// Does the step of that name this many times, after a first time that is not counted.
///
/// # Errors
/// There is no such step, or it cannot be prepared.
pub fn repeat(name: &str, times: u32) -> Result<()> {
    let step = ALL.iter().find(|step| step.name == name);
    let step = step.with_context(|| format!("there is no step `{name}`"))?;
    let mut run = step.prepare()?;
    run();
    run_counted(&mut run, times);
    Ok(())
}

/// A function of its own, below which instructions are counted.
#[inline(never)]
fn run_counted(run: &mut Run, times: u32) {
    for _ in 0..times {
        run();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_can_be_done_again() {
        for step in ALL {
            let mut run = step.prepare().unwrap();
            (0..3).for_each(|_| run());
        }
    }
}
