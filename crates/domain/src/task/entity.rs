use super::{
    Description, Due, Metadata, OrderKey, Priority, Revision, Tag, Tags, TaskDraft, Title,
};
use crate::clock::Timestamp;
use crate::id::{OwnerId, TaskId};

/// Something that a user has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Unique within the owner.
    pub id: TaskId,
    /// Whose it is; never changes.
    pub owner: OwnerId,
    /// What is to be done.
    pub title: Title,
    /// More about it.
    pub description: Option<Description>,
    /// When it was completed; `None` while it is open.
    pub completed_at: Option<Timestamp>,
    /// How much it matters.
    pub priority: Priority,
    /// By when.
    pub due: Option<Due>,
    /// Labels, in the owner's order.
    pub tags: Tags,
    /// The task that it is a part of; that one is part of no other.
    pub parent: Option<TaskId>,
    /// Its place among its siblings: the live tasks with the same parent.
    pub position: OrderKey,
    /// What a client keeps with it for itself.
    pub metadata: Metadata,
    /// The owner's revision at which it last changed.
    pub revision: Revision,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed, moves to and from the trash included.
    pub updated_at: Timestamp,
    /// When it was moved to the trash; `None` for a live task.
    pub deleted_at: Option<Timestamp>,
}

/// About the bytes of a task in an answer, beside its texts.
const FIXED_ANSWER_BYTES: usize = 512;

impl Task {
    /// The bytes of its title, description, tags, position and metadata, in UTF-8.
    pub(super) fn text_bytes(&self) -> usize {
        let description = self.description.as_ref().map_or("", Description::as_str);
        let tags: usize = self.tags.iter().map(|tag| Tag::as_str(tag).len()).sum();
        let texts = self.title.as_str().len() + description.len() + tags;
        texts + self.position.as_str().len() + self.metadata.bytes()
    }

    /// About its bytes in an answer, as long as little of its text needs to be escaped.
    pub(crate) fn answer_bytes(&self) -> usize {
        self.text_bytes() + FIXED_ANSWER_BYTES
    }

    /// Whether it is done.
    #[must_use]
    pub fn is_completed(&self) -> bool {
        self.completed_at.is_some()
    }

    /// Whether it is in the trash.
    #[must_use]
    pub fn is_deleted(&self) -> bool {
        self.deleted_at.is_some()
    }

    /// The part of it that a client may set.
    #[must_use]
    pub fn to_draft(&self) -> TaskDraft {
        TaskDraft {
            title: self.title.clone(),
            description: self.description.clone(),
            completed: self.is_completed(),
            priority: self.priority,
            due: self.due.clone(),
            tags: self.tags.clone(),
            parent: self.parent,
            position: Some(self.position.clone()),
            metadata: self.metadata.clone(),
        }
    }
}
