//! What a store reads and writes of a task, in plain values: the part that both stores share.
//!
//! Each store has row structs of its own, with its own column types. Between these and the domain
//! stand a [`TaskRecord`], which is what a row says, and [`TaskKeys`], by which rows are found and
//! sorted.

use chrono::NaiveDate;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::{BoxError, StoreError, Violation};
use tasklane_domain::id::{OwnerId, TaskId};
use tasklane_domain::page::OpenTask;
use tasklane_domain::task::{
    Change, Description, Due, Fingerprint, Metadata, MetadataName, MetadataValue, OrderKey,
    Priority, Revision, Tag, Tags, Task, TaskState, Title, Tombstone, parse_timezone,
};
use uuid::Uuid;

/// A row of the tasks table. A tombstone is a row without a title and without any other content.
#[derive(Debug, Clone)]
pub(crate) struct TaskRecord {
    /// Nobody's, in the record of a tombstone that is to be written: its owner stands elsewhere.
    pub(crate) owner: Uuid,
    pub(crate) id: Uuid,
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) completed_at: Option<Timestamp>,
    pub(crate) priority: i16,
    pub(crate) due_date: Option<NaiveDate>,
    pub(crate) due_time: Option<String>,
    pub(crate) due_timezone: Option<String>,
    /// In their order, a line each: a tag has no control characters, and a text is read faster than
    /// an array.
    pub(crate) tags: String,
    pub(crate) parent: Option<Uuid>,
    /// Empty for a tombstone.
    pub(crate) position: String,
    /// As [`metadata_lines`] writes it.
    pub(crate) metadata: String,
    pub(crate) revision: i64,
    pub(crate) fingerprint: Option<Vec<u8>>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) deleted_at: Option<Timestamp>,
}

impl TaskRecord {
    pub(crate) fn into_task(self) -> Result<Task, StoreError> {
        self.parse_task()
            .map_err(|error| StoreError::corrupt("task", error))
    }

    pub(crate) fn into_state(mut self) -> Result<TaskState, StoreError> {
        let fingerprint = parse_fingerprint(self.fingerprint.take())?;
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
            owner: OwnerId::new(self.owner),
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
            parent: self.parent.map(TaskId::new),
            position: OrderKey::parse(self.position)?,
            metadata: parse_metadata(&self.metadata)?,
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

    /// The record of what is held under an id.
    pub(crate) fn of(held: &TaskState) -> Self {
        let fingerprint = held
            .fingerprint()
            .map(|fingerprint| fingerprint.as_bytes().to_vec());
        match held {
            TaskState::Task { task, .. } => Self {
                fingerprint,
                ..Self::of_task(task)
            },
            TaskState::Tombstone { tombstone, .. } => Self {
                fingerprint,
                ..Self::of_tombstone(tombstone)
            },
        }
    }

    pub(crate) fn of_task(task: &Task) -> Self {
        let due = task.due.as_ref();
        let time = due.and_then(Due::time);
        let timezone = due.and_then(Due::timezone);
        Self {
            owner: task.owner.as_uuid(),
            id: task.id.as_uuid(),
            title: Some(task.title.as_str().to_owned()),
            description: task
                .description
                .as_ref()
                .map(|text| text.as_str().to_owned()),
            completed_at: task.completed_at,
            priority: task.priority.rank(),
            due_date: due.map(Due::date),
            due_time: time.map(|time| time.to_string()),
            due_timezone: timezone.map(|zone| zone.name().to_owned()),
            tags: lines(&task.tags),
            parent: task.parent.map(TaskId::as_uuid),
            position: task.position.as_str().to_owned(),
            metadata: metadata_lines(&task.metadata),
            revision: task.revision.as_i64(),
            fingerprint: None,
            created_at: task.created_at,
            updated_at: task.updated_at,
            deleted_at: task.deleted_at,
        }
    }

    fn of_tombstone(tombstone: &Tombstone) -> Self {
        Self {
            owner: Uuid::nil(),
            id: tombstone.id.as_uuid(),
            title: None,
            description: None,
            completed_at: None,
            priority: 0,
            due_date: None,
            due_time: None,
            due_timezone: None,
            tags: String::new(),
            parent: None,
            position: String::new(),
            metadata: String::new(),
            revision: tombstone.revision.as_i64(),
            fingerprint: None,
            created_at: tombstone.deleted_at,
            updated_at: tombstone.deleted_at,
            deleted_at: Some(tombstone.deleted_at),
        }
    }
}

/// What a summary counts of an open task.
pub(crate) fn open_task(
    priority: i16,
    due_date: Option<NaiveDate>,
    due_time: Option<&str>,
    due_timezone: Option<&str>,
    tags: &str,
) -> Result<OpenTask, StoreError> {
    let parse = || -> Result<OpenTask, BoxError> {
        Ok(OpenTask {
            due: parse_due(due_date, due_time, due_timezone)?,
            priority: Priority::from_rank(priority).ok_or("an unknown priority")?,
            tags: parse_tags(tags)?,
        })
    };
    parse().map_err(|error| StoreError::corrupt("task", error))
}

/// By what a task is found and sorted: computed by the domain, so that all stores fold alike.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TaskKeys {
    pub(crate) title_key: Option<String>,
    pub(crate) description_key: Option<String>,
    /// The instant by which a due date is sorted and filtered.
    pub(crate) due_at: Option<Timestamp>,
    /// By which a tag is found.
    pub(crate) tag_keys: String,
    /// In which words are found.
    pub(crate) tag_search_key: String,
}

impl TaskKeys {
    /// The keys of what is held under an id; a tombstone has none.
    pub(crate) fn of(held: &TaskState) -> Self {
        held.task().map(Self::of_task).unwrap_or_default()
    }

    fn of_task(task: &Task) -> Self {
        Self {
            title_key: Some(task.title.key()),
            description_key: task.description.as_ref().map(Description::key),
            due_at: task.due.as_ref().map(Due::instant),
            tag_keys: task.tags.keys(),
            tag_search_key: task.tags.search_key(),
        }
    }
}

fn lines(tags: &Tags) -> String {
    tags.iter().map(Tag::as_str).collect::<Vec<_>>().join("\n")
}

/// Each member between two line feeds, a tab between its name and its value. A name and a value have no
/// control characters, so a store finds a member by its [`metadata_line`] between two line feeds.
fn metadata_lines(metadata: &Metadata) -> String {
    let lines = metadata
        .iter()
        .map(|(name, value)| metadata_line(name, value) + "\n");
    let lines: String = lines.collect();
    if lines.is_empty() {
        lines
    } else {
        format!("\n{lines}")
    }
}

/// A member, as [`metadata_lines`] writes it.
pub(crate) fn metadata_line(name: &MetadataName, value: &MetadataValue) -> String {
    format!("{}\t{}", name.as_str(), value.as_str())
}

fn parse_metadata(lines: &str) -> Result<Metadata, BoxError> {
    let lines = lines.split('\n').filter(|line| !line.is_empty());
    let members = lines.map(|line| {
        let (name, value) = line.split_once('\t').ok_or("a member without a value")?;
        Ok((MetadataName::parse(name)?, MetadataValue::parse(value)?))
    });
    Ok(Metadata::new(members.collect::<Result<_, BoxError>>()?)?)
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
