use super::DueBound;
use crate::clock::Timestamp;
use crate::id::TaskId;
use crate::search::SearchWords;
use crate::task::{Description, Due, MetadataName, MetadataValue, Priority, TagKey, Task};

/// Most ids that a list is filtered by.
pub const MAX_FILTER_IDS: usize = 100;
/// Most different tags that a list is filtered by.
pub const MAX_FILTER_TAGS: usize = 20;
/// Most members of metadata that a list is filtered by.
pub const MAX_FILTER_MEMBERS: usize = 10;

/// Which tasks a list is about. All conditions must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TaskFilter {
    /// True for the tasks in the trash, false for the live ones.
    pub deleted: bool,
    /// Only completed tasks, or only open ones.
    pub completed: Option<bool>,
    /// Only these tasks, at most [`MAX_FILTER_IDS`]; any, when empty.
    pub ids: Vec<TaskId>,
    /// Only these priorities; any priority, when empty.
    pub priorities: Vec<Priority>,
    /// Only tasks that have all of these tags, at most [`MAX_FILTER_TAGS`].
    pub tags: Vec<TagKey>,
    /// Only tasks whose metadata has all of these members, at most [`MAX_FILTER_MEMBERS`].
    pub metadata: Vec<(MetadataName, MetadataValue)>,
    /// Only parts of this task, or only tasks that are parts of none.
    pub parent: Option<Option<TaskId>>,
    /// Only tasks with a due date, or only those without.
    pub has_due: Option<bool>,
    /// Only tasks that are due before this moment (exclusive).
    pub due_before: Option<DueBound>,
    /// Only tasks that are due at this moment or later (inclusive).
    pub due_after: Option<DueBound>,
    /// Only tasks that last changed at this instant or later (inclusive).
    pub updated_after: Option<Timestamp>,
    /// Only tasks that were completed before this instant (exclusive).
    pub completed_before: Option<Timestamp>,
    /// Only tasks that were completed at this instant or later (inclusive).
    pub completed_after: Option<Timestamp>,
    /// Only tasks that have each of these words in their title, description or tags.
    pub words: SearchWords,
}

impl TaskFilter {
    /// Whether a task belongs to the list.
    ///
    /// This defines what a filter means. A store may say the same in its own language.
    ///
    /// ```
    /// use tasklane_domain::page::TaskFilter;
    /// use tasklane_domain::search::SearchWords;
    /// use tasklane_domain::task::{NewTask, Revision, TaskDraft, Title};
    /// # use tasklane_domain::clock::Timestamp;
    /// # use tasklane_domain::id::{OwnerId, TaskId};
    /// # let id = "0193a5c8-0000-7000-8000-00000000abcd";
    /// # let (id, owner): (TaskId, OwnerId) = (id.parse()?, id.parse()?);
    /// # let at = Timestamp::from_micros(0).ok_or("no instant")?;
    ///
    /// let draft = TaskDraft::titled(Title::parse("Crème brûlée")?);
    /// let new = NewTask { id, draft, fingerprint: None };
    /// let task = new.to_task(owner, Revision::ZERO.next(), at);
    /// let filter = TaskFilter { words: SearchWords::parse("BRULEE")?, ..TaskFilter::default() };
    /// assert!(filter.admits(&task));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn admits(&self, task: &Task) -> bool {
        self.deleted == task.is_deleted()
            && self
                .completed
                .is_none_or(|completed| completed == task.is_completed())
            && (self.ids.is_empty() || self.ids.contains(&task.id))
            && (self.priorities.is_empty() || self.priorities.contains(&task.priority))
            && self.admits_tags(task)
            && self.admits_metadata(task)
            && self.parent.is_none_or(|parent| task.parent == parent)
            && self.admits_due(task.due.as_ref())
            && self
                .updated_after
                .is_none_or(|begin| task.updated_at >= begin)
            && self.admits_completion(task.completed_at)
            && self.admits_words(task)
    }

    fn admits_tags(&self, task: &Task) -> bool {
        self.tags.is_empty() || {
            let keys: Vec<TagKey> = task.tags.iter().map(crate::task::Tag::key).collect();
            self.tags.iter().all(|key| keys.contains(key))
        }
    }

    fn admits_metadata(&self, task: &Task) -> bool {
        let mut wanted = self.metadata.iter();
        wanted.all(|(name, value)| task.metadata.get(name) == Some(value))
    }

    fn admits_due(&self, due: Option<&Due>) -> bool {
        let is_before = |end: DueBound| due.is_some_and(|due| due.instant() < end.of(due));
        let is_after = |begin: DueBound| due.is_some_and(|due| due.instant() >= begin.of(due));
        self.has_due.is_none_or(|has_due| has_due == due.is_some())
            && self.due_before.is_none_or(is_before)
            && self.due_after.is_none_or(is_after)
    }

    fn admits_completion(&self, at: Option<Timestamp>) -> bool {
        let is_before = |end| at.is_some_and(|at| at < end);
        let is_after = |begin| at.is_some_and(|at| at >= begin);
        self.completed_before.is_none_or(is_before) && self.completed_after.is_none_or(is_after)
    }

    fn admits_words(&self, task: &Task) -> bool {
        self.words.is_empty() || {
            let description = task.description.as_ref().map(Description::key);
            let texts = [
                task.title.key(),
                description.unwrap_or_default(),
                task.tags.search_key(),
            ];
            let occurs = |word: &str| texts.iter().any(|text| text.contains(word));
            self.words.iter().all(occurs)
        }
    }
}
