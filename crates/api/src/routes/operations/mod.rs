//! What operators and tools ask.

mod explain_problem;
mod get_health;
mod get_liveness;
mod get_openapi;
mod get_readiness;

use crate::operation::Operations;

/// Adds the operations.
pub(super) fn add(operations: Operations) -> Operations {
    operations
        .add::<get_liveness::GetLiveness>()
        .add::<get_readiness::GetReadiness>()
        .add::<get_health::GetHealth>()
        .add::<get_openapi::GetOpenApi>()
        .add::<explain_problem::ExplainProblem>()
}
