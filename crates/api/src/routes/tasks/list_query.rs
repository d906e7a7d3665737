//! What clients ask lists for.

use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;
use deserr::Deserr;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::Violation;
use tasklane_domain::id::TaskId;
use tasklane_domain::page::{
    DueBound, MAX_FILTER_IDS, MAX_FILTER_MEMBERS, MAX_FILTER_TAGS, PageLimit, Sort, TaskFilter,
    TaskQuery,
};
use tasklane_domain::search::SearchWords;
use tasklane_domain::task::{
    MetadataName, MetadataValue, Priority, Tag, TagKey, parse_date, parse_timezone,
};
use utoipa::ToSchema;

use crate::error::ApiError;
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
    /// Only these tasks, by their ids, comma-separated; at most 100. Unknown ids find nothing.
    #[deserr(default)]
    #[schema(value_type = Option<schema::Ids>)]
    ids: Option<Ids>,
    /// Only these priorities, comma-separated.
    #[deserr(default)]
    #[schema(value_type = Option<schema::Priorities>)]
    priority: Option<Priorities>,
    /// Only tasks with this tag, in any case. Repeat it for several tags, which must all match.
    #[deserr(default)]
    #[schema(value_type = Option<schema::TagFilter>)]
    tag: Many<Tag>,
    /// Only tasks whose metadata has this member, `name:value`, exactly. Repeat it for several, which
    /// must all match; at most 10.
    #[deserr(default)]
    #[schema(value_type = Option<schema::MetadataFilter>)]
    metadata: Many<Member>,
    /// Only the sub-tasks of the task with this id, or, with `none`, only tasks that have no parent.
    #[deserr(default)]
    #[schema(value_type = Option<schema::ParentFilter>)]
    parent: Option<Parent>,
    /// Only tasks with a due date (`some`), or only those without (`none`).
    #[deserr(default)]
    #[schema(value_type = Option<schema::HasDue>)]
    due: Option<HasDue>,
    /// Only tasks due before this instant, or the start of this day (exclusive).
    #[deserr(default)]
    #[schema(value_type = Option<schema::InstantOrDate>)]
    due_before: Option<InstantOrDate>,
    /// Only tasks due at or after this instant, or the start of this day (inclusive).
    #[deserr(default)]
    #[schema(value_type = Option<schema::InstantOrDate>)]
    due_after: Option<InstantOrDate>,
    /// Only tasks that last changed at or after this instant, or the start of this day (inclusive).
    #[deserr(default)]
    #[schema(value_type = Option<schema::InstantOrDate>)]
    updated_after: Option<InstantOrDate>,
    /// Only tasks completed before this instant, or the start of this day (exclusive).
    #[deserr(default)]
    #[schema(value_type = Option<schema::InstantOrDate>)]
    completed_before: Option<InstantOrDate>,
    /// Only tasks completed at or after this instant, or the start of this day (inclusive).
    #[deserr(default)]
    #[schema(value_type = Option<schema::InstantOrDate>)]
    completed_after: Option<InstantOrDate>,
    /// Where the days of the other parameters begin; UTC by default. `due_before` and `due_after`
    /// compare tasks that have a time zone by their instant, and all others by clock and calendar
    /// there: between two days, they give what a person there calls that day.
    #[deserr(default)]
    #[schema(value_type = Option<schema::TimeZone>)]
    timezone: Option<Zone>,
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
    ///
    /// # Errors
    /// There are too many different tags.
    pub(super) fn to_query(&self) -> Result<TaskQuery, ApiError> {
        let zone = self.timezone.as_ref().map_or(Tz::UTC, |zone| zone.0);
        let bound = |at: &Option<InstantOrDate>| at.as_ref().map(|at| at.0.seen_from(zone));
        let instant = |at| bound(at).map(|bound| bound.instant);
        Ok(TaskQuery {
            filter: TaskFilter {
                deleted: self.deleted.as_ref().is_some_and(|deleted| deleted.0),
                completed: self.completed.as_ref().map(|completed| completed.0),
                ids: self.ids.clone().map(|ids| ids.0).unwrap_or_default(),
                priorities: self.priority.clone().map(|list| list.0).unwrap_or_default(),
                tags: different_tags(&self.tag.0)?,
                metadata: few_members(&self.metadata.0)?,
                parent: self.parent.as_ref().map(|parent| parent.0),
                has_due: self.due.as_ref().map(|due| due.0),
                due_before: bound(&self.due_before),
                due_after: bound(&self.due_after),
                updated_after: instant(&self.updated_after),
                completed_before: instant(&self.completed_before),
                completed_after: instant(&self.completed_after),
                words: self.q.clone().unwrap_or_default(),
            },
            sort: self.sort.unwrap_or_default(),
            limit: self.limit.unwrap_or_default(),
            after: None,
        })
    }
}

