//! What a user's rows come to, to be compared between the stores.

use std::collections::BTreeMap;
use std::fmt;

use aws_lc_rs::digest::{Context, SHA256};
use tasklane_domain::id::UserId;
use uuid::Uuid;

use super::row::Row;
use super::tables::{TABLES, Table};

/// How many rows there are, by the table's name.
pub type RowCounts = BTreeMap<&'static str, u64>;

/// The number and the SHA-256 of each user's rows. To be comparable, each user's are added table by
/// table, and in the order in which the table is read.
#[derive(Default)]
pub(crate) struct Digests(BTreeMap<Uuid, UserDigest>);

struct UserDigest {
    rows: RowCounts,
    content: Context,
}

impl Default for UserDigest {
    fn default() -> Self {
        Self {
            rows: RowCounts::new(),
            content: Context::new(&SHA256),
        }
    }
}

/// In what a user's rows differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// In their number.
    Number {
        /// The table's name.
        table: &'static str,
        /// How many there are at the source.
        source: u64,
        /// How many there are at the target.
        target: u64,
    },
    /// In what they hold: their checksums differ.
    Content,
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number {
                table,
                source,
                target,
            } => write!(
                formatter,
                "{source} rows of {table} in the source, {target} in the target"
            ),
            Self::Content => formatter.write_str("as many rows in both, with other checksums"),
        }
    }
}

impl Digests {
    /// Takes a row into account.
    pub(crate) fn add(&mut self, table: &Table, row: &Row) {
        let digest = self.0.entry(row.owner()).or_default();
        *digest.rows.entry(table.name).or_default() += 1;
        let mut bytes = Vec::with_capacity(512);
        bytes.extend(table.name.as_bytes());
        for value in row.values() {
            value.write_to(&mut bytes);
        }
        digest.content.update(&bytes);
    }

    /// The first user whose rows at the source, these, are not those at the target.
    pub(super) fn find_difference(mut self, target: Self) -> Option<(UserId, Difference)> {
        for (user, target) in target.0 {
            let source = self.0.remove(&user).unwrap_or_default();
            if let Some(difference) = source.compare(target) {
                return Some((UserId::new(user), difference));
            }
        }
        let (user, source) = self.0.pop_first()?;
        let difference = source.compare(UserDigest::default())?;
        Some((UserId::new(user), difference))
    }
}

impl UserDigest {
    fn compare(self, target: Self) -> Option<Difference> {
        for Table { name: table, .. } in &TABLES {
            let count = |rows: &RowCounts| rows.get(table).copied().unwrap_or_default();
            let (source, target) = (count(&self.rows), count(&target.rows));
            if source != target {
                return Some(Difference::Number {
                    table,
                    source,
                    target,
                });
            }
        }
        let same = self.content.finish().as_ref() == target.content.finish().as_ref();
        (!same).then_some(Difference::Content)
    }
}

#[cfg(test)]
mod tests {
    use super::super::row::Value;
    use super::*;

    const ADA: u128 = 1;
    const BOB: u128 = 2;

    fn digests(rows: &[(usize, u128, &str)]) -> Digests {
        let mut digests = Digests::default();
        for (table, owner, text) in rows {
            let values = vec![
                Value::Id(Uuid::from_u128(*owner)),
                Value::Text((*text).to_owned()),
            ];
            digests.add(&TABLES[*table], &Row::new(values).unwrap());
        }
        digests
    }

    fn difference(source: &[(usize, u128, &str)], target: &[(usize, u128, &str)]) -> String {
        let found = digests(source).find_difference(digests(target));
        found.map_or_else(String::new, |(user, difference)| {
            format!("{}: {difference}", user.as_uuid().as_u128())
        })
    }

    #[test]
    fn the_same_rows_do_not_differ() {
        let rows = [(0, ADA, "a"), (0, BOB, "b"), (6, ADA, "x"), (6, ADA, "y")];
        assert_eq!(difference(&rows, &rows), "");
        let otherwise_mixed = [(0, BOB, "b"), (0, ADA, "a"), (6, ADA, "x"), (6, ADA, "y")];
        assert_eq!(difference(&rows, &otherwise_mixed), "");
        assert_eq!(difference(&[], &[]), "");
    }

    #[test]
    fn a_difference_names_the_user_and_what_differs() {
        let rows = [(0, ADA, "a"), (0, BOB, "b"), (7, BOB, "x"), (7, BOB, "y")];
        assert_eq!(
            difference(&rows, &rows[..3]),
            "2: 2 rows of tasks in the source, 1 in the target"
        );
        assert_eq!(
            difference(&rows[..1], &rows[..2]),
            "2: 0 rows of users in the source, 1 in the target"
        );
        assert_eq!(
            difference(&rows[..2], &rows[..1]),
            "2: 1 rows of users in the source, 0 in the target"
        );
        let changed = [(0, ADA, "a"), (0, BOB, "b"), (7, BOB, "x"), (7, BOB, "z")];
        let other_contents = "2: as many rows in both, with other checksums";
        assert_eq!(difference(&rows, &changed), other_contents);
        let swapped = [(0, ADA, "a"), (0, BOB, "b"), (7, BOB, "y"), (7, BOB, "x")];
        assert_eq!(difference(&rows, &swapped), other_contents);
    }
}
