use deserr::Deserr;
use serde::Serialize;
use tasklane_domain::kind::Kind;
use tasklane_domain::page::FeedLimit;
use tasklane_domain::task::{ChangePage, SyncPoint};
use utoipa::ToSchema;

use super::change::ChangeView;
use super::kinds::Kinds;
use super::resume_point::{ResumePoint, ResumePointText};
use crate::error::ApiError;
use crate::extract::{Authenticated, FieldErrors, Many, Query};
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
    since: Option<ResumePointText>,
    /// How many changes to give at most; 100 by default.
    #[deserr(default)]
    #[schema(value_type = Option<schema::FeedLimit>)]
    limit: Option<FeedLimit>,
    /// Changes of these kinds alone; of every kind by default. Name it once for each kind.
    #[deserr(default)]
    #[schema(value_type = Option<schema::Kinds>)]
    kind: Many<Kind>,
}

/// A page of the change feed, and what it was chosen by.
pub(crate) struct FeedPage {
    page: ChangePage,
    kinds: Kinds,
}

/// A page of the change feed.
#[derive(Serialize, ToSchema)]
#[schema(as = Changes)]
pub(crate) struct ChangesView<'a> {
    /// The newest state of each item that changed, oldest change first.
    changes: Vec<ChangeView<'a>>,
    /// The revision of the last change; on the last page, the user's.
    #[schema(value_type = schema::Revision)]
    revision: i64,
    /// Where to continue: the next call's `since`, with the same choice of kinds. It stays good after the
    /// last page.
    #[schema(value_type = schema::SyncPoint)]
    next: Text<ResumePoint>,
    /// Whether there are more changes.
    has_more: bool,
}

impl View for FeedPage {
    type View<'a> = ChangesView<'a>;

    fn view(&self) -> ChangesView<'_> {
        let Self { page, kinds } = self;
        ChangesView {
            changes: page.changes.iter().map(ChangeView::from).collect(),
            revision: page.next.revision.as_i64(),
            next: Text(ResumePoint::of(page.next, kinds)),
            has_more: page.has_more,
        }
    }
}

pub(super) struct ListChanges;

impl Operation for ListChanges {
    const ROUTE: Route = Route::get("/api/changes");
    const ID: &'static str = "list_changes";
    const TAG: Tag = Tag::Sync;
    const SUMMARY: &'static str = "Read what changed";
    const DESCRIPTION: &'static str = "Everything of the user's that changed after a point, oldest \
        first, trash and tombstones included. A client that keeps `next` and asks for what changed \
        `since` then has a complete copy. A client with nothing begins at 0, and is served to the \
        end, however many pages that takes. `kind` chooses what is told; a `next` belongs to the \
        kinds that it was made for, and is refused with others (400 `invalid_cursor`), while a \
        revision goes with any.\n\n410 `sync_expired` means that something was removed for good \
        which the client may still have, or that the server was set back to a backup. The client \
        then begins at 0 again, and drops what it does not get.";
    const ANSWER: &'static str = "The changes";
    const REFUSALS: &'static [ProblemCode] =
        &[ProblemCode::InvalidCursor, ProblemCode::SyncExpired];

    type Input = Authenticated<Query<Parameters>>;
    type Output = Shown<FeedPage>;

    async fn call(
        state: State,
        Authenticated(caller, query): Self::Input,
    ) -> Result<Self::Output, ApiError> {
        let Parameters { since, limit, kind } = query.value;
        let kinds = Kinds::from(kind.0);
        let since = match since {
            Some(since) => since.0.read_on(&kinds, "since")?,
            None => SyncPoint::default(),
        };
        let page = state
            .tasks
            .changes(caller.owner(), since, limit.unwrap_or_default());
        let page = page.await?;
        Ok(Shown(FeedPage { page, kinds }))
    }
}
