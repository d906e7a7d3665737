//! The tasks that a move must see.

use diesel::dsl::AsSelect;
use diesel::prelude::*;
use diesel::sqlite::{Sqlite, SqliteConnection};
use tasklane_domain::id::{OwnerId, TaskId};
use tasklane_domain::task::{NEIGHBOURS, Neighbourhood, Siblings};

use super::row::TaskRow;
use crate::sqlite::column::Id;
use crate::sqlite::schema::tasks;

/// Of those around a task, what comes before and after it; it itself is loaded by its id.
pub(crate) fn load_order(
    connection: &mut SqliteConnection,
    owner: OwnerId,
    neighbourhood: Neighbourhood,
) -> QueryResult<Vec<TaskRow>> {
    match neighbourhood {
        Neighbourhood::Whole => live(owner).load(connection),
        Neighbourhood::Around(id) => load_around(connection, owner, id),
        Neighbourhood::End(Siblings::Under(parent)) => {
            load_end(connection, owner, parent.map(Id::from))
        }
        Neighbourhood::End(Siblings::Of(id)) => match find_place(connection, owner, id)? {
            Some((_, parent)) => load_end(connection, owner, parent),
            None => Ok(Vec::new()),
        },
    }
}

#[diesel::dsl::auto_type]
fn live(owner: OwnerId) -> _ {
    let owner: Id = owner.into();
    let columns: AsSelect<TaskRow, Sqlite> = TaskRow::as_select();
    tasks::table
        .filter(tasks::owner_id.eq(owner))
        .filter(tasks::deleted_at.is_null())
        .select(columns)
}

/// The position and the parent of a task.
fn find_place(
    connection: &mut SqliteConnection,
    owner: OwnerId,
    id: TaskId,
) -> QueryResult<Option<(String, Option<Id>)>> {
    tasks::table
        .find((Id::from(owner), Id::from(id)))
        .select((tasks::position, tasks::parent_id))
        .get_result(connection)
        .optional()
}

fn load_end(
    connection: &mut SqliteConnection,
    owner: OwnerId,
    parent: Option<Id>,
) -> QueryResult<Vec<TaskRow>> {
    live(owner)
        .filter(tasks::parent_id.is(parent))
        .order((tasks::position.desc(), tasks::id.desc()))
        .limit(NEIGHBOURS.into())
        .load(connection)
}

fn load_around(
    connection: &mut SqliteConnection,
    owner: OwnerId,
    id: TaskId,
) -> QueryResult<Vec<TaskRow>> {
    let Some((key, parent)) = find_place(connection, owner, id)? else {
        return Ok(Vec::new());
    };
    let id = Id::from(id);
    let siblings = || live(owner).filter(tasks::parent_id.is(parent));
    let equal = || tasks::position.eq(&key);
    let before = tasks::position.lt(&key).or(equal().and(tasks::id.lt(id)));
    let after = tasks::position.gt(&key).or(equal().and(tasks::id.gt(id)));
    let near = i64::from(NEIGHBOURS);
    let mut rows: Vec<TaskRow> = siblings()
        .filter(before)
        .order((tasks::position.desc(), tasks::id.desc()))
        .limit(near)
        .load(connection)?;
    let after = siblings()
        .filter(after)
        .order((tasks::position.asc(), tasks::id.asc()))
        .limit(near);
    rows.extend(after.load::<TaskRow>(connection)?);
    Ok(rows)
}
