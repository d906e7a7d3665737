use super::Ledger;
use crate::clock::Timestamp;
use crate::id::TaskId;
use crate::task::arrangement::{KnownPart, arrange};
use crate::task::{
    InvalidInput, Move, Neighbourhood, OrderKey, Outcome, Part, Place, Refusal, Siblings, Task,
    TaskState, WriteRules,
};

/// What a write sees of the order.
#[derive(Debug, Clone)]
pub(super) enum KnownOrder {
    /// All of it.
    Whole,
    /// A part of that of the tasks with this parent.
    Part(Option<TaskId>, KnownPart),
}

impl KnownOrder {
    fn of_siblings(&self, parent: Option<TaskId>) -> Option<&KnownPart> {
        match self {
            Self::Whole => Some(&KnownPart::ALL),
            Self::Part(known, part) => (*known == parent).then_some(part),
        }
    }
}

impl Ledger {
    /// Moves a live task that meets its precondition, and gives new positions to those that have to
    /// give way.
    pub(super) fn rearrange(
        &mut self,
        moved: &Move,
        rules: WriteRules,
        at: Timestamp,
    ) -> Result<Outcome, Refusal> {
        let before = self.live(moved.id).ok_or(Refusal::NotFound)?.parent;
        let parent = moved.parent.unwrap_or(before);
        self.check_parent(Part::Operation, moved.id, before, parent)?;
        self.check_neighbour(moved, parent)?;
        let known = self.known_order.as_ref();
        let part = known.and_then(|known| known.of_siblings(parent));
        let part = part.ok_or(Refusal::OutOfReach)?;
        let siblings = self.tasks.values().filter_map(TaskState::live);
        let siblings = siblings.filter(|task| task.parent == parent);
        let now = OrderKey::of_instant(at);
        let spots = arrange(siblings, part, moved.id, moved.place, &now);
        let spots = spots.ok_or(Refusal::OutOfReach)?;
        let stays = spots.is_empty();
        let usage = self.state.usage;
        for (position, id) in spots {
            self.change(id, |task| Task {
                parent,
                position,
                updated_at: at,
                ..task
            });
        }
        rules.quotas.check(usage, self.state.usage)?;
        let task = self.live(moved.id).ok_or(Refusal::NotFound)?.clone();
        Ok(if stays {
            Outcome::Unchanged(task)
        } else {
            Outcome::Changed(task)
        })
    }

    /// The part of the order that a write sees, as it was read.
    pub(super) fn known_order(&self, seen: Option<Neighbourhood>) -> Option<KnownOrder> {
        let (place, parent) = match seen? {
            Neighbourhood::Whole => return Some(KnownOrder::Whole),
            Neighbourhood::Around(id) => (Place::After(id), self.as_read(id)?.parent),
            Neighbourhood::End(Siblings::Of(id)) => (Place::Last, self.as_read(id)?.parent),
            Neighbourhood::End(Siblings::Under(parent)) => (Place::Last, parent),
        };
        let as_read = self.tasks.keys().filter_map(|id| self.as_read(*id));
        let siblings = as_read.filter(|task| task.parent == parent);
        KnownPart::around(place, siblings).map(|part| KnownOrder::Part(parent, part))
    }

    /// A task that was live when it was read, as it then was.
    fn as_read(&self, id: TaskId) -> Option<&Task> {
        let read = match self.before.get(&id) {
            Some(before) => before.as_ref(),
            None => self.tasks.get(&id),
        };
        read.and_then(TaskState::live)
    }

    fn check_neighbour(&self, moved: &Move, parent: Option<TaskId>) -> Result<(), InvalidInput> {
        let Some(id) = moved.place.neighbour() else {
            return Ok(());
        };
        let member = moved.place.member();
        let neighbour = self.live(id);
        let neighbour =
            neighbour.ok_or_else(|| InvalidInput::unknown_task(Part::Operation, member))?;
        if id == moved.id || neighbour.parent != parent {
            let message = "must be another task with the same parent";
            return Err(InvalidInput::new(
                Part::Operation,
                member,
                "elsewhere",
                message,
            ));
        }
        Ok(())
    }
}
