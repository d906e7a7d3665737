use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use tasklane_domain::error::Violation;
use tasklane_domain::id::TaskId;
use tasklane_domain::service::TaskService;
use tasklane_domain::task::{Move, NewTask, Operation, Precondition, Reach, Revision, TaskPatch};
use utoipa::ToSchema;

use crate::extract::{Field, FieldErrors};
use crate::routes::tasks::{TaskDraftBody, TaskPatchBody, both, place};
use crate::schema;

/// Reads an operation on a task.
pub(super) fn read_task_operation<V: IntoValue>(
    value: Value<V>,
    location: ValuePointerRef,
) -> Result<TaskOperation, FieldErrors> {
    let operation = TaskOperation::deserialize_from_value(value, location);
    let operation = operation.and_then(|operation| match operation {
        TaskOperation::Move {
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

/// One operation of a batch. `op` says what it does, and `kind` to what: to a task by default.
#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors, tag = "op", rename_all = lowercase, deny_unknown_fields)]
#[schema(as = BatchOperation)]
#[serde(tag = "op", rename_all = "lowercase")]
pub(super) enum TaskOperation {
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
    /// Replaces a task, or creates it when nothing has the id and no revision is given. What is in the
    /// trash, or was erased, is not made again.
    #[schema(title = "PutOperation")]
    Put {
        /// The task's id, of the client's choice for a new one.
        #[schema(value_type = Uuid, example = "0193a5c8-7e2b-7c4d-9f10-6b1a2c3d4e5f")]
        id: TaskId,
        /// The revision that it must be at.
        #[deserr(default)]
        #[schema(value_type = Option<schema::Revision>)]
        if_match: Option<Revision>,
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
    /// Moves a task among those with the same parent: directly before or after another live one, or, when
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
        /// The id of the live task that it is to be a part of; null for none. Absent keeps the one that it
        /// has.
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
    /// Erases a task for good, live or in the trash.
    #[schema(title = "EraseOperation")]
    Erase {
        /// The task's id.
        #[schema(value_type = Uuid, example = "0193a5c8-7e2b-7c4d-9f10-6b1a2c3d4e5f")]
        id: TaskId,
        /// The revision that it must be at.
        #[deserr(default)]
        #[schema(value_type = Option<schema::Revision>)]
        if_match: Option<Revision>,
    },
}

impl TaskOperation {
    pub(super) fn into_operation(self, tasks: &TaskService) -> Operation {
        match self {
            Self::Create { id, task } => Operation::Create(NewTask {
                id: id.unwrap_or_else(|| tasks.next_id()),
                draft: task.into(),
                fingerprint: None,
            }),
            Self::Put { id, if_match, task } => Operation::Put {
                id,
                precondition: precondition(if_match),
                draft: task.into(),
            },
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
                parent_id,
                before,
                after,
            } => Operation::Move(Move {
                id,
                precondition: precondition(if_match),
                parent: parent_id.nullable(),
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
            Self::Erase { id, if_match } => Operation::Erase {
                id,
                precondition: precondition(if_match),
            },
        }
    }
}

fn precondition(if_match: Option<Revision>) -> Precondition {
    if_match.map_or(Precondition::None, Precondition::from)
}
