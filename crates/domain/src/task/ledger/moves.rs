use super::Ledger;
use crate::clock::Timestamp;
use crate::id::TaskId;
use crate::task::arrangement::{KnownPart, arrange};
use crate::task::{
    InvalidPlace, Move, Neighbourhood, OrderKey, Outcome, Place, Refusal, Task, TaskState,
    WriteRules,
};

impl Ledger {
    /// Moves a live task that meets its precondition, and gives new positions to those that have to
    /// give way.
    pub(super) fn rearrange(
        &mut self,
        moved: &Move,
        rules: WriteRules,
        at: Timestamp,
    ) -> Result<Outcome, Refusal> {
        let place = moved.place;
        self.check_neighbour(moved)?;
        let part = self.known_part.as_ref().ok_or(Refusal::OutOfReach)?;
        let live = self.tasks.values().filter_map(TaskState::live);
        let now = OrderKey::of_instant(at);
        let spots = arrange(live, part, moved.id, place, &now).ok_or(Refusal::OutOfReach)?;
        let stays = spots.is_empty();
        let usage = self.state.usage;
        for (position, id) in spots {
            self.reposition(id, position, at);
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
    pub(super) fn known_part(&self, seen: Option<Neighbourhood>) -> Option<KnownPart> {
        let place = match seen? {
            Neighbourhood::Whole => return Some(KnownPart::ALL),
            Neighbourhood::Around(id) => Place::After(id),
            Neighbourhood::End => Place::Last,
        };
        let as_read = self.tasks.iter().filter_map(|(id, held)| {
            let read = self.before.get(id).map_or(Some(held), Option::as_ref);
            read.and_then(TaskState::live)
        });
        KnownPart::around(place, as_read)
    }

    fn check_neighbour(&self, moved: &Move) -> Result<(), InvalidPlace> {
        match moved.place.neighbour() {
            Some(id) if id == moved.id => Err(InvalidPlace::elsewhere(moved.place)),
            Some(id) if self.live(id).is_none() => Err(InvalidPlace::unknown_task(moved.place)),
            _ => Ok(()),
        }
    }

    fn live(&self, id: TaskId) -> Option<&Task> {
        self.tasks.get(&id).and_then(TaskState::live)
    }

    fn reposition(&mut self, id: TaskId, position: OrderKey, at: Timestamp) {
        let Some(held) = self.tasks.get(&id) else {
            return;
        };
        let Some(task) = held.live() else { return };
        let task = Task {
            position,
            revision: self.state.revision.next(),
            updated_at: at,
            ..task.clone()
        };
        self.put(TaskState::Task {
            task: Box::new(task),
            fingerprint: held.fingerprint(),
        });
    }
}