/// The tags, each once however often and in whatever case it is given.
fn different_tags(tags: &[Tag]) -> Result<Vec<TagKey>, ApiError> {
    let mut keys: Vec<TagKey> = Vec::new();
    for key in tags.iter().map(Tag::key) {
        if keys.contains(&key) {
            continue;
        }
        if keys.len() == MAX_FILTER_TAGS {
            let message = format!("must be at most {MAX_FILTER_TAGS} different tags");
            return Err(ApiError::parameter(
                "tag",
                Violation::new("too_many", message),
            ));
        }
        keys.push(key);
    }
    Ok(keys)
}

fn few_members(members: &[Member]) -> Result<Vec<(MetadataName, MetadataValue)>, ApiError> {
    if members.len() > MAX_FILTER_MEMBERS {
        let message = format!("must be at most {MAX_FILTER_MEMBERS} members");
        let violation = Violation::new("too_many", message).with("max", MAX_FILTER_MEMBERS as u64);
        return Err(ApiError::parameter("metadata", violation));
    }
    Ok(members.iter().map(|member| member.0.clone()).collect())
}

parsed_parameters! {
    /// Several priorities, comma-separated.
    Priorities(Vec<Priority>) = parse_priorities;
    /// Several ids, comma-separated.
    Ids(Vec<TaskId>) = parse_ids;
    /// A member of metadata, `name:value`.
    Member((MetadataName, MetadataValue)) = parse_member;
    /// An id or `none`.
    Parent(Option<TaskId>) = |text| match text {
        "none" => Ok(None),
        id => {
            let id = id.parse().map(Some);
            id.map_err(|_| Violation::new("wrong_type", "must be a UUID or none"))
        }
    };
    /// `some` or `none`.
    HasDue(bool) = |text| match text {
        "some" => Ok(true),
        "none" => Ok(false),
        _ => Err(Violation::new("unknown_value", "must be some or none")),
    };
    /// An instant, or a date, which stands for its beginning.
    InstantOrDate(Moment) = parse_moment;
    /// The name of a time zone.
    Zone(Tz) = parse_timezone;
}

/// What a filter by time names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    Instant(Timestamp),
    Date(NaiveDate),
}

impl Moment {
    pub(super) fn seen_from(self, zone: Tz) -> DueBound {
        match self {
            Self::Instant(instant) => DueBound::at(instant, zone),
            Self::Date(date) => DueBound::start_of(date, zone),
        }
    }
}

fn parse_ids(text: &str) -> Result<Vec<TaskId>, Violation> {
    if text.split(',').nth(MAX_FILTER_IDS).is_some() {
        let message = format!("must be at most {MAX_FILTER_IDS} ids");
        return Err(Violation::new("too_many", message).with("max", MAX_FILTER_IDS as u64));
    }
    let ids = text
        .split(',')
        .map(str::parse)
        .collect::<Result<Vec<_>, _>>();
    let mut ids =
        ids.map_err(|_| Violation::new("wrong_type", "must be UUIDs, comma-separated"))?;
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// A name has no colon.
fn parse_member(text: &str) -> Result<(MetadataName, MetadataValue), Violation> {
    let (name, value) = text
        .split_once(':')
        .ok_or_else(|| Violation::new("invalid_input", "must be a name, a colon and a value"))?;
    Ok((MetadataName::parse(name)?, MetadataValue::parse(value)?))
}

fn parse_priorities(text: &str) -> Result<Vec<Priority>, Violation> {
    let mut priorities: Vec<Priority> =
        text.split(',').map(str::parse).collect::<Result<_, _>>()?;
    priorities.sort_unstable();
    priorities.dedup();
    Ok(priorities)
}

fn parse_moment(text: &str) -> Result<Moment, Violation> {
    if let Ok(date) = parse_date(text) {
        return Ok(Moment::Date(date));
    }
    // A plus sign that a client forgot to encode arrives as a space.
    DateTime::parse_from_rfc3339(&text.replace(' ', "+"))
        .map(|instant| Moment::Instant(Timestamp::new(instant.to_utc())))
        .map_err(|_| {
            let message = "must be an instant (2026-11-20T21:04:05Z) or a date (2026-11-20)";
            Violation::new("invalid_instant", message)
        })
}
