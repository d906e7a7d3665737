use std::collections::BTreeMap;

use tasklane_domain::task::{Refused, Written};

use super::body::BatchBody;
use super::results::{OperationResult, Results};
use crate::error::{ApiError, refused_in_batch};
use crate::extract::{Authenticated, Body, FieldErrors};
use crate::operation::{Operation, Route, State, Tag};
use crate::problem::{Problem, ProblemCode};

/// Largest body of a batch, in bytes.
const LIMIT: usize = 1024 * 1024;

pub(super) struct RunBatch;

impl Operation for RunBatch {
    const ROUTE: Route = Route::post("/api/batch");
    const ID: &'static str = "run_batch";
    const TAG: Tag = Tag::Sync;
    const SUMMARY: &'static str = "Do several operations at once";
    const DESCRIPTION: &'static str = "Up to 100 operations in order; each sees those before it. \
        All of them are done or none: the first one that fails makes the whole request fail with \
        its status and a pointer to it. With `atomic: false` each is done or refused by itself, \
        and a refused one has the `problem` that it alone would have been answered with, with \
        pointers into the operation.\n\nAn operation is about a task, unless its `kind` says \
        otherwise. A client that may be older than the server should `update` and not `put`, which \
        sets the default for members that the client does not know.";
    const ANSWER: &'static str = "The result of each operation";
    const REFUSALS: &'static [ProblemCode] = &[
        ProblemCode::QuotaExceeded,
        ProblemCode::NotFound,
        ProblemCode::NotDeleted,
        ProblemCode::PreconditionFailed,
        ProblemCode::PreconditionRequired,
    ];

    type Input = Authenticated<Body<BatchBody, LIMIT>>;
    type Output = Results;

    async fn call(
        state: State,
        Authenticated(caller, Body(body)): Self::Input,
    ) -> Result<Self::Output, ApiError> {
        let (mut writes, mut places, mut results) = (Vec::new(), Vec::new(), BTreeMap::new());
        for (place, read) in body.operations.into_iter().enumerate() {
            match read {
                Ok(operation) => {
                    writes.push(operation.into_operation(&state.tasks));
                    places.push(place);
                }
                Err(errors) => drop(results.insert(place, unread(errors))),
            }
        }
        let (owner, actor) = (caller.owner(), caller.actor());
        let written = if body.atomic {
            state.tasks.batch(owner, actor, writes).await
        } else {
            state.tasks.batch_each(owner, actor, writes).await
        };
        let written = written.map_err(ApiError::Batch)?;
        let revision = written.revision;
        results.extend(results_at(&places, written));
        Ok(Results {
            results: results.into_values().collect(),
            revision,
        })
    }
}

/// The result of an operation that could not be read.
fn unread(errors: FieldErrors) -> OperationResult {
    OperationResult::Refused {
        problem: Problem::with_errors(ProblemCode::ValidationFailed, "field", errors),
        current: None,
    }
}

/// The results of the operations that were tried, by their places in the body.
fn results_at(
    places: &[usize],
    written: Written,
) -> impl Iterator<Item = (usize, OperationResult)> {
    let mut outcomes = written.outcomes.into_iter();
    let mut refused = written.refused.into_iter().peekable();
    places.iter().enumerate().filter_map(move |(index, place)| {
        let result = match refused.next_if(|refused| refused.index == index) {
            Some(Refused {
                refusal, current, ..
            }) => OperationResult::Refused {
                problem: refused_in_batch(&refusal, *place),
                current,
            },
            None => OperationResult::Done(outcomes.next()?),
        };
        Some((*place, result))
    })
}
