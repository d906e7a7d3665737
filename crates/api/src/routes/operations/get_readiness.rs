use crate::error::{ApiError, unavailable};
use crate::health::Status;
use crate::operation::{Json, Operation, Route, State, Tag};
use crate::problem::ProblemCode;

pub(super) struct GetReadiness;

impl Operation for GetReadiness {
    const ROUTE: Route = Route::get("/health/ready");
    const ID: &'static str = "get_readiness";
    const TAG: Tag = Tag::Operations;
    const SUMMARY: &'static str = "Check that the server can serve";
    const DESCRIPTION: &'static str = "503 while the store cannot be reached, while migrations are \
        pending, and from the moment shutdown begins.";
    const ANSWER: &'static str = "The server can serve";
    const REFUSALS: &'static [ProblemCode] = &[ProblemCode::Unavailable];

    type Input = ();
    type Output = Json<Status>;

    async fn call(state: State, (): Self::Input) -> Result<Self::Output, ApiError> {
        let report = state.health.report().await;
        if report.is_ready() {
            Ok(Json(Status::OK))
        } else {
            Err(unavailable(report.summary()).into())
        }
    }
}
