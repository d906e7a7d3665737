//! The tasks that a move must see.

use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use tasklane_domain::id::OwnerId;
use tasklane_domain::task::{NEIGHBOURS, Neighbourhood};

use super::row::TaskRow;
use crate::sqlite::column::Id;
use crate::sqlite::schema::tasks;

/// Of those around a task, what comes before and after it; it itself is loaded by its id.
pub(crate) fn load_order(
    connection: &mut SqliteConnection,
    owner: OwnerId,
    neighbourhood: Neighbourhood,
) -> QueryResult<Vec<TaskRow>> {
    let live = || {
        tasks::table
            .filter(tasks::owner_id.eq(Id::from(owner)))
            .filter(tasks::deleted_at.is_null())
            .select(TaskRow::as_select())
    };
    let near = i64::from(NEIGHBOURS);
    let id = match neighbourhood {
        Neighbourhood::Whole => return live().load(connection),
        Neighbourhood::End => {
            let descending = live().order((tasks::position.desc(), tasks::id.desc()));
            return descending.limit(near).load(connection);
        }
        Neighbourhood::Around(id) => Id::from(id),
    };
    let position = tasks::table
        .find((Id::from(owner), id))
        .select(tasks::position);
    let Some(key) = position.get_result::<String>(connection).optional()? else {
        return Ok(Vec::new());
    };
    let equal = || tasks::position.eq(&key);
    let before = tasks::position.lt(&key).or(equal().and(tasks::id.lt(id)));
    let after = tasks::position.gt(&key).or(equal().and(tasks::id.gt(id)));
    let mut rows: Vec<TaskRow> = live()
        .filter(before)
        .order((tasks::position.desc(), tasks::id.desc()))
        .limit(near)
        .load(connection)?;
    let after = live()
        .filter(after)
        .order((tasks::position.asc(), tasks::id.asc()))
        .limit(near);
    rows.extend(after.load::<TaskRow>(connection)?);
    Ok(rows)
}
