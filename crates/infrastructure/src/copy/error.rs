//! Why a copy ended early.

use std::path::PathBuf;

use tasklane_domain::error::BoxError;
use tasklane_domain::id::UserId;

use super::digest::Difference;
use crate::{postgres, sqlite};

/// Why a copy ended early. Users who were copied by then are whole, and stay; of the others there is
/// nothing in the target.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// There is nothing to copy from.
    #[error("there is no database file {0:?}")]
    NoSource(PathBuf),
    /// The source may change while it is copied, or right after.
    #[error("the database file {0:?} is in use: stop the service first, or copy from a backup")]
    SourceInUse(PathBuf),
    /// The source is no database.
    #[error(transparent)]
    Open(#[from] sqlite::OpenError),
    /// The source was left by a newer version, or its migrations cannot be told.
    #[error("the source: {0}")]
    SourceSchema(#[from] sqlite::MigrateError),
    /// The source was left by an older version.
    #[error("the source lacks the migration {0}: `tasklane migrate` it first")]
    SourceBehind(String),
    /// The source cannot be read, or holds what it should not.
    #[error("the source cannot be read")]
    Read(#[source] BoxError),
    /// The target cannot be reached.
    #[error("cannot connect to PostgreSQL")]
    Connect(#[source] BoxError),
    /// The source's search keys were made by another version.
    #[error("the source's search keys are of another version: `tasklane migrate` it first")]
    SourceKeysBehind,
    /// The target cannot be migrated.
    #[error(transparent)]
    Migrate(#[from] postgres::MigrateError),
    /// Another copy is writing to the target, or one that was killed is still in its last step.
    #[error("another copy is writing to the target")]
    TargetInUse,
    /// The target has rows, and there was no talk of resuming.
    #[error(
        "the target is not empty: copy into an empty database, or resume (--resume) a copy that \
         was interrupted"
    )]
    NotEmpty,
    /// The target has a user whom the source does not have.
    #[error("the target has a user whom the source has not, {0}: no copy left it like that")]
    Stranger(UserId),
    /// A user was copied before, and has changed since in one of the two.
    #[error(
        "the user {user} is in the target already and is not the same there: {difference}; \
         nothing of it was overwritten"
    )]
    Differs {
        /// Whose rows differ.
        user: UserId,
        /// In what.
        difference: Difference,
    },
    /// A user's rows at the target are not what was sent.
    #[error("the user {user} did not arrive as sent, and was not kept: {difference}")]
    Garbled {
        /// Whose rows differ.
        user: UserId,
        /// In what.
        difference: Difference,
    },
    /// The target did not take rows.
    #[error("PostgreSQL did not take {table} of the users from {first} to {last}")]
    Write {
        /// The table's name.
        table: &'static str,
        /// The first of the users who were being copied.
        first: UserId,
        /// The last of them.
        last: UserId,
        /// Why.
        #[source]
        source: BoxError,
    },
    /// The target gave no answer.
    #[error("PostgreSQL failed")]
    Target(#[source] BoxError),
    /// One of the stores has rows that belong to no user, or the target was written to meanwhile.
    #[error(
        "every user was copied, yet the source has {source_rows} rows of {table} and the target \
         {target_rows}: there are some without a user, or somebody else writes to the target"
    )]
    Remainder {
        /// The table's name.
        table: &'static str,
        /// How many rows the source has.
        source_rows: u64,
        /// How many the target has.
        target_rows: u64,
    },
}
