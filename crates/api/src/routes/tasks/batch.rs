//! What a batch takes and answers with.

use deserr::{Deserr, IntoValue, Sequence, Value, ValuePointerRef};
use serde::Serialize;
use tasklane_domain::error::Violation;
use tasklane_domain::id::TaskId;
use tasklane_domain::service::TaskService;
use tasklane_domain::task::{
    MAX_OPERATIONS, Move, NewTask, Operation, Outcome, Precondition, Reach, Revision, Task,
    TaskPatch, Written,
};
use utoipa::ToSchema;

use super::TaskView;
use super::draft::TaskDraftBody;
use super::move_body::{both, place};
use super::patch::TaskPatchBody;
use crate::extract::FieldErrors;
use crate::operation::View;
use crate::schema;

/// Operations to be done together.
#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = Batch)]
#[serde(deny_unknown_fields)]
pub(super) struct BatchBody {
    /// The operations, in the order in which they are done.
    #[schema(value_type = Vec<OperationBody>, min_items = 1, max_items = 100)]
    pub(super) operations: OperationList,
}

/// A list of operations that is neither empty nor too long.
pub(super) struct OperationList(pub(super) Vec<OperationBody>);

impl Deserr<FieldErrors> for OperationList {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, FieldErrors> {
        let Value::Sequence(items) = value else {
            return Vec::deserialize_from_value(value, location).map(Self);
        };
        if !(1..=MAX_OPERATIONS).contains(&items.len()) {
            let message = format!("must be 1 to {MAX_OPERATIONS} operations");
            let violation = Violation::new("wrong_length", message)
                .with("min", 1)
                .with("max", MAX_OPERATIONS as u64);
            return Err(FieldErrors::at(location, violation));
        }
        let mut operations = Vec::with_capacity(items.len());
        let mut errors = FieldErrors::default();
        for (index, item) in items.into_iter().enumerate() {
            match read_operation(item.into_value(), location.push_index(index)) {
                Ok(operation) => operations.push(operation),
                Err(found) => errors.append(found),
            }
        }
        if errors.is_empty() {
            Ok(Self(operations))
        } else {
            Err(errors)
        }
    }
}

fn read_operation<V: IntoValue>(
    value: Value<V>,
    location: ValuePointerRef,
) -> Result<OperationBody, FieldErrors> {
    let operation = OperationBody::deserialize_from_value(value, location);
    let operation = operation.and_then(|operation| match operation {
        OperationBody::Move {
            before: Some(_),
            after: Some(_),
            ..
        } => Err(both(location)),
        operation => Ok(operation),
    });
    operation.map_err(|errors| {
        // The derived reader says of an unknown `op` only that the operation is invalid.
        if errors
            .listed()
            .iter()
            .any(|error| error.violation.code == "invalid")
        {
            let violation = Violation::new("unknown_value", "is not a known operation");
            FieldErrors::at(location.push_key("op"), violation)
        } else {
            errors
        }
    })
}

