use deserr::Deserr;
use serde::Serialize;
use tasklane_domain::page::FeedLimit;
use tasklane_domain::task::{ChangePage, SyncPoint};
use utoipa::ToSchema;

use super::change::ChangeView;
use crate::error::ApiError;
use crate::extract::{Authenticated, FieldErrors, Query, SyncPointText};
use crate::operation::{Operation, Route, Shown, State, Tag, View};
use crate::problem::ProblemCode;
use crate::routes::text::Text;
use crate::schema;

#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub(super) struct Parameters {
    /// The `next` of the last answer, or a revision. 0, the default, means an empty client.
    #[deserr(default)]
    #[schema(value_type = Option<schema::SyncPoint>)]
    since: Option<SyncPointText>,
    /// How many changes to give at most; 100 by default.
    #[deserr(default)]
    #[schema(value_type = Option<schema::FeedLimit>)]
    limit: Option<FeedLimit>,
}

/// A page of the change feed.
#[derive(Serialize, ToSchema)]
#[schema(as = Changes)]
pub(crate) struct ChangesView<'a> {
    /// The newest state of each task that changed, oldest change first.
    changes: Vec<ChangeView<'a>>,
    /// The revision of the last change; on the last page, the user's.
    #[schema(value_type = schema::Revision)]
    revision: i64,
    /// Where to continue: the next call's `since`. It stays good after the last page.
    #[schema(value_type = schema::SyncPoint)]
    next: Text<SyncPoint>,
    /// Whether there are more changes.
    has_more: bool,
}

impl View for ChangePage {
    type View<'a> = ChangesView<'a>;

    fn view(&self) -> ChangesView<'_> {
        ChangesView {
            changes: self.changes.iter().map(ChangeView::from).collect(),
            revision: self.next.revision.as_i64(),
            next: Text(self.next),
            has_more: self.has_more,
        }
    }
}

pub(super) struct ListChanges;

impl Operation for ListChanges {
    const ROUTE: Route = Route::get("/api/tasks/changes");
    const ID: &'static str = "list_changes";
    const TAG: Tag = Tag::Sync;
    const SUMMARY: &'static str = "Read what changed";
    const DESCRIPTION: &'static str = "Everything that changed after a point, oldest first, trash \
        and tombstones included. A client that keeps `next` and asks for what changed `since` then \
        has a complete copy. A client with nothing begins at 0, and is served to the end, however \
        many pages that takes.\n\n410 `sync_expired` means that tasks were removed for good which \
        the client may still have, or that the server was set back to a backup. The client then \
        begins at 0 again, and drops what it does not get.";
    const ANSWER: &'static str = "The changes";
    const REFUSALS: &'static [ProblemCode] = &[ProblemCode::SyncExpired];

    type Input = Authenticated<Query<Parameters>>;
    type Output = Shown<ChangePage>;

    async fn call(
        state: State,
        Authenticated(caller, query): Self::Input,
    ) -> Result<Self::Output, ApiError> {
        let Parameters { since, limit } = query.value;
        let since = since.map(|since| since.0).unwrap_or_default();
        let page = state
            .tasks
            .changes(caller.owner(), since, limit.unwrap_or_default());
        Ok(Shown(page.await?))
    }
}
