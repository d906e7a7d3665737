//! What a summary is made of.

use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::OwnerId;
use tasklane_domain::page::Tally;

use crate::record::open_task;
use crate::sqlite::column::{Day, Id};
use crate::sqlite::connection::wanted::is_wanted;
use crate::sqlite::error::TxError;
use crate::sqlite::schema::tasks;
use crate::sqlite::user::row::find_version;

type OpenRow = (i16, Option<Day>, Option<String>, Option<String>, String);

pub(crate) fn tally(
    connection: &mut SqliteConnection,
    owner: OwnerId,
) -> Result<Tally, TxError<StoreError>> {
    let all = tasks::table
        .filter(tasks::owner_id.eq(Id::from(owner)))
        .filter(is_wanted());
    let live = all.filter(tasks::deleted_at.is_null());
    let completed: i64 = live
        .filter(tasks::completed_at.is_not_null())
        .count()
        .get_result(connection)?;
    let trashed: i64 = all
        .filter(tasks::deleted_at.is_not_null())
        .filter(tasks::title.is_not_null())
        .count()
        .get_result(connection)?;
    let open: Vec<OpenRow> = live
        .filter(tasks::completed_at.is_null())
        .select((
            tasks::priority,
            tasks::due_date,
            tasks::due_time,
            tasks::due_timezone,
            tasks::tags,
        ))
        .load(connection)?;
    let open = open.into_iter().map(|(priority, date, time, zone, tags)| {
        let date = date.map(|Day(date)| date);
        open_task(priority, date, time.as_deref(), zone.as_deref(), &tags)
    });
    Ok(Tally {
        version: find_version(connection, owner)?,
        completed: completed.unsigned_abs(),
        trashed: trashed.unsigned_abs(),
        open: open.collect::<Result<_, _>>()?,
    })
}
