//! Rows as PostgreSQL gives and takes them.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::{Insertable, Queryable, Selectable};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::{BoxError, StoreError};
use tasklane_domain::id::UserId;
use tasklane_domain::task::{Description, Fingerprint, Task, TaskState, Tombstone};
use tasklane_domain::user::{Email, FederatedProfile, Name, User};
use uuid::Uuid;

use super::schema::{tasks, users};
use crate::record::{DueColumns, TagColumns, TaskRecord};

/// A task or a tombstone, as it is read.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = tasks, check_for_backend(diesel::pg::Pg))]
pub(super) struct TaskRow {
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
pub(super) type TaskColumns = diesel::dsl::SqlTypeOf<(
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
    pub(super) fn into_task(self) -> Result<Task, StoreError> {
        TaskRecord::from(self).into_task()
    }
}

/// A task or a tombstone, as it is written.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = tasks)]
pub(super) struct StoredTask {
    pub(super) user_id: Uuid,
    pub(super) id: Uuid,
    pub(super) title: Option<String>,
    pub(super) title_key: Option<String>,
    pub(super) description: Option<String>,
    pub(super) description_key: Option<String>,
    pub(super) completed_at: Option<DateTime<Utc>>,
    pub(super) priority: i16,
    pub(super) due_date: Option<NaiveDate>,
    pub(super) due_time: Option<String>,
    pub(super) due_timezone: Option<String>,
    pub(super) due_at: Option<DateTime<Utc>>,
    pub(super) tags: String,
    pub(super) tag_keys: String,
    pub(super) tag_search_key: String,
    pub(super) revision: i64,
    pub(super) fingerprint: Option<Vec<u8>>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) deleted_at: Option<DateTime<Utc>>,
}

impl StoredTask {
    /// The row of whatever is held, written at the instant `at`.
    pub(super) fn of_state(owner: UserId, held: &TaskState, at: Timestamp) -> Self {
        match held {
            TaskState::Task { task, fingerprint } => Self::of_task(task, *fingerprint),
            TaskState::Tombstone {
                tombstone,
                fingerprint,
            } => Self::of_tombstone(owner, *tombstone, *fingerprint, at),
        }
    }

    /// The row of a task.
    pub(super) fn of_task(task: &Task, fingerprint: Option<Fingerprint>) -> Self {
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

/// A user, as they are read.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
pub(super) struct UserRow {
    id: Uuid,
    issuer: String,
    email: Option<String>,
    name: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// The SQL types of a [`UserRow`], for statements that are written in SQL.
pub(super) type UserColumns = diesel::dsl::SqlTypeOf<(
    users::id,
    users::issuer,
    users::email,
    users::name,
    users::created_at,
    users::updated_at,
)>;

impl UserRow {
    pub(super) fn into_user(self) -> Result<User, StoreError> {
        self.parse()
            .map_err(|error| StoreError::corrupt("user", error))
    }

    fn parse(self) -> Result<User, BoxError> {
        Ok(User {
            id: UserId::new(self.id),
            issuer: self.issuer,
            email: self.email.as_deref().map(Email::parse).transpose()?,
            name: self.name.as_deref().map(Name::parse).transpose()?,
            created_at: Some(Timestamp::new(self.created_at)),
            updated_at: Some(Timestamp::new(self.updated_at)),
        })
    }
}

/// What an issuer says of a user, as it is written.
#[derive(Debug)]
pub(super) struct StoredProfile {
    pub(super) issuer: String,
    pub(super) subject: String,
    pub(super) email: Option<String>,
    pub(super) name: Option<String>,
}

impl From<&FederatedProfile> for StoredProfile {
    fn from(profile: &FederatedProfile) -> Self {
        Self {
            issuer: profile.alias.clone(),
            subject: profile.subject.clone(),
            email: profile
                .email
                .as_ref()
                .map(|email| email.as_str().to_owned()),
            name: profile.name.as_ref().map(|name| name.as_str().to_owned()),
        }
    }
}
