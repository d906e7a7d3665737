use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, Responder};
use chrono_tz::Tz;
use deserr::Deserr;
use serde::Serialize;
use tasklane_domain::page::{ListVersion, Summary, Today};
use tasklane_domain::service::SummaryAnswer;
use tasklane_domain::task::{Priority, Tag as TaskTag};
use utoipa::ToSchema;

use super::answer::json_response;
use super::list_query::Zone;
use crate::error::ApiError;
use crate::etag::SUMMARY_ETAG;
use crate::extract::{Authenticated, FieldErrors, IfNoneMatch, Query};
use crate::operation::{Describe, Operation, OperationDescription, Route, State, Tag};
use crate::schema;

/// About how many bytes a summary without tags takes as JSON, and each tag.
const SIZE: (usize, usize) = (300, 80);

#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub(super) struct Parameters {
    /// Where today is; UTC by default.
    #[deserr(default)]
    #[schema(value_type = Option<schema::TimeZone>)]
    timezone: Option<Zone>,
}

/// The numbers that badges and sidebars show.
#[derive(Serialize, ToSchema)]
#[schema(as = Summary)]
struct SummaryView<'a> {
    /// The user's revision that they show.
    #[schema(value_type = schema::Revision)]
    revision: i64,
    /// Open tasks.
    #[schema(value_type = schema::Count)]
    open: u64,
    /// Completed tasks.
    #[schema(value_type = schema::Count)]
    completed: u64,
    /// Open tasks that are due before today.
    #[schema(value_type = schema::Count)]
    overdue: u64,
    /// Open tasks that are due today, at any time of it.
    #[schema(value_type = schema::Count)]
    today: u64,
    /// Open tasks that are due within the seven days after today.
    #[schema(value_type = schema::Count)]
    upcoming: u64,
    /// Open tasks without a due date.
    #[schema(value_type = schema::Count)]
    no_date: u64,
    /// Tasks in the trash.
    #[schema(value_type = schema::Count)]
    trashed: u64,
    /// Open tasks by tag. Tags that differ in case only count together.
    tags: Vec<TagCountView<'a>>,
    /// Open tasks by priority.
    priorities: PriorityCountsView,
}

/// How many open tasks have a tag.
#[derive(Serialize, ToSchema)]
#[schema(as = TagCount)]
struct TagCountView<'a> {
    /// The tag, as most of them spell it.
    #[schema(value_type = schema::Tag)]
    tag: &'a str,
    /// How many open tasks have it.
    #[schema(value_type = schema::Count)]
    open: u64,
}

/// How many open tasks have each priority.
#[derive(Serialize, ToSchema)]
#[schema(as = PriorityCounts)]
struct PriorityCountsView {
    /// Open tasks without a priority.
    #[schema(value_type = schema::Count)]
    none: u64,
    /// Open tasks of low priority.
    #[schema(value_type = schema::Count)]
    low: u64,
    /// Open tasks of medium priority.
    #[schema(value_type = schema::Count)]
    medium: u64,
    /// Open tasks of high priority.
    #[schema(value_type = schema::Count)]
    high: u64,
    /// Urgent open tasks.
    #[schema(value_type = schema::Count)]
    urgent: u64,
}

impl<'a> From<&'a Summary> for SummaryView<'a> {
    fn from(summary: &'a Summary) -> Self {
        let tag = |(tag, open): &'a (TaskTag, u64)| TagCountView {
            tag: tag.as_str(),
            open: *open,
        };
        let of = |priority| summary.priorities.get(&priority).copied().unwrap_or(0);
        Self {
            revision: summary.version.revision.as_i64(),
            open: summary.open,
            completed: summary.completed,
            overdue: summary.overdue,
            today: summary.today,
            upcoming: summary.upcoming,
            no_date: summary.no_date,
            trashed: summary.trashed,
            tags: summary.tags.iter().map(tag).collect(),
            priorities: PriorityCountsView {
                none: of(Priority::None),
                low: of(Priority::Low),
                medium: of(Priority::Medium),
                high: of(Priority::High),
                urgent: of(Priority::Urgent),
            },
        }
    }
}

/// The summary, or 304 when the client has it already.
pub(super) struct SummaryResponse(SummaryAnswer);

impl Responder for SummaryResponse {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        match self.0 {
            SummaryAnswer::Summary(summary, today) => {
                let mut response = HttpResponse::Ok();
                response.insert_header((header::ETAG, etag(summary.version, today)));
                let size_hint = SIZE.0 + SIZE.1 * summary.tags.len();
                json_response(response, size_hint, &SummaryView::from(&summary))
            }
            SummaryAnswer::NotModified(version, today) => HttpResponse::NotModified()
                .insert_header((header::ETAG, etag(version, today)))
                .finish(),
        }
    }
}

impl Describe for SummaryResponse {
    fn describe(operation: &mut OperationDescription<'_>) {
        operation
            .answer(StatusCode::OK)
            .json::<SummaryView<'_>>()
            .header(SUMMARY_ETAG);
        operation
            .answer_with(
                StatusCode::NOT_MODIFIED,
                "Nothing has changed, and the day is the same",
            )
            .header(SUMMARY_ETAG);
    }
}

fn etag(version: ListVersion, today: Today) -> HeaderValue {
    let tag = format!("W/\"{}\"", tag_of(version, today));
    HeaderValue::try_from(tag).unwrap_or(HeaderValue::from_static(""))
}

/// A purge takes tasks out of the trash without a revision, and each day has other tasks.
fn tag_of(version: ListVersion, today: Today) -> String {
    let ListVersion {
        revision,
        purge_horizon,
    } = version;
    format!(
        "{revision}-{purge_horizon}-{}-{}",
        today.date(),
        today.zone()
    )
}

pub(super) struct GetSummary;

impl Operation for GetSummary {
    const ROUTE: Route = Route::get("/api/tasks/summary");
    const ID: &'static str = "get_summary";
    const TAG: Tag = Tag::Tasks;
    const SUMMARY: &'static str = "Count tasks";
    const DESCRIPTION: &'static str = "The numbers that badges and sidebars show. All but \
        `completed` and `trashed` count open tasks. Days are those of `timezone`: tasks that have \
        a time zone count by their instant, all others by the calendar there. With its `ETag` in \
        `If-None-Match`, the answer is 304 while nothing has changed and the day is the same.";
    const ANSWER: &'static str = "The numbers";

    type Input = Authenticated<(Query<Parameters>, IfNoneMatch)>;
    type Output = SummaryResponse;

    async fn call(
        state: State,
        Authenticated(caller, (query, IfNoneMatch(condition))): Self::Input,
    ) -> Result<Self::Output, ApiError> {
        let zone = query.value.timezone.map_or(Tz::UTC, |zone| zone.0);
        let is_known = |version, today| {
            let known = condition.as_ref();
            known.is_some_and(|known| known.matches(&tag_of(version, today)))
        };
        let answer = state.tasks.summarize(caller.owner(), zone, is_known);
        Ok(SummaryResponse(answer.await?))
    }
}
