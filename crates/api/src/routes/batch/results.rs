use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::Serialize;
use tasklane_domain::task::{Outcome, Revision, Task};
use utoipa::ToSchema;

use crate::operation::{Describe, OperationDescription};
use crate::problem::{LocatedProblem, Problem, ProblemDocument};
use crate::routes::tasks::TaskView;
use crate::schema;

/// What a batch did, in the order of its operations.
pub(super) struct Results {
    pub(super) results: Vec<OperationResult>,
    pub(super) revision: Revision,
}

/// What one of the operations came to.
pub(super) enum OperationResult {
    Done(Outcome),
    Refused {
        problem: Problem,
        /// The task that it is about, as it is.
        current: Option<Task>,
    },
}

impl Responder for Results {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let results = self.results.iter();
        HttpResponse::Ok().json(BatchView {
            results: results
                .map(|result| ResultView::new(result, request))
                .collect(),
            revision: self.revision.as_i64(),
        })
    }
}

impl Describe for Results {
    fn describe(operation: &mut OperationDescription<'_>) {
        operation.answer(StatusCode::OK).json::<BatchView<'_>>();
    }
}

/// The results of a batch.
#[derive(Serialize, ToSchema)]
#[schema(as = BatchResults)]
struct BatchView<'a> {
    /// The result of each operation, in their order.
    #[schema(max_items = 100)]
    results: Vec<ResultView<'a>>,
    /// The user's revision afterwards.
    #[schema(value_type = schema::Revision)]
    revision: i64,
}

/// The result of one operation.
#[derive(Serialize, ToSchema)]
#[schema(as = BatchResult)]
struct ResultView<'a> {
    /// The status that the operation alone would have answered with: 200, 201 or 204, or the problem's.
    #[schema(example = 204, minimum = 200, maximum = 499)]
    status: u16,
    /// The task as it was afterwards; absent where it was deleted or erased. Of a refused operation, the
    /// task as it is, in the trash too; null where it does not exist, or the operation could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, value_type = Option<TaskView<'a>>)]
    #[expect(
        clippy::option_option,
        reason = "absent and null are different members"
    )]
    task: Option<Option<TaskView<'a>>>,
    /// The revision at which the task was deleted or erased; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = schema::Revision, required = false)]
    revision: Option<i64>,
    /// Why the operation was refused; absent where it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, value_type = ProblemDocument<'a>)]
    problem: Option<LocatedProblem<'a>>,
}

impl<'a> ResultView<'a> {
    fn new(result: &'a OperationResult, request: &'a HttpRequest) -> Self {
        let done = |status, task: &'a Task| Self {
            status,
            task: Some(Some(task.into())),
            revision: None,
            problem: None,
        };
        let gone = |revision: Revision| Self {
            status: 204,
            task: None,
            revision: Some(revision.as_i64()),
            problem: None,
        };
        match result {
            OperationResult::Done(Outcome::Created(task)) => done(201, task),
            OperationResult::Done(Outcome::Changed(task) | Outcome::Unchanged(task)) => {
                done(200, task)
            }
            OperationResult::Done(Outcome::Deleted(task)) => gone(task.revision),
            OperationResult::Done(Outcome::Erased(tombstone)) => gone(tombstone.revision),
            OperationResult::Refused { problem, current } => Self {
                status: problem.code.status(),
                task: Some(current.as_ref().map(TaskView::from)),
                revision: None,
                problem: Some(LocatedProblem::of(problem, request)),
            },
        }
    }
}
