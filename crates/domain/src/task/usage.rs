use super::{Quota, Quotas, Refusal, Task, TaskState};

/// What an owner keeps, as the quotas count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Live tasks that are not completed.
    pub open_tasks: u64,
    /// Everything that is held under an id: live tasks, completed or not, the trash and tombstones.
    pub items: u64,
    /// The bytes, in UTF-8, of the titles, descriptions, tags, positions and metadata of all tasks, live or in the trash.
    pub bytes: u64,
}

impl Usage {
    /// What is held under one id.
    #[must_use]
    pub fn of(held: &TaskState) -> Self {
        let task = held.task();
        let is_open = |task: &Task| !task.is_deleted() && !task.is_completed();
        Self {
            open_tasks: task.is_some_and(is_open).into(),
            items: 1,
            bytes: task.map_or(0, |task| task.text_bytes() as u64),
        }
    }

    /// What is kept once `after` is held in the place of `before`.
    #[must_use]
    pub fn replacing(self, before: Option<&TaskState>, after: &TaskState) -> Self {
        let before = before.map(Self::of).unwrap_or_default();
        let after = Self::of(after);
        Self {
            open_tasks: self.open_tasks.saturating_add(after.open_tasks),
            items: self.items.saturating_add(after.items),
            bytes: self.bytes.saturating_add(after.bytes),
        }
        .without(before)
    }

    /// What is kept once `freed` is gone.
    #[must_use]
    pub fn without(self, freed: Self) -> Self {
        Self {
            open_tasks: self.open_tasks.saturating_sub(freed.open_tasks),
            items: self.items.saturating_sub(freed.items),
            bytes: self.bytes.saturating_sub(freed.bytes),
        }
    }
}

impl Quotas {
    /// Whether an owner may come from `before` to `after`. What makes nothing grow always may, so that
    /// an owner above a lowered quota can still delete.
    ///
    /// # Errors
    /// The first quota that is exceeded.
    pub fn check(&self, before: Usage, after: Usage) -> Result<(), Refusal> {
        let grown = [
            (
                Quota::OpenTasks,
                self.open_tasks,
                before.open_tasks,
                after.open_tasks,
            ),
            (Quota::Items, self.items, before.items, after.items),
            (Quota::Bytes, self.bytes, before.bytes, after.bytes),
        ];
        for (quota, limit, before, after) in grown {
            if let Some(limit) = limit.filter(|limit| after > before && after > *limit) {
                return Err(Refusal::QuotaExceeded { quota, limit });
            }
        }
        Ok(())
    }
}
