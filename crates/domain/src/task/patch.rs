use chrono::NaiveDate;
use chrono_tz::Tz;

use super::{
    Description, Due, DueTime, InvalidInput, Metadata, MetadataChanges, OrderKey, Part, Priority,
    Tags, Task, TaskDraft, Title,
};
use crate::clock::Timestamp;
use crate::error::Violation;
use crate::id::TaskId;

/// What a partial update sets; `None` keeps what is there (RFC 7396).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TaskPatch {
    /// A new title.
    pub title: Option<Title>,
    /// A new description, or none.
    pub description: Option<Option<Description>>,
    /// Whether it is done.
    pub completed: Option<CompletedChange>,
    /// A new priority.
    pub priority: Option<Priority>,
    /// A new due date, none, or parts of one.
    pub due: Option<DuePatch>,
    /// New tags, in place of all the old ones.
    pub tags: Option<Tags>,
    /// Another parent, or none.
    pub parent: Option<Option<TaskId>>,
    /// A new place among its siblings, or the one that follows from its creation.
    pub position: Option<Option<OrderKey>>,
    /// New metadata, or changes of some members.
    pub metadata: Option<MetadataPatch>,
}

/// What happens to a task's completion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompletedChange {
    /// Done or open, whatever it was; a done task keeps the time at which it was done.
    To(bool),
    /// The opposite of what it was.
    Toggle,
}

/// What happens to a task's due date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DuePatch {
    /// It becomes exactly this.
    Set(Option<Due>),
    /// Its parts are merged with what is there: outer `None` keeps, inner `None` clears.
    Merge {
        /// A new day; required where there was no due date.
        date: Option<NaiveDate>,
        /// A new time of day, or all day.
        time: Option<Option<DueTime>>,
        /// A new time zone, or none.
        timezone: Option<Option<Tz>>,
    },
}

/// What happens to a task's metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MetadataPatch {
    /// It becomes exactly this.
    Set(Metadata),
    /// Some members change.
    Merge(MetadataChanges),
}

impl DuePatch {
    /// The due date that follows from `current`.
    ///
    /// # Errors
    /// A due date without a date, or with a time zone and no time.
    pub fn apply(&self, current: Option<&Due>) -> Result<Option<Due>, InvalidInput> {
        match self {
            Self::Set(due) => Ok(due.clone()),
            Self::Merge {
                date,
                time,
                timezone,
            } => {
                let date = date
                    .or(current.map(Due::date))
                    .ok_or_else(|| InvalidInput {
                        part: Part::Patch,
                        member: "due/date",
                        violation: Violation::required(),
                    })?;
                let time = time.unwrap_or_else(|| current.and_then(Due::time));
                let timezone = timezone.unwrap_or_else(|| current.and_then(Due::timezone));
                Due::new(date, time, timezone)
                    .map(Some)
                    .map_err(|violation| InvalidInput {
                        part: Part::Patch,
                        member: "due/timezone",
                        violation,
                    })
            }
        }
    }
}

impl TaskPatch {
    /// A patch that replaces everything.
    #[must_use]
    pub fn replace_with(draft: TaskDraft) -> Self {
        Self {
            title: Some(draft.title),
            description: Some(draft.description),
            completed: Some(CompletedChange::To(draft.completed)),
            priority: Some(draft.priority),
            due: Some(DuePatch::Set(draft.due)),
            tags: Some(draft.tags),
            parent: Some(draft.parent),
            position: Some(draft.position),
            metadata: Some(MetadataPatch::Set(draft.metadata)),
        }
    }

    /// A patch that flips `completed`.
    #[must_use]
    pub fn toggle() -> Self {
        Self {
            completed: Some(CompletedChange::Toggle),
            ..Self::default()
        }
    }

    /// The task with the patch applied, its revision and `updated_at` as they were.
    ///
    /// # Errors
    /// The merged due date or metadata breaks a rule.
    pub fn apply(&self, task: &Task, at: Timestamp) -> Result<Task, InvalidInput> {
        let mut patched = task.clone();
        if let Some(title) = &self.title {
            patched.title = title.clone();
        }
        if let Some(description) = &self.description {
            patched.description.clone_from(description);
        }
        if let Some(change) = self.completed {
            let completed = match change {
                CompletedChange::To(completed) => completed,
                CompletedChange::Toggle => !task.is_completed(),
            };
            patched.completed_at = completed.then(|| task.completed_at.unwrap_or(at));
        }
        if let Some(priority) = self.priority {
            patched.priority = priority;
        }
        if let Some(due) = &self.due {
            patched.due = due.apply(task.due.as_ref())?;
        }
        if let Some(tags) = &self.tags {
            patched.tags = tags.clone();
        }
        if let Some(parent) = self.parent {
            patched.parent = parent;
        }
        if let Some(position) = &self.position {
            let position = position.clone();
            patched.position = position.unwrap_or_else(|| OrderKey::of_instant(task.created_at));
        }
        match &self.metadata {
            Some(MetadataPatch::Set(metadata)) => patched.metadata = metadata.clone(),
            Some(MetadataPatch::Merge(changes)) => {
                let merged = task.metadata.merged(changes);
                patched.metadata = merged.map_err(|violation| InvalidInput {
                    part: Part::Patch,
                    member: "metadata",
                    violation,
                })?;
            }
            None => {}
        }
        Ok(patched)
    }
}
