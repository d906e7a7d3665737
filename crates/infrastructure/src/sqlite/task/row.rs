//! How a task lies in its table.

use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::OwnerId;
use tasklane_domain::task::{Change, Task, TaskState};

use crate::record::{TaskKeys, TaskRecord};
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
    parent_id: Option<Id>,
    position: String,
    title: Option<String>,
    tags: String,
    metadata: String,
    description: Option<String>,
}

impl TaskRow {
    pub(crate) fn into_task(self, owner: OwnerId) -> Result<Task, StoreError> {
        self.into_record(owner).into_task()
    }

    pub(crate) fn into_change(self, owner: OwnerId) -> Result<Change, StoreError> {
        self.into_record(owner).into_change()
    }

    pub(crate) fn into_state(self, owner: OwnerId) -> Result<TaskState, StoreError> {
        self.into_record(owner).into_state()
    }

    fn into_record(self, owner: OwnerId) -> TaskRecord {
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
            parent: self.parent_id.map(|Id(id)| id),
            position: self.position,
            metadata: self.metadata,
            revision: self.revision,
            fingerprint: self.fingerprint,
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
pub(crate) struct TaskChanges {
    revision: i64,
    priority: i16,
    completed_at: Option<Instant>,
    updated_at: Instant,
    due_at: Option<Instant>,
    due_date: Option<Day>,
    due_time: Option<String>,
    due_timezone: Option<String>,
    parent_id: Option<Id>,
    position: String,
    title: Option<String>,
    title_key: Option<String>,
    tags: String,
    tag_keys: String,
    tag_search_key: String,
    metadata: String,
    description: Option<String>,
    description_key: Option<String>,
}

/// By what a task is found and sorted.
#[derive(AsChangeset)]
#[diesel(table_name = tasks, treat_none_as_null = true)]
pub(crate) struct TaskKeyColumns {
    due_at: Option<Instant>,
    title_key: Option<String>,
    tag_keys: String,
    tag_search_key: String,
    description_key: Option<String>,
}

impl TaskKeyColumns {
    pub(crate) fn of_state(held: &TaskState) -> Self {
        let keys = TaskKeys::of(held);
        Self {
            due_at: keys.due_at.map(Instant),
            title_key: keys.title_key,
            tag_keys: keys.tag_keys,
            tag_search_key: keys.tag_search_key,
            description_key: keys.description_key,
        }
    }
}

/// A row that is new.
#[derive(Insertable)]
#[diesel(table_name = tasks, treat_none_as_default_value = false)]
pub(crate) struct NewTaskRow {
    owner_id: Id,
    id: Id,
    created_at: Instant,
    deleted_at: Option<Instant>,
    fingerprint: Option<Vec<u8>>,
    #[diesel(embed)]
    changes: TaskChanges,
}

impl NewTaskRow {
    /// The row of what is held under an id.
    pub(crate) fn of_state(owner: OwnerId, held: &TaskState) -> Self {
        let record = TaskRecord::of(held);
        Self {
            owner_id: owner.into(),
            id: Id(record.id),
            created_at: Instant(record.created_at),
            deleted_at: record.deleted_at.map(Instant),
            fingerprint: record.fingerprint.clone(),
            changes: TaskChanges::new(record, TaskKeys::of(held)),
        }
    }
}

impl TaskChanges {
    /// What is now held under an id.
    pub(crate) fn of_state(held: &TaskState) -> Self {
        Self::new(TaskRecord::of(held), TaskKeys::of(held))
    }

    fn new(record: TaskRecord, keys: TaskKeys) -> Self {
        Self {
            revision: record.revision,
            priority: record.priority,
            completed_at: record.completed_at.map(Instant),
            updated_at: Instant(record.updated_at),
            due_at: keys.due_at.map(Instant),
            due_date: record.due_date.map(Day),
            due_time: record.due_time,
            due_timezone: record.due_timezone,
            parent_id: record.parent.map(Id),
            position: record.position,
            title: record.title,
            title_key: keys.title_key,
            tags: record.tags,
            tag_keys: keys.tag_keys,
            tag_search_key: keys.tag_search_key,
            metadata: record.metadata,
            description: record.description,
            description_key: keys.description_key,
        }
    }
}
