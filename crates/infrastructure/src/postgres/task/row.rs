//! How a task lies in its table.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::{Insertable, Queryable, Selectable};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::UserId;
use tasklane_domain::task::{Description, Fingerprint, Task, TaskState, Tombstone};
use uuid::Uuid;

use crate::postgres::schema::tasks;
use crate::record::{DueColumns, TagColumns, TaskRecord};

/// A task or a tombstone, as it is read.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = tasks, check_for_backend(diesel::pg::Pg))]
pub(crate) struct TaskRow {
    user_id: Uuid,
    id: Uuid,
    title: Option<String>,
    description: Option<String>,
    completed_at: Option<DateTime<Utc>>,
    priority: i16,
    due_date: Option<NaiveDate>,
    due_time: Option<String>,
    due_timezone: Option<String>,
    tags: String,
    revision: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    deleted_at: Option<DateTime<Utc>>,
}

/// The SQL types of a [`TaskRow`], for statements that are written in SQL.
pub(crate) type TaskColumns = diesel::dsl::SqlTypeOf<(
    tasks::user_id,
    tasks::id,
    tasks::title,
    tasks::description,
    tasks::completed_at,
    tasks::priority,
    tasks::due_date,
    tasks::due_time,
    tasks::due_timezone,
    tasks::tags,
    tasks::revision,
    tasks::created_at,
    tasks::updated_at,
    tasks::deleted_at,
)>;

impl From<TaskRow> for TaskRecord {
    fn from(row: TaskRow) -> Self {
        Self {
            owner: row.user_id,
            id: row.id,
            title: row.title,
            description: row.description,
            completed_at: row.completed_at.map(Timestamp::new),
            priority: row.priority,
            due_date: row.due_date,
            due_time: row.due_time,
            due_timezone: row.due_timezone,
            tags: row.tags,
            revision: row.revision,
            created_at: Timestamp::new(row.created_at),
            updated_at: Timestamp::new(row.updated_at),
            deleted_at: row.deleted_at.map(Timestamp::new),
        }
    }
}

impl TaskRow {
    pub(crate) fn into_task(self) -> Result<Task, StoreError> {
        TaskRecord::from(self).into_task()
    }
}

/// A task or a tombstone, as it is written.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = tasks)]
pub(crate) struct NewTaskRow {
    pub(crate) user_id: Uuid,
    pub(crate) id: Uuid,
    pub(crate) title: Option<String>,
    pub(crate) title_key: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) description_key: Option<String>,
    pub(crate) completed_at: Option<DateTime<Utc>>,
    pub(crate) priority: i16,
    pub(crate) due_date: Option<NaiveDate>,
    pub(crate) due_time: Option<String>,
    pub(crate) due_timezone: Option<String>,
    pub(crate) due_at: Option<DateTime<Utc>>,
    pub(crate) tags: String,
    pub(crate) tag_keys: String,
    pub(crate) tag_search_key: String,
    pub(crate) revision: i64,
    pub(crate) fingerprint: Option<Vec<u8>>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) deleted_at: Option<DateTime<Utc>>,
}

impl NewTaskRow {
    /// The row of whatever is held, written at the instant `at`.
    pub(crate) fn of_state(owner: UserId, held: &TaskState, at: Timestamp) -> Self {
        match held {
            TaskState::Task { task, fingerprint } => Self::of_task(task, *fingerprint),
            TaskState::Tombstone {
                tombstone,
                fingerprint,
            } => Self::of_tombstone(owner, *tombstone, *fingerprint, at),
        }
    }

    /// The row of a task.
    pub(crate) fn of_task(task: &Task, fingerprint: Option<Fingerprint>) -> Self {
        let due = DueColumns::from(task.due.as_ref());
        let tags = TagColumns::from(&task.tags);
        Self {
            user_id: task.owner.as_uuid(),
            id: task.id.as_uuid(),
            title: Some(task.title.as_str().to_owned()),
            title_key: Some(task.title.key()),
            description: task
                .description
                .as_ref()
                .map(|text| text.as_str().to_owned()),
            description_key: task.description.as_ref().map(Description::key),
            completed_at: task.completed_at.map(Timestamp::as_datetime),
            priority: task.priority.rank(),
            due_date: due.date,
            due_time: due.time,
            due_timezone: due.timezone,
            due_at: due.at.map(Timestamp::as_datetime),
            tags: tags.tags,
            tag_keys: tags.keys,
            tag_search_key: tags.search_key,
            revision: task.revision.as_i64(),
            fingerprint: bytes(fingerprint),
            created_at: task.created_at.as_datetime(),
            updated_at: task.updated_at.as_datetime(),
            deleted_at: task.deleted_at.map(Timestamp::as_datetime),
        }
    }

    fn of_tombstone(
        owner: UserId,
        tombstone: Tombstone,
        fingerprint: Option<Fingerprint>,
        at: Timestamp,
    ) -> Self {
        let tags = TagColumns::default();
        Self {
            user_id: owner.as_uuid(),
            id: tombstone.id.as_uuid(),
            title: None,
            title_key: None,
            description: None,
            description_key: None,
            completed_at: None,
            priority: 0,
            due_date: None,
            due_time: None,
            due_timezone: None,
            due_at: None,
            tags: tags.tags,
            tag_keys: tags.keys,
            tag_search_key: tags.search_key,
            revision: tombstone.revision.as_i64(),
            fingerprint: bytes(fingerprint),
            created_at: at.as_datetime(),
            updated_at: at.as_datetime(),
            deleted_at: Some(tombstone.deleted_at.as_datetime()),
        }
    }
}

fn bytes(fingerprint: Option<Fingerprint>) -> Option<Vec<u8>> {
    fingerprint.map(|fingerprint| fingerprint.as_bytes().to_vec())
}
