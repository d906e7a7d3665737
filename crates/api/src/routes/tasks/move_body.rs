use deserr::{Deserr, ValuePointerRef};
use tasklane_domain::error::Violation;
use tasklane_domain::id::TaskId;
use tasklane_domain::task::{Move, Place, Precondition, Reach};
use utoipa::ToSchema;

use crate::extract::{Field, FieldErrors};

/// Where a task is to stand among those with the same parent: directly before or after another live one,
/// or, when neither is given, last.
#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields, validate = check -> FieldErrors)]
#[schema(as = TaskMove, example = json!({ "after": "0193a5c8-7e2b-7c4d-9f10-6b1a2c3d4e5f" }))]
#[serde(deny_unknown_fields)]
pub(super) struct MoveBody {
    /// The id of the live task that it is to be a part of; null for none. Absent keeps the one that it has.
    #[deserr(default)]
    #[schema(value_type = Option<Uuid>)]
    parent_id: Field<TaskId>,
    /// The id of the task that it is to stand directly before.
    #[deserr(default)]
    #[schema(value_type = Option<Uuid>)]
    before: Option<TaskId>,
    /// The id of the task that it is to stand directly after; not together with `before`.
    #[deserr(default)]
    #[schema(value_type = Option<Uuid>)]
    after: Option<TaskId>,
}

fn check(body: MoveBody, location: ValuePointerRef) -> Result<MoveBody, FieldErrors> {
    if body.before.is_some() && body.after.is_some() {
        return Err(both(location));
    }
    Ok(body)
}

/// That a place is named twice.
pub(crate) fn both(location: ValuePointerRef) -> FieldErrors {
    let violation = Violation::new("exclusive", "must not be given together with before");
    FieldErrors::at(location.push_key("after"), violation)
}

impl MoveBody {
    pub(super) fn into_move(self, id: TaskId, precondition: Precondition) -> Move {
        Move {
            id,
            precondition,
            parent: self.parent_id.nullable(),
            place: place(self.before, self.after),
            reach: Reach::Near,
        }
    }
}

/// The place of which at most one neighbour is named.
pub(crate) fn place(before: Option<TaskId>, after: Option<TaskId>) -> Place {
    before
        .map(Place::Before)
        .or(after.map(Place::After))
        .unwrap_or(Place::Last)
}
