use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, post, web};
use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde::Serialize;
use tasklane_domain::error::Violation;
use tasklane_domain::id::TaskId;
use tasklane_domain::service::TaskService;
use tasklane_domain::task::{
    MAX_OPERATIONS, NewTask, Operation, Outcome, Precondition, Revision, TaskDraft, TaskPatch,
    Written,
};

use super::TaskView;
use super::batch_schema::{BatchResultsSchema, BatchSchema};
use super::body::{CheckedPatch, TaskDraftBody};
use crate::error::ApiError;
use crate::extract::{Authenticated, Body, BodyErrors};
use crate::middleware::deadline;
use crate::state::AppState;

#[derive(Deserr)]
#[deserr(error = BodyErrors, deny_unknown_fields)]
pub(super) struct BatchBody {
    operations: Operations,
}

struct Operations(Vec<OperationBody>);

impl Deserr<BodyErrors> for Operations {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, BodyErrors> {
        let count = match &value {
            Value::Sequence(items) => Some(deserr::Sequence::len(items)),
            _ => None,
        };
        if count.is_some_and(|count| !(1..=MAX_OPERATIONS).contains(&count)) {
            let message = format!("must be 1 to {MAX_OPERATIONS} operations");
            let violation = Violation::new("wrong_length", message)
                .with("min", 1)
                .with("max", MAX_OPERATIONS as u64);
            return Err(BodyErrors::at(location, violation));
        }
        Vec::deserialize_from_value(value, location).map(Self)
    }
}

/// What an operation does.
#[derive(Clone, Copy, Deserr)]
#[deserr(error = BodyErrors, rename_all = lowercase)]
enum Kind {
    Create,
    Update,
    Toggle,
    Delete,
    Restore,
}

/// Every member that some operation has. They are read together, so that all that is wrong is
/// reported, and only then told apart.
#[derive(Deserr)]
#[deserr(error = BodyErrors, deny_unknown_fields)]
struct OperationFields {
    op: Kind,
    #[deserr(default)]
    id: Option<TaskId>,
    #[deserr(default)]
    if_match: Option<Revision>,
    #[deserr(default)]
    task: Option<TaskDraftBody>,
    #[deserr(default)]
    patch: Option<CheckedPatch>,
}

/// An operation; a create may still lack its id.
enum OperationBody {
    Create(Option<TaskId>, TaskDraft),
    Other(Operation),
}

impl Deserr<BodyErrors> for OperationBody {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, BodyErrors> {
        let fields = OperationFields::deserialize_from_value(value, location)?;
        fields.check(location)
    }
}

impl OperationFields {
    fn check(self, location: ValuePointerRef) -> Result<OperationBody, BodyErrors> {
        let Self {
            op,
            id,
            if_match,
            task,
            patch,
        } = self;
        let creates = matches!(op, Kind::Create);
        let updates = matches!(op, Kind::Update);
        let mut errors = BodyErrors::default();
        let mut must = |name: &str, given: bool, wanted: bool| match (given, wanted) {
            (false, true) => errors.add(location.push_key(name), Violation::required()),
            (true, false) => errors.add(location.push_key(name), BodyErrors::unknown_field()),
            _ => {}
        };
        must("id", id.is_some(), !creates || id.is_some());
        must(
            "if_match",
            if_match.is_some(),
            !creates && if_match.is_some(),
        );
        must("task", task.is_some(), creates);
        must("patch", patch.is_some(), updates);
        let precondition = precondition(if_match);
        let operation = match (op, id, task, patch) {
            (Kind::Create, id, Some(task), _) => OperationBody::Create(id, task.into()),
            (Kind::Update, Some(id), _, Some(CheckedPatch(patch))) => {
                OperationBody::Other(Operation::Update {
                    id,
                    precondition,
                    patch,
                })
            }
            (Kind::Toggle, Some(id), _, _) => OperationBody::Other(Operation::Update {
                id,
                precondition,
                patch: TaskPatch::toggle(),
            }),
            (Kind::Delete, Some(id), _, _) => {
                OperationBody::Other(Operation::Delete { id, precondition })
            }
            (Kind::Restore, Some(id), _, _) => {
                OperationBody::Other(Operation::Restore { id, precondition })
            }
            _ => return Err(errors),
        };
        if errors.0.is_empty() {
            Ok(operation)
        } else {
            Err(errors)
        }
    }
}

impl OperationBody {
    fn into_operation(self, tasks: &TaskService) -> Operation {
        match self {
            Self::Create(id, draft) => {
                let id = id.unwrap_or_else(|| tasks.next_id());
                Operation::Create(NewTask {
                    id,
                    draft,
                    fingerprint: None,
                })
            }
            Self::Other(operation) => operation,
        }
    }
}

fn precondition(if_match: Option<Revision>) -> Precondition {
    if_match.map_or(Precondition::None, Precondition::from)
}

#[derive(Serialize)]
struct BatchView<'a> {
    results: Vec<ResultView<'a>>,
    revision: i64,
}

#[derive(Serialize)]
struct ResultView<'a> {
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<TaskView<'a>>,
}

impl<'a> From<&'a Outcome> for ResultView<'a> {
    fn from(outcome: &'a Outcome) -> Self {
        let (status, task) = match outcome {
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

/// Do several things at once
///
/// Up to 100 operations, all or nothing, in order; each sees those before it. The first that fails
/// makes the whole request fail with its status and a pointer to it.
#[utoipa::path(
    tag = "Tasks",
    request_body = BatchSchema,
    responses(
        (status = 200, description = "What they did", body = BatchResultsSchema),
    ),
)]
#[post("", wrap = "from_fn(deadline)")]
pub(super) async fn batch_tasks(
    state: web::Data<AppState>,
    request: Authenticated<Body<BatchBody>>,
) -> Result<HttpResponse, ApiError> {
    let Authenticated(caller, Body(body)) = request;
    let operations = body.operations.0.into_iter();
    let operations = operations
        .map(|operation| operation.into_operation(&state.tasks))
        .collect();
    let tasks = &state.tasks;
    let written = tasks
        .batch(caller.owner(), caller.actor(), operations)
        .await;
    let Written { outcomes, revision } = written.map_err(ApiError::Batch)?;
    let results = outcomes.iter().map(ResultView::from).collect();
    Ok(HttpResponse::Ok().json(BatchView {
        results,
        revision: revision.as_i64(),
    }))
}
