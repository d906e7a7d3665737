//! What the OpenAPI document says about batches.

use utoipa::ToSchema;
use uuid::Uuid;

use super::{PatchTaskSchema, TaskDraftSchema, TaskSchema};

/// Operations to be done together.
#[derive(ToSchema)]
#[schema(as = Batch)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "describes in the OpenAPI document what BatchBody reads"
)]
pub(super) struct BatchSchema {
    /// In the order in which they are done.
    #[schema(min_items = 1, max_items = 100)]
    operations: Vec<OperationSchema>,
}

/// One operation of a batch, told apart by `op`.
#[derive(ToSchema)]
#[schema(as = BatchOperation)]
#[serde(untagged)]
#[schema(discriminator(property_name = "op", mapping(
    ("create" = "#/components/schemas/CreateOperation"),
    ("update" = "#/components/schemas/UpdateOperation"),
    ("toggle" = "#/components/schemas/ToggleOperation"),
    ("delete" = "#/components/schemas/DeleteOperation"),
    ("restore" = "#/components/schemas/RestoreOperation"),
)))]
#[expect(
    dead_code,
    reason = "describes in the OpenAPI document what OperationBody reads"
)]
pub(super) enum OperationSchema {
    /// Makes a task.
    Create(CreateOperation),
    /// Changes parts of a task.
    Update(UpdateOperation),
    /// Flips a task's completion.
    Toggle(ToggleOperation),
    /// Moves a task to the trash.
    Delete(DeleteOperation),
    /// Takes a task out of the trash.
    Restore(RestoreOperation),
}

/// Makes a task.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "describes a batch's operation")]
pub(super) struct CreateOperation {
    /// What it does.
    op: String,
    /// An id of the client's own.
    id: Option<Uuid>,
    /// Its content.
    task: TaskDraftSchema,
}

/// Changes parts of a task.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "describes a batch's operation")]
pub(super) struct UpdateOperation {
    /// What it does.
    op: String,
    /// Which task.
    id: Uuid,
    /// The revision that it must be at.
    #[schema(minimum = 0, maximum = 9_223_372_036_854_775_807_i64)]
    if_match: Option<i64>,
    /// What is set.
    patch: PatchTaskSchema,
}

/// Flips a task's completion.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "describes a batch's operation")]
pub(super) struct ToggleOperation {
    /// What it does.
    op: String,
    /// Which task.
    id: Uuid,
    /// The revision that it must be at.
    #[schema(minimum = 0, maximum = 9_223_372_036_854_775_807_i64)]
    if_match: Option<i64>,
}

/// Moves a task to the trash.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "describes a batch's operation")]
pub(super) struct DeleteOperation {
    /// What it does.
    op: String,
    /// Which task.
    id: Uuid,
    /// The revision that it must be at.
    #[schema(minimum = 0, maximum = 9_223_372_036_854_775_807_i64)]
    if_match: Option<i64>,
}

/// Takes a task out of the trash.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "describes a batch's operation")]
pub(super) struct RestoreOperation {
    /// What it does.
    op: String,
    /// Which task.
    id: Uuid,
    /// The revision that it must be at.
    #[schema(minimum = 0, maximum = 9_223_372_036_854_775_807_i64)]
    if_match: Option<i64>,
}

/// What the operations did.
#[derive(ToSchema)]
#[schema(as = BatchResults)]
#[expect(
    dead_code,
    reason = "describes in the OpenAPI document what BatchView serialises to"
)]
pub(super) struct BatchResultsSchema {
    /// One result an operation, in their order.
    #[schema(max_items = 100)]
    results: Vec<BatchResultSchema>,
    /// The user's revision afterwards.
    #[schema(minimum = 0, example = 57)]
    revision: i64,
}

/// What one operation did.
#[derive(ToSchema)]
#[schema(as = BatchResult)]
#[expect(
    dead_code,
    reason = "describes in the OpenAPI document what ResultView serialises to"
)]
pub(super) struct BatchResultSchema {
    /// The status that the operation would have answered with alone: 200, 201 or 204.
    #[schema(example = 201, minimum = 200, maximum = 299)]
    status: u16,
    /// The task as it then was; absent for a delete.
    #[schema(required = false, nullable = false)]
    task: Option<TaskSchema>,
}
