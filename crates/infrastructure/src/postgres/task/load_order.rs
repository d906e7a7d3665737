use std::borrow::Cow;
use std::sync::LazyLock;

use diesel::QueryResult;
use diesel::sql_types::{Array, BigInt, Nullable, Uuid as SqlUuid};
use tasklane_domain::id::{OwnerId, TaskId};
use tasklane_domain::task::{NEIGHBOURS, Neighbourhood};
use uuid::Uuid;

use super::load::{LoadedColumns, loaded_columns};
use crate::postgres::connection::statement::{Statement, Values};

/// One owner, with tasks by their ids and by their place in the order. What is found both ways comes
/// twice.
pub(crate) struct LoadOrder {
    owner: Uuid,
    tasks: Vec<Uuid>,
    around: Option<Uuid>,
    /// How many of the last ones.
    last: i64,
}

static LOAD_ORDER: LazyLock<String> = LazyLock::new(|| {
    include_str!("sql/load_order.sql")
        .replace("{columns}", &loaded_columns())
        .replace("{near}", &NEIGHBOURS.to_string())
});

impl LoadOrder {
    pub(crate) fn new(owner: OwnerId, tasks: &[TaskId], neighbourhood: Neighbourhood) -> Self {
        let (around, last) = match neighbourhood {
            Neighbourhood::Around(id) => (Some(id.as_uuid()), 0),
            Neighbourhood::End => (None, i64::from(NEIGHBOURS)),
            Neighbourhood::Whole => (None, i64::MAX),
        };
        Self {
            owner: owner.as_uuid(),
            tasks: tasks.iter().copied().map(TaskId::as_uuid).collect(),
            around,
            last,
        }
    }
}

impl Statement for LoadOrder {
    type Columns = LoadedColumns;

    fn sql(&self) -> Cow<'static, str> {
        Cow::Borrowed(&LOAD_ORDER)
    }

    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
        values
            .push::<SqlUuid>(&self.owner)?
            .push::<Array<SqlUuid>>(&self.tasks)?
            .push::<Nullable<SqlUuid>>(&self.around)?
            .push::<BigInt>(&self.last)?;
        Ok(())
    }
}
