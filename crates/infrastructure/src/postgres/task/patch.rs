//! Changing parts of a task.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::sql_types::{Bool, Date, Nullable, SmallInt, Text, Timestamptz};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::task::{CompletedChange, Description, DuePatch, Priority, TaskPatch, Title};

use super::row::TaskColumns;
use super::write::Target;
use crate::postgres::connection::statement::{Statement, Values};
use crate::record::{DueColumns, TagColumns};

/// A patch in which nothing depends on what is there: null keeps, and what may become null itself
/// has a flag.
pub(crate) struct UpdateTask {
    target: Target,
    title: Option<String>,
    title_key: Option<String>,
    sets_description: bool,
    description: Option<String>,
    description_key: Option<String>,
    completed: Option<bool>,
    priority: Option<i16>,
    sets_due: bool,
    due: DueColumns,
    due_at: Option<DateTime<Utc>>,
    tags: Option<String>,
    tag_keys: Option<String>,
    tag_search_key: Option<String>,
}

impl UpdateTask {
    pub(crate) fn new(target: Target, patch: &TaskPatch) -> Self {
        let description = patch.description.as_ref().and_then(Option::as_ref);
        let due = match &patch.due {
            Some(DuePatch::Set(due)) => Some(DueColumns::from(due.as_ref())),
            Some(DuePatch::Merge { .. }) | None => None,
        };
        let tags = patch.tags.as_ref().map(TagColumns::from);
        Self {
            target,
            title: patch.title.as_ref().map(|title| title.as_str().to_owned()),
            title_key: patch.title.as_ref().map(Title::key),
            sets_description: patch.description.is_some(),
            description: description.map(|text| text.as_str().to_owned()),
            description_key: description.map(Description::key),
            completed: match patch.completed {
                Some(CompletedChange::To(completed)) => Some(completed),
                Some(CompletedChange::Toggle) | None => None,
            },
            priority: patch.priority.map(Priority::rank),
            sets_due: due.is_some(),
            due_at: due
                .as_ref()
                .and_then(|due| due.at)
                .map(Timestamp::as_datetime),
            due: due.unwrap_or_default(),
            tags: tags.as_ref().map(|tags| tags.tags.clone()),
            tag_keys: tags.as_ref().map(|tags| tags.keys.clone()),
            tag_search_key: tags.map(|tags| tags.search_key),
        }
    }
}

impl Statement for UpdateTask {
    type Columns = TaskColumns;

    fn sql(&self) -> Cow<'static, str> {
        Cow::Borrowed(include_str!("sql/update_task.sql"))
    }

    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
        self.target.bind(values)?;
        values
            .push::<Nullable<Text>>(&self.title)?
            .push::<Nullable<Text>>(&self.title_key)?
            .push::<Bool>(&self.sets_description)?
            .push::<Nullable<Text>>(&self.description)?
            .push::<Nullable<Text>>(&self.description_key)?
            .push::<Nullable<Bool>>(&self.completed)?
            .push::<Nullable<SmallInt>>(&self.priority)?
            .push::<Bool>(&self.sets_due)?
            .push::<Nullable<Date>>(&self.due.date)?
            .push::<Nullable<Text>>(&self.due.time)?
            .push::<Nullable<Text>>(&self.due.timezone)?
            .push::<Nullable<Timestamptz>>(&self.due_at)?
            .push::<Nullable<Text>>(&self.tags)?
            .push::<Nullable<Text>>(&self.tag_keys)?
            .push::<Nullable<Text>>(&self.tag_search_key)?;
        Ok(())
    }
}
