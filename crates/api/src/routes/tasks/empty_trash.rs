use deserr::Deserr;
use serde::Serialize;
use tasklane_domain::error::Violation;
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::extract::{Authenticated, FieldErrors, Query, parsed_parameters};
use crate::operation::{Json, Operation, Route, State, Tag};
use crate::schema;

parsed_parameters! {
    /// Nothing but `true`.
    Confirmation(()) = |text| {
        (text == "true").then_some(()).ok_or(Violation::new("required", "must be true"))
    };
}

#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub(super) struct Parameters {
    /// Must be `true`.
    #[schema(value_type = schema::True)]
    #[expect(dead_code, reason = "reading it is all that is asked")]
    deleted: Confirmation,
}

/// How much was erased.
#[derive(Serialize, ToSchema)]
pub(super) struct EmptiedTrash {
    /// The number of tasks that were in the trash.
    #[schema(value_type = schema::Count)]
    purged: u64,
}

pub(super) struct EmptyTrash;

impl Operation for EmptyTrash {
    const ROUTE: Route = Route::delete("/api/tasks");
    const ID: &'static str = "empty_trash";
    const TAG: Tag = Tag::Trash;
    const SUMMARY: &'static str = "Empty the trash";
    const DESCRIPTION: &'static str = "Erases every task in the trash for good. The parameter is \
        required, so that nobody does it by accident.";
    const ANSWER: &'static str = "How much was erased";

    type Input = Authenticated<Query<Parameters>>;
    type Output = Json<EmptiedTrash>;

    async fn call(
        state: State,
        Authenticated(caller, _confirmed): Self::Input,
    ) -> Result<Self::Output, ApiError> {
        let purged = state
            .tasks
            .empty_trash(caller.owner(), caller.actor())
            .await?;
        Ok(Json(EmptiedTrash { purged }))
    }
}