/// One operation of a batch. `op` says what it does.
#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors, tag = "op", rename_all = lowercase, deny_unknown_fields)]
#[schema(as = BatchOperation)]
#[serde(tag = "op", rename_all = "lowercase")]
pub(super) enum OperationBody {
    /// Creates a task.
    #[schema(title = "CreateOperation")]
    Create {
        /// An id of the client's choice.
        #[deserr(default)]
        #[schema(value_type = Option<Uuid>)]
        id: Option<TaskId>,
        /// Its content.
        task: TaskDraftBody,
    },
    /// Changes parts of a task.
    #[schema(title = "UpdateOperation")]
    Update {
        /// The task's id.
        #[schema(value_type = Uuid, example = "0193a5c8-7e2b-7c4d-9f10-6b1a2c3d4e5f")]
        id: TaskId,
        /// The revision that it must be at.
        #[deserr(default)]
        #[schema(value_type = Option<schema::Revision>)]
        if_match: Option<Revision>,
        /// The changes.
        patch: TaskPatchBody,
    },
    /// Flips a task's completion.
    #[schema(title = "ToggleOperation")]
    Toggle {
        /// The task's id.
        #[schema(value_type = Uuid, example = "0193a5c8-7e2b-7c4d-9f10-6b1a2c3d4e5f")]
        id: TaskId,
        /// The revision that it must be at.
        #[deserr(default)]
        #[schema(value_type = Option<schema::Revision>)]
        if_match: Option<Revision>,
    },
    /// Moves a task in the order of positions: directly before or after another live one, or, when
    /// neither is given, behind all.
    #[schema(title = "MoveOperation")]
    Move {
        /// The task's id.
        #[schema(value_type = Uuid, example = "0193a5c8-7e2b-7c4d-9f10-6b1a2c3d4e5f")]
        id: TaskId,
        /// The revision that it must be at.
        #[deserr(default)]
        #[schema(value_type = Option<schema::Revision>)]
        if_match: Option<Revision>,
        /// The id of the task that it is to stand directly before.
        #[deserr(default)]
        #[schema(value_type = Option<Uuid>)]
        before: Option<TaskId>,
        /// The id of the task that it is to stand directly after; not together with `before`.
        #[deserr(default)]
        #[schema(value_type = Option<Uuid>)]
        after: Option<TaskId>,
    },
    /// Moves a task to the trash.
    #[schema(title = "DeleteOperation")]
    Delete {
        /// The task's id.
        #[schema(value_type = Uuid, example = "0193a5c8-7e2b-7c4d-9f10-6b1a2c3d4e5f")]
        id: TaskId,
        /// The revision that it must be at.
        #[deserr(default)]
        #[schema(value_type = Option<schema::Revision>)]
        if_match: Option<Revision>,
    },
    /// Takes a task out of the trash.
    #[schema(title = "RestoreOperation")]
    Restore {
        /// The task's id.
        #[schema(value_type = Uuid, example = "0193a5c8-7e2b-7c4d-9f10-6b1a2c3d4e5f")]
        id: TaskId,
        /// The revision that it must be at.
        #[deserr(default)]
        #[schema(value_type = Option<schema::Revision>)]
        if_match: Option<Revision>,
    },
}

impl OperationBody {
    pub(super) fn into_operation(self, tasks: &TaskService) -> Operation {
        match self {
            Self::Create { id, task } => Operation::Create(NewTask {
                id: id.unwrap_or_else(|| tasks.next_id()),
                draft: task.into(),
                fingerprint: None,
            }),
            Self::Update {
                id,
                if_match,
                patch,
            } => Operation::Update {
                id,
                precondition: precondition(if_match),
                patch: patch.into(),
            },
            Self::Toggle { id, if_match } => Operation::Update {
                id,
                precondition: precondition(if_match),
                patch: TaskPatch::toggle(),
            },
            Self::Move {
                id,
                if_match,
                before,
                after,
            } => Operation::Move(Move {
                id,
                precondition: precondition(if_match),
                place: place(before, after),
                reach: Reach::Near,
            }),
            Self::Delete { id, if_match } => Operation::Delete {
                id,
                precondition: precondition(if_match),
            },
            Self::Restore { id, if_match } => Operation::Restore {
                id,
                precondition: precondition(if_match),
            },
        }
    }
}

fn precondition(if_match: Option<Revision>) -> Precondition {
    if_match.map_or(Precondition::None, Precondition::from)
}

/// The results of a batch.
#[derive(Serialize, ToSchema)]
#[schema(as = BatchResults)]
pub(crate) struct BatchView<'a> {
    /// The result of each operation, in their order.
    #[schema(max_items = 100)]
    results: Vec<ResultView<'a>>,
    /// The user's revision afterwards.
    #[schema(value_type = schema::Revision)]
    revision: i64,
}

impl View for Written {
    type View<'a> = BatchView<'a>;

    fn view(&self) -> BatchView<'_> {
        BatchView {
            results: self.outcomes.iter().map(ResultView::from).collect(),
            revision: self.revision.as_i64(),
        }
    }
}

/// The result of one operation.
#[derive(Serialize, ToSchema)]
#[schema(as = BatchResult)]
struct ResultView<'a> {
    /// The status that the operation alone would have answered with: 200, 201 or 204.
    #[schema(example = 201, minimum = 200, maximum = 299)]
    status: u16,
    /// The task as it was afterwards; absent for a delete.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    task: Option<TaskView<'a>>,
}

impl<'a> From<&'a Outcome> for ResultView<'a> {
    fn from(outcome: &'a Outcome) -> Self {
        let (status, task): (_, Option<&Task>) = match outcome {
            Outcome::Created(task) => (201, Some(task)),
            Outcome::Changed(task) | Outcome::Unchanged(task) => (200, Some(task)),
            Outcome::Deleted(_) | Outcome::Erased(_) => (204, None),
        };
        Self {
            status,
            task: task.map(TaskView::from),
        }
    }
}
