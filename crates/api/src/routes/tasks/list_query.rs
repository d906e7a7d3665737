//! What clients ask lists for.

use chrono::{DateTime, NaiveDate, NaiveTime};
use deserr::Deserr;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::Violation;
use tasklane_domain::page::{PageLimit, Sort, TaskFilter, TaskQuery};
use tasklane_domain::search::SearchWords;
use tasklane_domain::task::{Priority, Tag, parse_date};
use utoipa::ToSchema;

use crate::extract::{FieldErrors, Flag, Many, parsed_parameters};
use crate::schema;

/// Filters, order and page of a list. All filters must match.
#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub(super) struct ListParameters {
    /// How many tasks a page has at most; 50 by default.
    #[deserr(default)]
    #[schema(value_type = Option<schema::PageLimit>)]
    limit: Option<PageLimit>,
    /// A page's `next_cursor`, with the same filters and sort.
    #[deserr(default)]
    #[schema(value_type = Option<schema::Cursor>)]
    pub(super) cursor: Option<String>,
    /// Only completed or only open tasks.
    #[deserr(default)]
    #[schema(value_type = Option<bool>)]
    completed: Option<Flag>,
    /// Only these priorities, comma-separated.
    #[deserr(default)]
    #[schema(value_type = Option<schema::Priorities>)]
    priority: Option<Priorities>,
    /// Only tasks with this tag, in any case. Repeat it for several tags, which must all match.
    #[deserr(default)]
    #[schema(value_type = Option<schema::TagFilter>)]
    tag: Many<Tag>,
    /// Only tasks due before this instant, or the start of this day in UTC (exclusive).
    #[deserr(default)]
    #[schema(value_type = Option<schema::InstantOrDate>)]
    due_before: Option<InstantOrDate>,
    /// Only tasks due at or after this instant, or the start of this day in UTC (inclusive).
    #[deserr(default)]
    #[schema(value_type = Option<schema::InstantOrDate>)]
    due_after: Option<InstantOrDate>,
    /// Words that must all occur in title, description or tags, in any case and with any accents.
    #[deserr(default)]
    #[schema(value_type = Option<schema::SearchWords>)]
    q: Option<SearchWords>,
    /// Tasks in the trash instead of live ones.
    #[deserr(default)]
    #[schema(value_type = Option<bool>)]
    deleted: Option<Flag>,
    /// The order; `-created_at` by default.
    #[deserr(default)]
    #[schema(value_type = Option<schema::Sort>)]
    sort: Option<Sort>,
}

impl ListParameters {
    /// The question, without the place that a cursor names.
    pub(super) fn to_query(&self) -> TaskQuery {
        TaskQuery {
            filter: TaskFilter {
                deleted: self.deleted.as_ref().is_some_and(|deleted| deleted.0),
                completed: self.completed.as_ref().map(|completed| completed.0),
                priorities: self.priority.clone().map(|list| list.0).unwrap_or_default(),
                tags: self.tag.0.iter().map(Tag::key).collect(),
                due_before: self.due_before.as_ref().map(|instant| instant.0),
                due_after: self.due_after.as_ref().map(|instant| instant.0),
                words: self.q.clone().unwrap_or_default(),
            },
            sort: self.sort.unwrap_or_default(),
            limit: self.limit.unwrap_or_default(),
            after: None,
        }
    }
}

parsed_parameters! {
    /// Several priorities, comma-separated.
    Priorities(Vec<Priority>) = parse_priorities;
    /// An instant, or a date, which stands for its 00:00 UTC.
    InstantOrDate(Timestamp) = parse_instant;
}

fn parse_priorities(text: &str) -> Result<Vec<Priority>, Violation> {
    let mut priorities: Vec<Priority> =
        text.split(',').map(str::parse).collect::<Result<_, _>>()?;
    priorities.sort_unstable();
    priorities.dedup();
    Ok(priorities)
}

fn parse_instant(text: &str) -> Result<Timestamp, Violation> {
    if let Ok(date) = parse_date(text) {
        return Ok(Timestamp::new(
            NaiveDate::and_time(&date, NaiveTime::MIN).and_utc(),
        ));
    }
    // A plus sign that a client forgot to encode arrives as a space.
    DateTime::parse_from_rfc3339(&text.replace(' ', "+"))
        .map(|instant| Timestamp::new(instant.to_utc()))
        .map_err(|_| {
            let message = "must be an instant (2026-11-20T21:04:05Z) or a date (2026-11-20)";
            Violation::new("invalid_instant", message)
        })
}
