//! Pages of tasks.
//!
//! There are only a few dozen texts in all, since each is prepared and kept: one for each order, with
//! and without filters, and with and without a place to continue from. The filters have one text for
//! all of them, which the server plans again each time; a list without any is spared that.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::sql_types::{
    Array, BigInt, Bool, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::{OwnerId, TaskId};
use tasklane_domain::page::{
    ListVersion, Position, Sort, SortKey, SortValue, TaskFilter, TaskPage, TaskQuery,
};
use tasklane_domain::task::{Priority, Revision};
use uuid::Uuid;

use super::lookup::into_version;
use super::row::{TaskColumns, TaskRow, columns_of};
use crate::postgres::connection::connections::Connections;
use crate::postgres::connection::statement::{Prepared, Statement, Values};
use crate::record::metadata_line;
use crate::search_terms::SearchTerms;

pub(crate) async fn list(
    connections: &Connections,
    owner: OwnerId,
    query: &TaskQuery,
) -> Result<TaskPage, StoreError> {
    let statement = ListTasks::new(owner, query);
    let is_quick = statement.is_quick();
    let rows: Vec<(i64, i64, Option<TaskRow>)> = if is_quick {
        connections.pipelined(&Prepared(&statement)).await?
    } else {
        connections.query_long(owner, statement).await?
    };
    let version = match rows.first() {
        Some((revision, purge_horizon, _)) => into_version((*revision, *purge_horizon))?,
        None => ListVersion::default(),
    };
    let items = rows
        .into_iter()
        .filter_map(|(_, _, row)| row.map(TaskRow::into_task));
    let mut items = items.collect::<Result<Vec<_>, _>>()?;
    if is_quick {
        items.sort_by_key(|task| (task.created_at, task.id));
        if query.sort.descending {
            items.reverse();
        }
    }
    Ok(TaskPage::from_overfetch(items, query, version))
}

/// One page and one task more.
pub(crate) struct ListTasks {
    owner: Uuid,
    limit: i64,
    deleted: bool,
    filter: Option<Filter>,
    sort: Sort,
    after: Option<(Uuid, Keyset)>,
}

/// What is asked of a task beside being live or in the trash.
struct Filter {
    completed: Option<bool>,
    ids: Option<Vec<Uuid>>,
    priorities: Option<Vec<i16>>,
    /// Each between two line feeds, as they stand in `tag_keys`.
    tags: SearchTerms,
    due_before: Option<DateTime<Utc>>,
    due_after: Option<DateTime<Utc>>,
    words: SearchTerms,
    /// Each between two line feeds, as they stand in `metadata`.
    metadata: Option<Vec<String>>,
    has_parent: Option<bool>,
    parent: Option<Uuid>,
    has_due: Option<bool>,
    /// What the clock on the wall shows then, for tasks without a time zone.
    due_before_on_wall: Option<DateTime<Utc>>,
    due_after_on_wall: Option<DateTime<Utc>>,
    updated_after: Option<DateTime<Utc>>,
    completed_before: Option<DateTime<Utc>>,
    completed_after: Option<DateTime<Utc>>,
}

impl Filter {
    /// `None` when nothing is asked.
    fn new(filter: &TaskFilter) -> Option<Self> {
        let everything = TaskFilter {
            deleted: filter.deleted,
            ..TaskFilter::default()
        };
        if *filter == everything {
            return None;
        }
        let instant = |at: Option<Timestamp>| at.map(Timestamp::as_datetime);
        let priorities = filter.priorities.iter().copied().map(Priority::rank);
        let tags = filter
            .tags
            .iter()
            .map(|key| format!("\n{}\n", key.as_str()));
        Some(Self {
            completed: filter.completed,
            has_parent: filter.parent.map(|parent| parent.is_some()),
            parent: filter.parent.flatten().map(TaskId::as_uuid),
            metadata: unless_empty(
                filter
                    .metadata
                    .iter()
                    .map(|(name, value)| format!("\n{}\n", metadata_line(name, value)))
                    .collect(),
            ),
            ids: unless_empty(filter.ids.iter().copied().map(TaskId::as_uuid).collect()),
            priorities: unless_empty(priorities.collect()),
            tags: SearchTerms::new(tags.collect()),
            due_before: instant(filter.due_before.map(|due| due.instant)),
            due_after: instant(filter.due_after.map(|due| due.instant)),
            has_due: filter.has_due,
            due_before_on_wall: instant(filter.due_before.map(|due| due.wall)),
            due_after_on_wall: instant(filter.due_after.map(|due| due.wall)),
            updated_after: instant(filter.updated_after),
            completed_before: instant(filter.completed_before),
            completed_after: instant(filter.completed_after),
            words: SearchTerms::new(filter.words.iter().map(str::to_owned).collect()),
        })
    }

    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
        values
            .push::<Nullable<Bool>>(&self.completed)?
            .push::<Nullable<Array<SmallInt>>>(&self.priorities)?
            .push::<Nullable<Text>>(&self.tags.first)?
            .push::<Nullable<Array<Text>>>(&self.tags.others)?
            .push::<Nullable<Timestamptz>>(&self.due_before)?
            .push::<Nullable<Timestamptz>>(&self.due_after)?
            .push::<Nullable<Text>>(&self.words.first)?
            .push::<Nullable<Array<Text>>>(&self.words.others)?
            .push::<Nullable<Array<SqlUuid>>>(&self.ids)?
            .push::<Nullable<Bool>>(&self.has_due)?
            .push::<Nullable<Timestamptz>>(&self.due_before_on_wall)?
            .push::<Nullable<Timestamptz>>(&self.due_after_on_wall)?
            .push::<Nullable<Timestamptz>>(&self.updated_after)?
            .push::<Nullable<Timestamptz>>(&self.completed_before)?
            .push::<Nullable<Timestamptz>>(&self.completed_after)?
            .push::<Nullable<Array<Text>>>(&self.metadata)?
            .push::<Nullable<Bool>>(&self.has_parent)?
            .push::<Nullable<SqlUuid>>(&self.parent)?;
        Ok(())
    }
}

