use crate::error::ApiError;
use crate::health::HealthReport;
use crate::operation::{Json, Operation, Route, State, Tag};
use crate::problem::ProblemCode;

pub(super) struct GetHealth;

impl Operation for GetHealth {
    const ROUTE: Route = Route::get("/health");
    const ID: &'static str = "get_health";
    const TAG: Tag = Tag::Operations;
    const SUMMARY: &'static str = "Read the state of the server";
    const DESCRIPTION: &'static str = "Status, version and each check, for people and dashboards. \
        The answer is 200 as long as there is one, and `status` says whether all is well. For \
        probes, use `/health/ready`.";
    const ANSWER: &'static str = "The state of each check";
    const REFUSALS: &'static [ProblemCode] = &[ProblemCode::Unavailable];

    type Input = ();
    type Output = Json<HealthReport>;

    async fn call(state: State, (): Self::Input) -> Result<Self::Output, ApiError> {
        Ok(Json(state.health.report().await))
    }
}
