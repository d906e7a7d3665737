//! What an owner keeps, in the three columns of the owner's row that count it.

use tasklane_domain::error::StoreError;
use tasklane_domain::task::Usage;

/// The bytes of a row's text, as [`Usage`] counts them, in the SQL of both stores. The line feeds
/// between tags and what separates the members of metadata do not count.
pub(crate) const TEXT_BYTES: &str = "CAST(
    coalesce(octet_length(tasks.title), 0) + coalesce(octet_length(tasks.description), 0)
    + octet_length(replace(tasks.tags, '\n', '')) + octet_length(tasks.position)
    + octet_length(replace(replace(tasks.metadata, '\n', ''), '\t', ''))
    AS bigint)";

/// The columns `open_tasks`, `items` and `bytes`.
pub(crate) type UsageRow = (i64, i64, i64);

pub(crate) fn from_usage(usage: Usage) -> UsageRow {
    let column = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    (
        column(usage.open_tasks),
        column(usage.items),
        column(usage.bytes),
    )
}

pub(crate) fn into_usage((open_tasks, items, bytes): UsageRow) -> Result<Usage, StoreError> {
    Ok(Usage {
        open_tasks: into_count(open_tasks)?,
        items: into_count(items)?,
        bytes: into_count(bytes)?,
    })
}

/// A number that the database counts; it is never negative.
pub(crate) fn into_count(number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|error| StoreError::corrupt("counter", error))
}
