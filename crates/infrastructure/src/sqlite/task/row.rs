//! How a task lies in its table.

#![expect(clippy::ref_option_ref, reason = "diesel's derives borrow every field")]

use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::UserId;
use tasklane_domain::task::{Change, Description, Task, TaskState, Tombstone};

use crate::record::{DueColumns, TagColumns, TaskRecord};
use crate::sqlite::column::{Day, Id, Instant};
use crate::sqlite::schema::tasks;

/// A row as it is read; whose it is, the reader knows.
#[derive(Queryable, Selectable)]
#[diesel(table_name = tasks, check_for_backend(Sqlite))]
pub(crate) struct TaskRow {
    id: Id,
    revision: i64,
    priority: i16,
    completed_at: Option<Instant>,
    created_at: Instant,
    updated_at: Instant,
    deleted_at: Option<Instant>,
    due_date: Option<Day>,
    due_time: Option<String>,
    due_timezone: Option<String>,
    fingerprint: Option<Vec<u8>>,
    title: Option<String>,
    tags: String,
    description: Option<String>,
}

impl TaskRow {
    pub(crate) fn into_task(self, owner: UserId) -> Result<Task, StoreError> {
        self.into_record(owner).into_task()
    }

    pub(crate) fn into_change(self, owner: UserId) -> Result<Change, StoreError> {
        self.into_record(owner).into_change()
    }

    pub(crate) fn into_state(mut self, owner: UserId) -> Result<TaskState, StoreError> {
        let fingerprint = self.fingerprint.take();
        self.into_record(owner).into_state(fingerprint)
    }

    fn into_record(self, owner: UserId) -> TaskRecord {
        TaskRecord {
            owner: owner.as_uuid(),
            id: self.id.0,
            title: self.title,
            description: self.description,
            completed_at: self.completed_at.map(|Instant(at)| at),
            priority: self.priority,
            due_date: self.due_date.map(|Day(date)| date),
            due_time: self.due_time,
            due_timezone: self.due_timezone,
            tags: self.tags,
            revision: self.revision,
            created_at: self.created_at.0,
            updated_at: self.updated_at.0,
            deleted_at: self.deleted_at.map(|Instant(at)| at),
        }
    }
}

/// The part of a row that any change of a task sets.
///
/// Not `deleted_at`: two indexes hang on it, and would be rewritten with every change.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = tasks, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(crate) struct TaskChanges<'a> {
    revision: i64,
    priority: i16,
    completed_at: Option<Instant>,
    updated_at: Instant,
    due_at: Option<Instant>,
    due_date: Option<Day>,
    due_time: Option<String>,
    due_timezone: Option<String>,
    title: Option<&'a str>,
    title_key: Option<String>,
    tags: String,
    tag_keys: String,
    tag_search_key: String,
    description: Option<&'a str>,
    description_key: Option<String>,
}

impl<'a> TaskChanges<'a> {
    pub(crate) fn of_task(task: &'a Task) -> Self {
        let due = DueColumns::from(task.due.as_ref());
        let tags = TagColumns::from(&task.tags);
        Self {
            revision: task.revision.as_i64(),
            priority: task.priority.rank(),
            completed_at: task.completed_at.map(Instant),
            updated_at: Instant(task.updated_at),
            due_at: due.at.map(Instant),
            due_date: due.date.map(Day),
            due_time: due.time,
            due_timezone: due.timezone,
            title: Some(task.title.as_str()),
            title_key: Some(task.title.key()),
            tags: tags.tags,
            tag_keys: tags.keys,
            tag_search_key: tags.search_key,
            description: task.description.as_ref().map(Description::as_str),
            description_key: task.description.as_ref().map(Description::key),
        }
    }

    /// What stays of a task that is erased at the instant `at`.
    pub(crate) fn of_tombstone(tombstone: &Tombstone, at: Timestamp) -> Self {
        Self {
            revision: tombstone.revision.as_i64(),
            priority: 0,
            completed_at: None,
            updated_at: Instant(at),
            due_at: None,
            due_date: None,
            due_time: None,
            due_timezone: None,
            title: None,
            title_key: None,
            tags: String::new(),
            tag_keys: String::new(),
            tag_search_key: String::new(),
            description: None,
            description_key: None,
        }
    }
}

/// A row that is new.
#[derive(Insertable)]
#[diesel(table_name = tasks, treat_none_as_default_value = false)]
pub(crate) struct NewTaskRow<'a> {
    pub(crate) user_id: Id,
    pub(crate) id: Id,
    pub(crate) created_at: Instant,
    pub(crate) deleted_at: Option<Instant>,
    pub(crate) fingerprint: Option<&'a [u8]>,
    #[diesel(embed)]
    pub(crate) content: TaskChanges<'a>,
}
