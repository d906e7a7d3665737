//! The change feed.

use std::borrow::Cow;
use std::sync::LazyLock;

use diesel::QueryResult;
use diesel::sql_types::{BigInt, Nullable, Uuid as SqlUuid};
use tasklane_domain::error::StoreError;
use tasklane_domain::id::OwnerId;
use tasklane_domain::page::{FeedLimit, ListVersion};
use tasklane_domain::task::{ChangePage, FeedError, Revision, SyncPoint};
use uuid::Uuid;

use super::lookup::into_version;
use super::row::{TaskColumns, TaskRow, columns_of};
use crate::postgres::connection::connections::Connections;
use crate::postgres::connection::statement::{Prepared, Statement, Values};

pub(crate) async fn changes(
    connections: &Connections,
    owner: OwnerId,
    since: SyncPoint,
    limit: FeedLimit,
) -> Result<ChangePage, FeedError> {
    let statement = ListChanges::new(owner, since.revision, limit.get());
    let rows: Vec<(i64, i64, Option<TaskRow>)> = connections
        .pipelined(&Prepared(&statement))
        .await
        .map_err(StoreError::from)?;
    let version = match rows.first() {
        Some((revision, purge_horizon, _)) => into_version((*revision, *purge_horizon))?,
        None => ListVersion::default(),
    };
    let changes = rows.into_iter().filter_map(|(_, _, row)| row);
    let changes = changes.map(TaskRow::into_change);
    ChangePage::read(version, since, limit, changes.collect::<Result<_, _>>()?)
}

static LIST_CHANGES: LazyLock<String> = LazyLock::new(|| {
    include_str!("sql/list_changes.sql").replace("{columns}", &columns_of("change"))
});

/// A stretch and one change more.
pub(crate) struct ListChanges {
    owner: Uuid,
    since: i64,
    limit: i64,
}

impl ListChanges {
    pub(crate) fn new(owner: OwnerId, since: Revision, limit: u16) -> Self {
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
        Cow::Borrowed(&LIST_CHANGES)
    }

    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
        values
            .push::<SqlUuid>(&self.owner)?
            .push::<BigInt>(&self.since)?
            .push::<BigInt>(&self.limit)?;
        Ok(())
    }
}
