use tasklane_domain::task::Written;

use super::batch::BatchBody;
use crate::error::ApiError;
use crate::extract::{Authenticated, Body};
use crate::operation::{Operation, Route, Shown, State, Tag};
use crate::problem::ProblemCode;

/// Largest body of a batch, in bytes.
const LIMIT: usize = 1024 * 1024;

pub(super) struct BatchTasks;

impl Operation for BatchTasks {
    const ROUTE: Route = Route::post("/api/tasks/batch");
    const ID: &'static str = "batch_tasks";
    const TAG: Tag = Tag::Tasks;
    const SUMMARY: &'static str = "Do several operations at once";
    const DESCRIPTION: &'static str = "Up to 100 operations, all or nothing, in order; each sees \
        those before it. The first one that fails makes the whole request fail with its status and \
        a pointer to it.";
    const ANSWER: &'static str = "The result of each operation";
    const REFUSALS: &'static [ProblemCode] = &[
        ProblemCode::QuotaExceeded,
        ProblemCode::NotFound,
        ProblemCode::NotDeleted,
        ProblemCode::PreconditionFailed,
        ProblemCode::PreconditionRequired,
    ];

    type Input = Authenticated<Body<BatchBody, LIMIT>>;
    type Output = Shown<Written>;

    async fn call(
        state: State,
        Authenticated(caller, Body(body)): Self::Input,
    ) -> Result<Self::Output, ApiError> {
        let operations = body.operations.0.into_iter();
        let operations = operations
            .map(|operation| operation.into_operation(&state.tasks))
            .collect();
        let written = state
            .tasks
            .batch(caller.owner(), caller.actor(), operations)
            .await;
        Ok(Shown(written.map_err(ApiError::Batch)?))
    }
}
