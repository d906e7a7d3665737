//! What ports say in words, in plain Rust: the reference that stores are compared with.

use tasklane_domain::id::TaskId;
use tasklane_domain::page::TaskQuery;
use tasklane_domain::task::{
    MAX_OPERATIONS, NEIGHBOURS, Needs, Neighbourhood, Relatives, Siblings, Task, TaskState,
};

/// Every task of the list, in its order, as if there were no pages.
#[must_use]
pub fn whole_list<'a>(tasks: impl IntoIterator<Item = &'a Task>, query: &TaskQuery) -> Vec<Task> {
    query.select(tasks).into_iter().cloned().collect()
}

/// What a store loads of what an owner has, and no more; some of it more than once.
#[must_use]
pub fn needed<'a>(held: impl IntoIterator<Item = &'a TaskState>, needs: &Needs) -> Vec<TaskState> {
    let owned = Owned(held.into_iter().collect());
    let mut found: Vec<&TaskState> = needs
        .tasks
        .iter()
        .filter_map(|id| owned.find(*id))
        .collect();
    for (id, relatives) in &needs.relatives {
        found.extend(owned.relatives(*id, *relatives));
    }
    found.extend(owned.trash(needs.trash.into()));
    if let Some(neighbourhood) = needs.order {
        found.extend(owned.neighbours(neighbourhood));
    }
    found.into_iter().cloned().collect()
}

struct Owned<'a>(Vec<&'a TaskState>);

impl<'a> Owned<'a> {
    fn find(&self, id: TaskId) -> Option<&'a TaskState> {
        self.0.iter().find(|held| held.id() == id).copied()
    }

    fn task(&self, id: TaskId) -> Option<&'a Task> {
        self.find(id).and_then(TaskState::task)
    }

    fn those(&self, are: impl Fn(&Task) -> bool) -> Vec<&'a TaskState> {
        let held = self.0.iter().copied();
        held.filter(|held| held.task().is_some_and(&are)).collect()
    }

    fn relatives(&self, id: TaskId, relatives: Relatives) -> Vec<&'a TaskState> {
        let is_part = |task: &Task| task.parent == Some(id);
        match relatives {
            Relatives::LiveSubtasks => self.those(|task| is_part(task) && !task.is_deleted()),
            Relatives::AllSubtasks => self.those(is_part),
            Relatives::AnySubtasks => {
                let mut some = self.those(is_part);
                some.truncate(MAX_OPERATIONS + 1);
                some
            }
            Relatives::Family => self.family(id),
        }
    }

    fn family(&self, id: TaskId) -> Vec<&'a TaskState> {
        let Some(task) = self.task(id) else {
            return Vec::new();
        };
        let mut family =
            self.those(|other| other.parent == Some(id) && other.deleted_at == task.deleted_at);
        if let Some(parent) = task.parent {
            family.extend(self.find(parent));
            family.extend(self.relatives(parent, Relatives::LiveSubtasks));
        }
        family
    }

    fn trash(&self, most: usize) -> Vec<&'a TaskState> {
        let mut trash = self.those(Task::is_deleted);
        trash.sort_by_key(|held| held.revision());
        trash.truncate(most);
        trash
    }

    fn neighbours(&self, neighbourhood: Neighbourhood) -> Vec<&'a TaskState> {
        let parent_of = |id| self.task(id).map(|task| task.parent);
        let (near, parent) = match neighbourhood {
            Neighbourhood::Whole => return self.those(|task| !task.is_deleted()),
            Neighbourhood::Around(id) => (Some(id), parent_of(id)),
            Neighbourhood::End(Siblings::Of(id)) => (None, parent_of(id)),
            Neighbourhood::End(Siblings::Under(parent)) => (None, Some(parent)),
        };
        let Some(parent) = parent else {
            return Vec::new();
        };
        let mut order = self.those(|task| !task.is_deleted() && task.parent == parent);
        let spot = |held: &&TaskState| held.live().map(|task| (task.position.clone(), task.id));
        order.sort_by_key(spot);
        let end = match near {
            Some(id) => order.iter().position(|held| held.id() == id),
            None => Some(order.len()),
        };
        let Some(middle) = end else {
            return Vec::new();
        };
        let first = middle.saturating_sub(NEIGHBOURS.into());
        order.truncate(middle + usize::from(NEIGHBOURS) + 1);
        order.split_off(first)
    }
}
