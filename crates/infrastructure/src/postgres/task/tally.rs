//! What a summary is made of.

use std::borrow::Cow;

use chrono::NaiveDate;
use diesel::QueryResult;
use diesel::sql_types::{BigInt, Date, Nullable, SmallInt, Text, Uuid as SqlUuid};
use tasklane_domain::error::StoreError;
use tasklane_domain::id::OwnerId;
use tasklane_domain::page::Tally;
use uuid::Uuid;

use super::lookup::into_version;
use crate::postgres::connection::connections::Connections;
use crate::postgres::connection::statement::{Statement, Values};
use crate::record::open_task;

type Row = (
    i64,
    i64,
    i64,
    i64,
    Option<i16>,
    Option<NaiveDate>,
    Option<String>,
    Option<String>,
    Option<String>,
);

pub(crate) async fn tally(connections: &Connections, owner: OwnerId) -> Result<Tally, StoreError> {
    let statement = TallyTasks(owner.as_uuid());
    let rows: Vec<Row> = connections.query_long(owner, statement).await?;
    let mut tally = Tally::default();
    if let Some((revision, purge_horizon, completed, trashed, ..)) = rows.first() {
        tally.version = into_version((*revision, *purge_horizon))?;
        tally.completed = completed.unsigned_abs();
        tally.trashed = trashed.unsigned_abs();
    }
    for (.., priority, date, time, zone, tags) in rows {
        let (Some(priority), Some(tags)) = (priority, tags) else {
            continue;
        };
        let open = open_task(priority, date, time.as_deref(), zone.as_deref(), &tags);
        tally.open.push(open?);
    }
    Ok(tally)
}

struct TallyTasks(Uuid);

impl Statement for TallyTasks {
    type Columns = (
        BigInt,
        BigInt,
        BigInt,
        BigInt,
        Nullable<SmallInt>,
        Nullable<Date>,
        Nullable<Text>,
        Nullable<Text>,
        Nullable<Text>,
    );

    fn sql(&self) -> Cow<'static, str> {
        Cow::Borrowed(include_str!("sql/tally.sql"))
    }

    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
        values.push::<SqlUuid>(&self.0)?;
        Ok(())
    }
}
