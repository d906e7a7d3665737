use std::borrow::Cow;
use std::sync::LazyLock;

use diesel::QueryResult;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Uuid as SqlUuid};
use tasklane_domain::id::{OwnerId, TaskId};
use tasklane_domain::task::{
    MAX_OPERATIONS, NEIGHBOURS, Needs, Neighbourhood, Relatives, Siblings,
};
use uuid::Uuid;

use super::load::{LoadedColumns, loaded_columns};
use crate::postgres::connection::statement::{Statement, Values};

/// One owner, with everything that a write may have to see.
#[derive(Default)]
pub(crate) struct LoadNeeds {
    owner: Uuid,
    tasks: Vec<Uuid>,
    live_subtasks_of: Vec<Uuid>,
    all_subtasks_of: Vec<Uuid>,
    some_subtasks_of: Vec<Uuid>,
    families_of: Vec<Uuid>,
    order: Order,
    trash: i64,
}

/// A part of an order.
#[derive(Default)]
struct Order {
    around: Option<Uuid>,
    /// How many of the last ones.
    last: i64,
    sibling: Option<Uuid>,
    parent: Option<Uuid>,
    is_of_all: bool,
}

static LOAD_NEEDS: LazyLock<String> = LazyLock::new(|| {
    include_str!("sql/load_needs.sql")
        .replace("{columns}", &loaded_columns())
        .replace("{near}", &NEIGHBOURS.to_string())
        .replace("{some}", &(MAX_OPERATIONS + 1).to_string())
});

impl LoadNeeds {
    pub(crate) fn new(owner: OwnerId, needs: &Needs) -> Self {
        let of = |relatives| uuids(&needs.tasks_with(relatives));
        Self {
            owner: owner.as_uuid(),
            tasks: uuids(&needs.tasks),
            live_subtasks_of: of(Relatives::LiveSubtasks),
            all_subtasks_of: of(Relatives::AllSubtasks),
            some_subtasks_of: of(Relatives::AnySubtasks),
            families_of: of(Relatives::Family),
            order: needs.order.map(Order::of).unwrap_or_default(),
            trash: needs.trash.into(),
        }
    }
}

impl Order {
    fn of(neighbourhood: Neighbourhood) -> Self {
        let last = i64::from(NEIGHBOURS);
        match neighbourhood {
            Neighbourhood::Around(id) => Self {
                around: Some(id.as_uuid()),
                ..Self::default()
            },
            Neighbourhood::End(Siblings::Of(id)) => Self {
                last,
                sibling: Some(id.as_uuid()),
                ..Self::default()
            },
            Neighbourhood::End(Siblings::Under(parent)) => Self {
                last,
                parent: parent.map(TaskId::as_uuid),
                ..Self::default()
            },
            Neighbourhood::Whole => Self {
                last: i64::MAX,
                is_of_all: true,
                ..Self::default()
            },
        }
    }
}

fn uuids(ids: &[TaskId]) -> Vec<Uuid> {
    ids.iter().copied().map(TaskId::as_uuid).collect()
}

impl Statement for LoadNeeds {
    type Columns = LoadedColumns;

    fn sql(&self) -> Cow<'static, str> {
        Cow::Borrowed(&LOAD_NEEDS)
    }

    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
        values
            .push::<SqlUuid>(&self.owner)?
            .push::<Array<SqlUuid>>(&self.tasks)?
            .push::<Array<SqlUuid>>(&self.live_subtasks_of)?
            .push::<Array<SqlUuid>>(&self.all_subtasks_of)?
            .push::<Array<SqlUuid>>(&self.some_subtasks_of)?
            .push::<Array<SqlUuid>>(&self.families_of)?
            .push::<Nullable<SqlUuid>>(&self.order.around)?
            .push::<BigInt>(&self.order.last)?
            .push::<Nullable<SqlUuid>>(&self.order.sibling)?
            .push::<Nullable<SqlUuid>>(&self.order.parent)?
            .push::<Bool>(&self.order.is_of_all)?
            .push::<BigInt>(&self.trash)?;
        Ok(())
    }
}

/// The text that Citus sends to where one owner's rows lie.
#[cfg(all(test, feature = "testing"))]
pub(super) fn load_needs_statement() -> &'static str {
    &LOAD_NEEDS
}
