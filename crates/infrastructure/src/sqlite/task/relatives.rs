//! The sub-tasks and parents that a write must see.

use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use tasklane_domain::id::{OwnerId, TaskId};
use tasklane_domain::task::{MAX_OPERATIONS, Relatives};

use super::row::TaskRow;
use super::write::find_state;
use crate::sqlite::column::{Id, Instant};
use crate::sqlite::schema::tasks;

pub(crate) fn load_relatives(
    connection: &mut SqliteConnection,
    owner: OwnerId,
    id: TaskId,
    relatives: Relatives,
) -> QueryResult<Vec<TaskRow>> {
    let subtasks = || {
        tasks::table
            .filter(tasks::owner_id.eq(Id::from(owner)))
            .filter(tasks::parent_id.eq(Id::from(id)))
            .select(TaskRow::as_select())
    };
    match relatives {
        Relatives::LiveSubtasks => {
            let live = subtasks().filter(tasks::deleted_at.is_null());
            live.load(connection)
        }
        Relatives::AllSubtasks => subtasks().load(connection),
        Relatives::AnySubtasks => {
            let rows = subtasks().load_iter::<TaskRow, DefaultLoadingMode>(connection)?;
            rows.take(MAX_OPERATIONS + 1).collect()
        }
        Relatives::Family => load_family(connection, owner, id),
    }
}

fn load_family(
    connection: &mut SqliteConnection,
    owner: OwnerId,
    id: TaskId,
) -> QueryResult<Vec<TaskRow>> {
    let task = tasks::table.find((Id::from(owner), Id::from(id)));
    let found = task
        .select((tasks::deleted_at, tasks::parent_id))
        .get_result::<(Option<Instant>, Option<Id>)>(connection)
        .optional()?;
    let Some((Some(deleted_at), parent)) = found else {
        return Ok(Vec::new());
    };
    let mut family = tasks::table
        .filter(tasks::owner_id.eq(Id::from(owner)))
        .filter(tasks::parent_id.eq(Id::from(id)))
        .filter(tasks::deleted_at.eq(deleted_at))
        .select(TaskRow::as_select())
        .load(connection)?;
    if let Some(Id(parent)) = parent {
        let parent = TaskId::new(parent);
        family.extend(find_state(connection, owner, parent)?);
        let live = Relatives::LiveSubtasks;
        family.extend(load_relatives(connection, owner, parent, live)?);
    }
    Ok(family)
}
