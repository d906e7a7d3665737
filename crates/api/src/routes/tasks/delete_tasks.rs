use chrono_tz::Tz;
use deserr::Deserr;
use serde::Serialize;
use tasklane_domain::error::Violation;
use utoipa::ToSchema;

use super::list_query::InstantOrDate;
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
    /// Erases what is in the trash. Must be `true`.
    #[deserr(default)]
    #[schema(value_type = Option<schema::True>)]
    deleted: Option<Confirmation>,
    /// Moves to the trash what was completed before this instant, or the start of this day in UTC
    /// (exclusive).
    #[deserr(default)]
    #[schema(value_type = Option<schema::InstantOrDate>)]
    completed_before: Option<InstantOrDate>,
}

/// How much was erased or deleted.
#[derive(Serialize, ToSchema)]
pub(super) struct DeletedTasks {
    /// With `deleted=true`, the number of tasks that were in the trash.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Count>, nullable = false)]
    purged: Option<u64>,
    /// With `completed_before`, the number of tasks that went to the trash.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Count>, nullable = false)]
    deleted: Option<u64>,
}

pub(super) struct DeleteTasks;

impl Operation for DeleteTasks {
    const ROUTE: Route = Route::delete("/api/tasks");
    const ID: &'static str = "delete_tasks";
    const TAG: Tag = Tag::Trash;
    const SUMMARY: &'static str = "Empty the trash, or clear away what was completed";
    const DESCRIPTION: &'static str = "With `deleted=true`, erases every task in the trash for \
        good. With `completed_before`, moves tasks that were completed before then to the trash, \
        with their sub-tasks. One of the two is required, so that nobody does it by accident. Each \
        task is deleted on its own: what was deleted before a failure stays deleted.";
    const ANSWER: &'static str = "How much was erased or deleted";

    type Input = Authenticated<Query<Parameters>>;
    type Output = Json<DeletedTasks>;

    async fn call(
        state: State,
        Authenticated(caller, query): Self::Input,
    ) -> Result<Self::Output, ApiError> {
        let (owner, actor) = (caller.owner(), caller.actor());
        let (purged, deleted) = match (query.value.deleted, query.value.completed_before) {
            (Some(_), None) => (Some(state.tasks.empty_trash(owner, actor).await?), None),
            (None, Some(moment)) => {
                let before = moment.0.seen_from(Tz::UTC).instant;
                let deleted = state.tasks.delete_completed(owner, actor, before).await?;
                (None, Some(deleted))
            }
            (None, None) => return Err(ApiError::parameter("deleted", Violation::required())),
            (Some(_), Some(_)) => {
                let violation = Violation::new("conflict", "is not allowed together with deleted");
                return Err(ApiError::parameter("completed_before", violation));
            }
        };
        Ok(Json(DeletedTasks { purged, deleted }))
    }
}
