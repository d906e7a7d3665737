//! The change feed.

use std::borrow::Cow;

use diesel::QueryResult;
use diesel::sql_types::{BigInt, Nullable, Uuid as SqlUuid};
use tasklane_domain::error::StoreError;
use tasklane_domain::id::UserId;
use tasklane_domain::page::ListVersion;
use tasklane_domain::port::FeedError;
use tasklane_domain::task::{Change, ChangePage, Revision};
use uuid::Uuid;

use super::lookup::into_version;
use super::row::{TaskColumns, TaskRow};
use crate::postgres::connection::connections::Connections;
use crate::postgres::connection::statement::{Prepared, Statement, Values};
use crate::record::TaskRecord;

pub(crate) async fn changes(
    connections: &Connections,
    owner: UserId,
    since: Revision,
    limit: u16,
) -> Result<ChangePage, FeedError> {
    let asked = usize::from(limit);
    let statement = ListChanges::new(owner, since, limit);
    let rows: Vec<(i64, i64, Option<TaskRow>)> = connections
        .pipelined(&Prepared(&statement))
        .await
        .map_err(StoreError::from)?;
    let ListVersion {
        revision,
        purge_horizon,
    } = match rows.first() {
        Some((revision, purge_horizon, _)) => into_version((*revision, *purge_horizon))?,
        None => ListVersion::default(),
    };
    if since > revision {
        return Err(FeedError::Ahead { current: revision });
    }
    if since > Revision::ZERO && since < purge_horizon {
        return Err(FeedError::Expired);
    }
    let changes = rows.into_iter().filter_map(|(_, _, row)| row);
    let changes = changes.map(|row| TaskRecord::from(row).into_change());
    Ok(stretch(changes.collect::<Result<_, _>>()?, asked, revision))
}

/// Makes a stretch of one change more than was asked for, which only tells that there are more.
fn stretch(mut changes: Vec<Change>, limit: usize, newest: Revision) -> ChangePage {
    let has_more = changes.len() > limit;
    changes.truncate(limit);
    let last = changes.last().filter(|_| has_more).map(Change::revision);
    ChangePage {
        changes,
        revision: last.unwrap_or(newest),
        has_more,
    }
}

/// A stretch and one change more.
pub(crate) struct ListChanges {
    owner: Uuid,
    since: i64,
    limit: i64,
}

impl ListChanges {
    pub(crate) fn new(owner: UserId, since: Revision, limit: u16) -> Self {
        let (owner, since) = (owner.as_uuid(), since.as_i64());
        Self {
            owner,
            since,
            limit: i64::from(limit) + 1,
        }
    }
}

impl Statement for ListChanges {
    type Columns = (BigInt, BigInt, Nullable<TaskColumns>);

    fn sql(&self) -> Cow<'static, str> {
        Cow::Borrowed(include_str!("sql/list_changes.sql"))
    }

    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
        values
            .push::<SqlUuid>(&self.owner)?
            .push::<BigInt>(&self.since)?
            .push::<BigInt>(&self.limit)?;
        Ok(())
    }
}