/// The value of the sort key behind which the page begins.
enum Keyset {
    Instant(DateTime<Utc>),
    /// Among those without a due date, which come last.
    NotDue,
    Rank(i16),
    Text(String),
    Number(i64),
}

impl From<&SortValue> for Keyset {
    fn from(value: &SortValue) -> Self {
        match value {
            SortValue::Instant(instant) | SortValue::Due(Some(instant)) => {
                Self::Instant(instant.as_datetime())
            }
            SortValue::Due(None) => Self::NotDue,
            SortValue::Priority(priority) => Self::Rank(priority.rank()),
            SortValue::Title(key) => Self::Text(key.clone()),
            SortValue::Position(key) => Self::Text(key.as_str().to_owned()),
            SortValue::Revision(revision) => Self::Number(Revision::as_i64(*revision)),
        }
    }
}

impl ListTasks {
    pub(crate) fn new(owner: OwnerId, query: &TaskQuery) -> Self {
        let place = |after: &Position| (after.id.as_uuid(), Keyset::from(&after.value));
        Self {
            owner: owner.as_uuid(),
            limit: i64::from(query.limit.get()) + 1,
            deleted: query.filter.deleted,
            filter: Filter::new(&query.filter),
            sort: query.sort,
            after: query.after.as_ref().map(place),
        }
    }

    /// Whether an index gives just the page.
    fn is_quick(&self) -> bool {
        self.filter.is_none() && self.sort.key == SortKey::CreatedAt
    }

    fn column(&self) -> &'static str {
        match self.sort.key {
            SortKey::CreatedAt => "created_at",
            SortKey::UpdatedAt => "updated_at",
            SortKey::Due => "due_at",
            SortKey::Priority => "priority",
            SortKey::Title => "title_key",
            SortKey::Position => "position",
            SortKey::Revision => "revision",
        }
    }

    /// The order, on columns of the relation of that name. Only a due date can be null.
    fn order(&self, relation: &str) -> String {
        let column = self.column();
        let direction = if self.sort.descending { "DESC" } else { "ASC" };
        let nulls = if self.sort.key == SortKey::Due {
            " NULLS LAST"
        } else {
            ""
        };
        format!("{relation}.{column} {direction}{nulls}, {relation}.id {direction}")
    }

    /// SQL does not promise that joining the page with its owner keeps the page's order, so the
    /// database sorts it once more; but for a page that it found in order, that costs more than all
    /// else but reading it, and sorting what is in order costs us next to nothing.
    fn page_order(&self) -> String {
        if self.is_quick() {
            return String::new();
        }
        format!("ORDER BY {}", self.order("page"))
    }

    /// Which tasks come behind the place to continue from, whose values are the last two.
    fn behind(&self) -> String {
        let column = self.column();
        let (id, value) = match self.filter {
            None => ("$3", "$4"),
            Some(_) => ("$21", "$22"),
        };
        let beyond = if self.sort.descending { "<" } else { ">" };
        match &self.after {
            None => "true".to_owned(),
            Some((_, Keyset::NotDue)) => {
                format!("tasks.due_at IS NULL AND tasks.id {beyond} {id}")
            }
            Some(_) if self.sort.key == SortKey::Due => {
                format!(
                    "((tasks.due_at, tasks.id) {beyond} ({value}, {id}) OR tasks.due_at IS NULL)"
                )
            }
            Some(_) => format!("(tasks.{column}, tasks.id) {beyond} ({value}, {id})"),
        }
    }
}

fn unless_empty<T>(values: Vec<T>) -> Option<Vec<T>> {
    (!values.is_empty()).then_some(values)
}

impl Statement for ListTasks {
    type Columns = (BigInt, BigInt, Nullable<TaskColumns>);

    const FIXED: bool = false;

    fn sql(&self) -> Cow<'static, str> {
        let state = if self.deleted {
            "tasks.deleted_at IS NOT NULL AND tasks.title IS NOT NULL"
        } else {
            "tasks.deleted_at IS NULL"
        };
        let filter = match self.filter {
            None => "true",
            Some(_) => include_str!("sql/filter_tasks.sql"),
        };
        let text = include_str!("sql/list_tasks.sql")
            .replace("{columns}", &columns_of("page"))
            .replace("{state}", state)
            .replace("{filter}", filter)
            .replace("{behind}", &self.behind())
            .replace("{order}", &self.order("tasks"))
            .replace("{page_order}", &self.page_order());
        Cow::Owned(text)
    }

    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
        values
            .push::<SqlUuid>(&self.owner)?
            .push::<BigInt>(&self.limit)?;
        if let Some(filter) = &self.filter {
            filter.bind(values)?;
        }
        let Some((id, place)) = &self.after else {
            return Ok(());
        };
        values.push::<SqlUuid>(id)?;
        match place {
            Keyset::Instant(instant) => values.push::<Timestamptz>(instant)?,
            Keyset::NotDue => values,
            Keyset::Rank(rank) => values.push::<SmallInt>(rank)?,
            Keyset::Text(text) => values.push::<Text>(text)?,
            Keyset::Number(number) => values.push::<BigInt>(number)?,
        };
        Ok(())
    }
}
