//! Takes a whole installation from SQLite to PostgreSQL.
//!
//! Users are copied in the order of their ids, a batch of them in a transaction, so that each is at
//! the target wholly or not at all: a copy that was interrupted is resumed from what is there. Rows
//! are streamed, however many a user has. A batch is kept only when what the target then reads has
//! the same number and the same checksum, user by user, as what the source read.

mod digest;
mod error;
mod row;
mod run;
mod source;
mod tables;
mod target;
#[cfg(all(test, feature = "testing"))]
mod tests;
mod value;

use std::collections::BTreeSet;

use tasklane_domain::id::UserId;
use uuid::Uuid;

use crate::postgres::PostgresStore;
use crate::sqlite::SqliteSettings;
use digest::Digests;
use run::{Run, SourceUser};
use source::CopySource;
use tables::TABLES;
use target::{CopyTarget, CopyTransaction};

pub use digest::{Difference, RowCounts};
pub use error::CopyError;

/// Hears how far a copy is. It is called for every row, so it must be quick.
pub trait CopyProgress {
    /// Before the first row: how many there are.
    fn begin(&mut self, rows: u64);
    /// So many rows more are at the target, or were found there when resuming.
    fn advance(&mut self, rows: u64);
}

/// What a copy came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// How many rows both stores have.
    pub rows: RowCounts,
    /// How many of the users were at the target already, from an earlier attempt.
    pub users_found: u64,
}

/// Copies everything in the file at `from` into the database at `to`, which is migrated first. With
/// `resume`, it goes on with what an earlier attempt left there.
///
/// Nobody else can use the file meanwhile.
///
/// # Errors
/// See [`CopyError`]. What users the target had before is never changed.
pub async fn copy(
    from: &SqliteSettings,
    to: &PostgresStore,
    resume: bool,
    progress: &mut dyn CopyProgress,
) -> Result<Copied, CopyError> {
    let mut source = CopySource::open(from)?;
    to.migrate().await?;
    let mut target = CopyTarget::connect(to).await?;
    if !resume && !target.begin().await?.is_empty().await? {
        return Err(CopyError::NotEmpty);
    }
    let rows = source.count_rows()?;
    progress.begin(rows.values().sum());
    let mut copying = Copying {
        source,
        target,
        progress,
    };
    let mut users_found = 0;
    if resume {
        users_found = copying.walk(Pass::Compare).await?;
    }
    copying.walk(Pass::Copy).await?;
    copying.target.finish(&rows).await?;
    Ok(Copied { rows, users_found })
}

/// What is done on a way through all users.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pass {
    /// Those whom the target has are compared: before anything is written to it.
    Compare,
    /// Those whom it has not are copied.
    Copy,
}

struct Copying<'p> {
    source: CopySource,
    target: CopyTarget,
    progress: &'p mut dyn CopyProgress,
}

impl Copying<'_> {
    /// Goes through all users, and through those whom only the target has. Gives how many of them
    /// the target had.
    async fn walk(&mut self, pass: Pass) -> Result<u64, CopyError> {
        let mut found = 0;
        let mut after = None;
        loop {
            let users = self.source.users_after(after)?;
            let last = users.last().map(|user| user.id);
            let transaction = self.target.begin().await?;
            let present = transaction
                .users_between(after, last, users.len() + 1)
                .await?;
            refuse_stranger(&users, &present)?;
            found += present.len() as u64;
            let (source, progress) = (&mut self.source, &mut *self.progress);
            for (is_present, run) in runs(&users, &present) {
                match pass {
                    Pass::Compare if is_present => {
                        compare(source, &transaction, &run, progress).await?;
                    }
                    Pass::Copy if !is_present => {
                        send(source, &transaction, &run, progress).await?;
                    }
                    Pass::Compare | Pass::Copy => {}
                }
            }
            transaction.commit().await?;
            if last.is_none() {
                return Ok(found);
            }
            after = last;
        }
    }
}

fn refuse_stranger(users: &[SourceUser], present: &BTreeSet<Uuid>) -> Result<(), CopyError> {
    let known: BTreeSet<Uuid> = users.iter().map(|user| user.id).collect();
    match present.difference(&known).next() {
        Some(stranger) => Err(CopyError::Stranger(UserId::new(*stranger))),
        None => Ok(()),
    }
}

/// The users, split where those whom the target has and those whom it has not meet.
fn runs(users: &[SourceUser], present: &BTreeSet<Uuid>) -> Vec<(bool, Run)> {
    let is_present = |user: &SourceUser| present.contains(&user.id);
    users
        .chunk_by(|one, next| is_present(one) == is_present(next))
        .filter_map(|users| {
            let (first, last) = (users.first()?, users.last()?);
            let email_keys = users.iter().filter_map(|user| user.email_key.clone());
            let run = Run {
                first: first.id,
                last: last.id,
                email_keys: email_keys.collect(),
            };
            Some((is_present(first), run))
        })
        .collect()
}

async fn compare(
    source: &mut CopySource,
    transaction: &CopyTransaction<'_>,
    run: &Run,
    progress: &mut dyn CopyProgress,
) -> Result<(), CopyError> {
    let mut at_source = Digests::default();
    for table in &TABLES {
        for row in source.rows(table, run)? {
            at_source.add(table, &row?);
            progress.advance(1);
        }
    }
    let at_target = transaction.digests(run).await?;
    match at_source.find_difference(at_target) {
        Some((user, difference)) => Err(CopyError::Differs { user, difference }),
        None => Ok(()),
    }
}

async fn send(
    source: &mut CopySource,
    transaction: &CopyTransaction<'_>,
    run: &Run,
    progress: &mut dyn CopyProgress,
) -> Result<(), CopyError> {
    let mut sent = Digests::default();
    for table in &TABLES {
        let refused = |error: tokio_postgres::Error| CopyError::Write {
            table: table.name,
            first: UserId::new(run.first),
            last: UserId::new(run.last),
            source: error.into(),
        };
        let mut writer = transaction.write(table).await.map_err(refused)?;
        for row in source.rows(table, run)? {
            let row = row?;
            sent.add(table, &row);
            writer.write(&row).await.map_err(refused)?;
            progress.advance(1);
        }
        writer.finish().await.map_err(refused)?;
    }
    let arrived = transaction.digests(run).await?;
    match sent.find_difference(arrived) {
        Some((user, difference)) => Err(CopyError::Garbled { user, difference }),
        None => Ok(()),
    }
}
