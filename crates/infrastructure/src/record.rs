//! What a store reads and writes of a task, in plain values: the part that both stores share.
//!
//! Each store has row structs of its own, with its own column types, and turns them into a
//! [`TaskRecord`]; the parsing of what was stored happens here, once.

use chrono::NaiveDate;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::{BoxError, StoreError, Violation};
use tasklane_domain::id::{TaskId, UserId};
use tasklane_domain::task::{
    Change, Description, Due, Fingerprint, Priority, Revision, Tag, Tags, Task, TaskState, Title,
    Tombstone, parse_timezone,
};
use uuid::Uuid;

/// A row of the tasks table as it is read. A tombstone is a row without a title.
#[derive(Debug, Clone)]
pub(crate) struct TaskRecord {
    pub(crate) owner: Uuid,
    pub(crate) id: Uuid,
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) completed_at: Option<Timestamp>,
    pub(crate) priority: i16,
    pub(crate) due_date: Option<NaiveDate>,
    pub(crate) due_time: Option<String>,
    pub(crate) due_timezone: Option<String>,
    pub(crate) tags: String,
    pub(crate) revision: i64,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) deleted_at: Option<Timestamp>,
}

impl TaskRecord {
    pub(crate) fn into_task(self) -> Result<Task, StoreError> {
        self.parse_task()
            .map_err(|error| StoreError::corrupt("task", error))
    }

    pub(crate) fn into_state(self, fingerprint: Option<Vec<u8>>) -> Result<TaskState, StoreError> {
        let fingerprint = parse_fingerprint(fingerprint)?;
        Ok(match self.into_change()? {
            Change::Task(task) => TaskState::Task { task, fingerprint },
            Change::Erased(tombstone) => TaskState::Tombstone {
                tombstone,
                fingerprint,
            },
        })
    }

    pub(crate) fn into_change(self) -> Result<Change, StoreError> {
        if self.title.is_some() {
            return Ok(Change::Task(Box::new(self.into_task()?)));
        }
        self.parse_tombstone()
            .map(Change::Erased)
            .map_err(|error| StoreError::corrupt("tombstone", error))
    }

    fn parse_task(self) -> Result<Task, BoxError> {
        let title = self.title.ok_or("a task without a title")?;
        let description = self.description.map(Description::parse).transpose()?;
        Ok(Task {
            id: TaskId::new(self.id),
            owner: UserId::new(self.owner),
            title: Title::parse(title)?,
            description: description.flatten(),
            completed_at: self.completed_at,
            priority: Priority::from_rank(self.priority).ok_or("an unknown priority")?,
            due: parse_due(
                self.due_date,
                self.due_time.as_deref(),
                self.due_timezone.as_deref(),
            )?,
            tags: parse_tags(&self.tags)?,
            revision: Revision::new(self.revision).ok_or("a negative revision")?,
            created_at: self.created_at,
            updated_at: self.updated_at,
            deleted_at: self.deleted_at,
        })
    }

    fn parse_tombstone(self) -> Result<Tombstone, BoxError> {
        Ok(Tombstone {
            id: TaskId::new(self.id),
            revision: Revision::new(self.revision).ok_or("a negative revision")?,
            deleted_at: self.deleted_at.ok_or("a live tombstone")?,
        })
    }
}

fn parse_due(
    date: Option<NaiveDate>,
    time: Option<&str>,
    timezone: Option<&str>,
) -> Result<Option<Due>, BoxError> {
    let Some(date) = date else { return Ok(None) };
    let time = time.map(str::parse).transpose()?;
    let timezone = timezone.map(parse_timezone).transpose()?;
    Ok(Some(Due::new(date, time, timezone)?))
}

fn parse_tags(lines: &str) -> Result<Tags, Violation> {
    if lines.is_empty() {
        return Ok(Tags::default());
    }
    Tags::new(
        lines
            .split('\n')
            .map(Tag::parse)
            .collect::<Result<_, _>>()?,
    )
}

fn parse_fingerprint(bytes: Option<Vec<u8>>) -> Result<Option<Fingerprint>, StoreError> {
    bytes
        .map(|bytes| {
            <[u8; 32]>::try_from(bytes)
                .map(Fingerprint::from_bytes)
                .map_err(|_| StoreError::corrupt("fingerprint", "not 32 bytes"))
        })
        .transpose()
}

/// The columns of a due date.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct DueColumns {
    pub(crate) date: Option<NaiveDate>,
    pub(crate) time: Option<String>,
    pub(crate) timezone: Option<String>,
    /// The instant by which it is sorted and filtered.
    pub(crate) at: Option<Timestamp>,
}

impl From<Option<&Due>> for DueColumns {
    fn from(due: Option<&Due>) -> Self {
        let Some(due) = due else {
            return Self::default();
        };
        Self {
            date: Some(due.date()),
            time: due.time().map(|time| time.to_string()),
            timezone: due.timezone().map(|zone| zone.name().to_owned()),
            at: Some(due.instant()),
        }
    }
}

/// The columns of a task's tags.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TagColumns {
    /// In their order, a line each: a tag has no control characters, and a text is read faster than
    /// an array.
    pub(crate) tags: String,
    /// By which a tag is found.
    pub(crate) keys: String,
    /// In which words are found.
    pub(crate) search_key: String,
}

impl From<&Tags> for TagColumns {
    fn from(tags: &Tags) -> Self {
        Self {
            tags: tags.iter().map(Tag::as_str).collect::<Vec<_>>().join("\n"),
            keys: tags.keys(),
            search_key: tags.search_key(),
        }
    }
}
