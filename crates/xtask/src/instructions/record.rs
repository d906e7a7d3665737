//! The numbers as they are checked in.

use std::collections::{BTreeMap, BTreeSet};
use std::env::consts::ARCH;
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::console::say;
use crate::failure::{Context, Failure, Result};
use crate::workspace::Workspace;

const FILE: &str = "bench/instructions.json";

/// How far a number may be from the one that is checked in, in percent. The same build counts the
/// same to one in a hundred; the rest is for other processors' versions of the C library's functions.
const TOLERANCE: f64 = 3.0;

/// Instructions by name.
pub(super) type Counts = BTreeMap<String, u64>;

/// The file with the numbers, for each processor architecture by itself.
pub(super) struct Record(PathBuf);

impl Record {
    /// That of the checkout.
    pub(super) fn at(workspace: &Workspace) -> Self {
        Self(workspace.root().join(FILE))
    }

    /// Writes the numbers of this machine's architecture, and leaves those of others as they are.
    pub(super) fn write(&self, counts: &Counts) -> Result<()> {
        let mut all = if self.0.is_file() {
            self.read()?
        } else {
            json!({})
        };
        all[ARCH] = json!(counts);
        fs::write(&self.0, format!("{all:#}\n")).context(format_args!("cannot write {FILE}"))?;
        say(format_args!("wrote {FILE}"));
        Ok(())
    }

    /// Fails when numbers differ from those of the file, and names them.
    pub(super) fn compare(&self, counts: &Counts) -> Result<()> {
        let all = self.read()?;
        let kept: Counts = match all.get(ARCH) {
            Some(kept) => serde_json::from_value(kept.clone())
                .context(format_args!("{FILE} does not hold numbers"))?,
            None => return Err(Failure::new(format!("{FILE} knows no {ARCH}"))),
        };
        let findings = differences(&kept, counts);
        if findings.is_empty() {
            say(format_args!("all within {TOLERANCE} % of {FILE}"));
            return Ok(());
        }
        Err(Failure::new(format!(
            "{FILE} says otherwise:\n  {}\nIf that is meant, `cargo xtask instructions` writes it \
             anew",
            findings.join("\n  ")
        )))
    }

    fn read(&self) -> Result<Value> {
        let text = fs::read_to_string(&self.0).context(format_args!("cannot read {FILE}"))?;
        serde_json::from_str(&text).context(format_args!("{FILE} is no JSON"))
    }
}

fn differences(kept: &Counts, counted: &Counts) -> Vec<String> {
    let names: BTreeSet<&String> = kept.keys().chain(counted.keys()).collect();
    let difference = |name: &String| match (kept.get(name), counted.get(name)) {
        (Some(&old), Some(&new)) => {
            let percent = percent_more(old, new);
            let differs = percent.abs() > TOLERANCE;
            differs.then(|| format!("{name}: {old} before, {new} now ({percent:+.1} %)"))
        }
        (Some(_), None) => Some(format!("{name}: gone")),
        (None, _) => Some(format!("{name}: new")),
    };
    names.into_iter().filter_map(difference).collect()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "no count comes near the 2^53 from which on numbers are rounded"
)]
fn percent_more(old: u64, new: u64) -> f64 {
    (new as f64 / old as f64 - 1.0) * 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(pairs: &[(&str, u64)]) -> Counts {
        let owned = |(name, count): &(&str, u64)| ((*name).to_owned(), *count);
        pairs.iter().map(owned).collect()
    }

    #[test]
    fn what_costs_more_or_less_than_before_is_named() {
        let kept = counts(&[("read", 1000), ("list", 1000), ("cursor", 1000), ("old", 1)]);
        let counted = counts(&[("read", 1031), ("list", 969), ("cursor", 1029), ("new", 1)]);
        assert_eq!(
            differences(&kept, &counted),
            [
                "list: 1000 before, 969 now (-3.1 %)",
                "new: new",
                "old: gone",
                "read: 1000 before, 1031 now (+3.1 %)",
            ]
        );
        assert_eq!(differences(&kept, &kept), [""; 0]);
    }

    #[test]
    fn other_architectures_keep_their_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let record = Record(folder.path().join("numbers.json"));
        fs::write(&record.0, r#"{"another": {"read": 7}}"#).unwrap();
        record.write(&counts(&[("read", 1000)])).unwrap();
        assert_eq!(record.read().unwrap()["another"]["read"], 7);
        assert!(record.compare(&counts(&[("read", 1010)])).is_ok());
        let failure = record.compare(&counts(&[("read", 1100)])).unwrap_err();
        assert!(
            failure.to_string().contains("read: 1000 before"),
            "{failure}"
        );
    }
}
