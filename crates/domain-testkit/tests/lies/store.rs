//! A store that keeps its promises but one: it passes everything on to the in-memory store, and
//! tells a single lie about it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use tasklane_domain::id::{OwnerId, TaskId};
use tasklane_domain::task::{Revision, Task};
use tasklane_domain_testkit::MemoryStore;

use crate::Lie;

/// The lies that select, sort or cut a list wrongly.
const LIST_LIES: [Lie; 13] = [
    Lie::TakesWildcards,
    Lie::SearchesTitlesOnly,
    Lie::IncludesTheEnd,
    Lie::ExcludesTheBeginning,
    Lie::TakesAnyTag,
    Lie::ShowsTrashInLists,
    Lie::PromisesPageBehindFullOne,
    Lie::EndsWalkBehindGoneTask,
    Lie::SortsDueDatesWithoutSign,
    Lie::PutsUndatedFirst,
    Lie::SortsTitlesAsWritten,
    Lie::SortsPrioritiesByName,
    Lie::BreaksTiesUpwards,
];

/// The in-memory store behind somebody who lies about it.
pub(crate) struct LyingStore {
    pub(crate) truth: MemoryStore,
    lie: Option<Lie>,
    notes: Mutex<Notes>,
}

/// What a lie has to remember.
#[derive(Default)]
pub(crate) struct Notes {
    /// Every task that was read, of any owner.
    pub(crate) seen: HashMap<TaskId, Task>,
    /// Where the revisions of those who were erased had come to.
    pub(crate) erased_at: HashMap<OwnerId, Revision>,
}

impl LyingStore {
    pub(crate) fn honest() -> Self {
        Self {
            truth: MemoryStore::default(),
            lie: None,
            notes: Mutex::default(),
        }
    }

    pub(crate) fn telling(lie: Lie) -> Self {
        Self {
            lie: Some(lie),
            ..Self::honest()
        }
    }

    pub(crate) fn tells(&self, lie: Lie) -> bool {
        self.lie == Some(lie)
    }

    pub(crate) fn lies_about_lists(&self) -> bool {
        self.lie.is_some_and(|lie| LIST_LIES.contains(&lie))
    }

    pub(crate) fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap()
    }
}
