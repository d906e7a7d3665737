use crate::error::ApiError;
use crate::health::Status;
use crate::operation::{Json, Operation, Route, State, Tag};

pub(super) struct GetLiveness;

impl Operation for GetLiveness {
    const ROUTE: Route = Route::get("/health/live");
    const ID: &'static str = "get_liveness";
    const TAG: Tag = Tag::Operations;
    const SUMMARY: &'static str = "Check that the process runs";
    const DESCRIPTION: &'static str = "Answers as long as the process can answer at all, and checks \
        nothing else.";
    const ANSWER: &'static str = "The process runs";

    type Input = ();
    type Output = Json<Status>;

    async fn call(_: State, (): Self::Input) -> Result<Self::Output, ApiError> {
        Ok(Json(Status::OK))
    }
}
