//! Steps of a request, each by itself and over and over, the same every time: no clock, no network,
//! no random number decides what they do.

mod cursor;
mod row;
mod search;
mod token;

use crate::Failure;

/// Something that a request costs.
pub struct Step {
    /// What it is called.
    pub name: &'static str,
    prepare: fn() -> Result<Run, Failure>,
}

/// Does the step once.
pub type Run = Box<dyn FnMut()>;

impl Step {
    /// Gets everything ready that the step itself shall not pay for.
    ///
    /// # Errors
    /// It cannot be had.
    pub fn prepare(&self) -> Result<Run, Failure> {
        (self.prepare)()
    }
}

const fn step(name: &'static str, prepare: fn() -> Result<Run, Failure>) -> Step {
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

/// Prepares the step of that name.
///
/// # Errors
/// There is none, or it cannot be prepared.
pub fn prepare(name: &str) -> Result<Run, Failure> {
    let step = ALL.iter().find(|step| step.name == name);
    step.ok_or_else(|| format!("there is no step `{name}`"))?
        .prepare()
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
