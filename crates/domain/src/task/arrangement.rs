use std::iter::successors;

use super::{NEIGHBOURS, OrderKey, Place, Task};
use crate::id::TaskId;

/// A spot in the order of positions: the key, and the id among equal keys.
type Spot = (OrderKey, TaskId);

fn spot_of(task: &Task) -> Spot {
    (task.position.clone(), task.id)
}

/// A part of an owner's order all of whose tasks are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KnownPart {
    /// The spot where it begins; `None` where the order does.
    first: Option<Spot>,
    /// The spot where it ends; `None` where the order does.
    last: Option<Spot>,
}

impl KnownPart {
    /// The whole order.
    pub(super) const ALL: Self = Self {
        first: None,
        last: None,
    };

    /// The part around a place, when `live` has at least its nearest [`NEIGHBOURS`] on either side,
    /// or all that there are. `None` when the place is beside a task that is not among them.
    pub(super) fn around<'t>(place: Place, live: impl Iterator<Item = &'t Task>) -> Option<Self> {
        let mut spots: Vec<Spot> = live.map(spot_of).collect();
        spots.sort_unstable();
        let index = match place.neighbour() {
            Some(id) => spots.iter().position(|(_, other)| *other == id)?,
            None => spots.len(),
        };
        let near = usize::from(NEIGHBOURS);
        // Where there are fewer than that many, the order ends.
        let first = index.checked_sub(near).and_then(|first| spots.get(first));
        Some(Self {
            first: first.cloned(),
            last: spots.get(index + near).cloned(),
        })
    }

    fn contains(&self, spot: &Spot) -> bool {
        let begins = self.first.as_ref().is_none_or(|first| first <= spot);
        begins && self.last.as_ref().is_none_or(|last| spot <= last)
    }
}

/// The positions with which a task comes to stand at a place: those of others first, its own last.
/// None when it stands there already. As few others as suffice get new ones; where more than
/// [`NEIGHBOURS`] have to, about as few, so that nobody can make this take long.
///
/// `None` when more would have to be known than what is in the part. `now` is the key that a new task
/// would get: where it can be, positions stay below it, so that new tasks still come last.
pub(super) fn arrange<'t>(
    live: impl Iterator<Item = &'t Task>,
    part: &KnownPart,
    moved: TaskId,
    place: Place,
    now: &OrderKey,
) -> Option<Vec<Spot>> {
    let mut spots: Vec<Spot> = live
        .map(spot_of)
        .filter(|spot| part.contains(spot))
        .collect();
    spots.sort_unstable();
    let found = spots.iter().position(|(_, id)| *id == moved);
    if let Some(index) = found {
        spots.remove(index);
    }
    let index_of = |id| spots.iter().position(|(_, other)| *other == id);
    let index = match place {
        Place::Before(id) => index_of(id)?,
        Place::After(id) => index_of(id)? + 1,
        Place::Last if part.last.is_none() => spots.len(),
        Place::Last => return None,
    };
    if found == Some(index) {
        return Some(Vec::new());
    }
    let gap = Gap {
        others: &spots,
        part,
        index,
        moved,
        now,
    };
    gap.counts().find_map(|count| gap.fill_with(count))
}

/// Where a task is to be put in.
struct Gap<'o> {
    others: &'o [Spot],
    part: &'o KnownPart,
    /// Of the first of the others behind it.
    index: usize,
    moved: TaskId,
    now: &'o OrderKey,
}

impl Gap<'_> {
    /// How many others may have to get new positions, from the fewest: each number while they are
    /// small, and then each twice the one before.
    fn counts(&self) -> impl Iterator<Item = usize> + use<> {
        let (most, near) = (self.others.len(), usize::from(NEIGHBOURS));
        let fewest = self.fewest();
        let doubled = move |count: &usize| (*count < most).then(|| most.min(count * 2));
        let many = successors(Some(most.min(fewest.max(near + 1))), doubled);
        (fewest..=near.min(most)).chain(many)
    }

    /// How few others may suffice. No key lies between two equal ones: all that share this key on one
    /// side of the place get new ones.
    fn fewest(&self) -> usize {
        let (before, after) = self.others.split_at(self.index);
        let key = |spot: &Spot| spot.0.clone();
        let (Some(key), Some(next)) = (before.last().map(key), after.first()) else {
            return 0;
        };
        if key != next.0 {
            return 0;
        }
        let alike = |spot: &&Spot| spot.0 == key;
        let before = before.iter().rev().take_while(alike).count();
        before.min(after.iter().take_while(alike).count())
    }

    /// Puts the task in, with new positions for so many others. Where these are many, they are those
    /// before it, those after it, or as many of each as there can be.
    fn fill_with(&self, count: usize) -> Option<Vec<Spot>> {
        let most = count.min(self.index);
        let fewest = (count + self.index).saturating_sub(self.others.len());
        let fill = |before| self.fill(before, count - before);
        if count <= usize::from(NEIGHBOURS) {
            return (fewest..=most).find_map(fill);
        }
        [fewest, most, usize::midpoint(fewest, most)]
            .into_iter()
            .find_map(fill)
    }

    /// Puts the task in, with new positions for so many of those before and after it.
    fn fill(&self, before: usize, after: usize) -> Option<Vec<Spot>> {
        let begin = self.index - before;
        let end = self.index + after;
        let low = match begin.checked_sub(1) {
            Some(index) => Some(&self.others.get(index)?.0),
            None if self.part.first.is_none() => None,
            None => return None,
        };
        let high = match self.others.get(end) {
            Some((key, _)) => Some(key),
            None if self.part.last.is_none() => {
                Some(self.now).filter(|now| low.is_none_or(|low| low < *now))
            }
            None => return None,
        };
        let mut keys = OrderKey::spread(low, high, before + 1 + after)?;
        let own = keys.remove(before);
        let others = self.others[begin..end].iter().map(|(_, id)| *id);
        let mut positions: Vec<Spot> = keys.into_iter().zip(others).collect();
        positions.push((own, self.moved));
        Some(positions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::id::OwnerId;
    use crate::task::{NewTask, Revision, TaskDraft, Title};
    use uuid::Uuid;

    fn id(number: u128) -> TaskId {
        TaskId::new(Uuid::from_u128(number))
    }

    /// Tasks numbered from 1, with these positions.
    fn tasks(positions: &[&str]) -> Vec<Task> {
        let task = |(number, position): (u128, &&str)| {
            let draft = TaskDraft {
                position: OrderKey::parse(*position).ok(),
                ..TaskDraft::titled(Title::parse("Task").unwrap())
            };
            let new = NewTask {
                id: id(number),
                draft,
                fingerprint: None,
            };
            let at = Timestamp::from_micros(0).unwrap();
            new.to_task(OwnerId::new(Uuid::nil()), Revision::ZERO.next(), at)
        };
        (1..).zip(positions).map(task).collect()
    }

    fn key(text: &str) -> OrderKey {
        OrderKey::parse(text).unwrap()
    }

    /// Moves in a whole order; gives the new positions by the tasks' numbers.
    fn moved(positions: &[&str], number: u128, place: Place) -> Vec<(u128, String)> {
        let tasks = tasks(positions);
        let now = key("i8DxsAn8fI");
        let changed = arrange(tasks.iter(), &KnownPart::ALL, id(number), place, &now).unwrap();
        let numbers = changed.iter().map(|(_, id)| id.as_uuid().as_u128());
        let keys = changed.iter().map(|(key, _)| key.as_str().to_owned());
        numbers.zip(keys).collect()
    }

    #[test]
    fn a_task_gets_a_key_between_its_new_neighbours() {
        let order = ["a0", "a1", "a2", "a5"];
        let moved = |number, place| moved(&order, number, place);
        assert_eq!(moved(4, Place::After(id(1))), [(4, "a0V".to_owned())]);
        assert_eq!(moved(1, Place::Before(id(4))), [(1, "a3".to_owned())]);
        assert_eq!(moved(3, Place::Before(id(1))), [(3, "Zz".to_owned())]);
        assert_eq!(moved(1, Place::Last), [(1, "a6".to_owned())]);
    }

    #[test]
    fn a_task_that_stands_there_already_stays() {
        let order = ["a0", "a0", "a1"];
        for (number, place) in [
            (2, Place::After(id(1))),
            (1, Place::Before(id(2))),
            (3, Place::Last),
            (3, Place::After(id(2))),
        ] {
            assert_eq!(moved(&order, number, place), [], "{number} {place:?}");
        }
        assert_eq!(moved(&["a0"], 1, Place::Last), []);
    }

    #[test]
    fn as_few_neighbours_as_suffice_get_new_keys() {
        // Five alike: to stand behind the second, two of them have to give way, not three.
        let order = ["a1", "a1", "a1", "a1", "a1", "a9"];
        let changed = moved(&order, 6, Place::After(id(2)));
        let numbers: Vec<u128> = changed.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [1, 2, 6]);
        assert!(changed.iter().all(|(_, key)| key.as_str() < "a1"));
        // The longest key there is has nothing behind it that begins like it.
        let longest = format!("a0{}", "z".repeat(126));
        let changed = moved(&["a0", &longest, "a1", "a5"], 4, Place::After(id(2)));
        let numbers: Vec<u128> = changed.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [3, 4]);
    }

    #[test]
    fn thousands_of_equal_keys_are_rearranged_on_the_shorter_side() {
        let mut order = vec!["a1"; 10_000];
        order.push("a9");
        let changed = moved(&order, 10_001, Place::After(id(4_000)));
        assert_eq!(changed.len(), 4_001);
        assert!(changed.iter().all(|(_, key)| key.as_str() < "a1"));
    }

    #[test]
    fn thousands_of_keys_without_room_are_rearranged_with_few_attempts() {
        let digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let prefix = format!("a0{}", "1".repeat(124));
        let long = digits
            .chars()
            .flat_map(|first| digits.chars().skip(1).map(move |second| (first, second)))
            .map(|(first, second)| format!("{prefix}{first}{second}"));
        let short = digits
            .chars()
            .skip(1)
            .map(|first| format!("{prefix}{first}"));
        let mut order: Vec<String> = long.chain(short).collect();
        order.sort_unstable();
        let middle = order.len() as u128 / 2;
        order.push("a9".to_owned());
        let order: Vec<&str> = order.iter().map(String::as_str).collect();
        let changed = moved(&order, order.len() as u128, Place::After(id(middle)));
        assert!(changed.len() > usize::from(NEIGHBOURS), "{}", changed.len());
        let mut keys: Vec<&str> = changed.iter().map(|(_, key)| key.as_str()).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), changed.len(), "each has a key of its own");
    }

    #[test]
    fn what_is_put_last_stays_before_what_is_new() {
        let now = "i8DxsAn8fI";
        let before = "i8DxsAn8fH";
        let changed = moved(&["a0", before], 1, Place::Last);
        assert_eq!(changed, [(1, format!("{before}V"))]);
        let changed = moved(&["a0", now], 1, Place::Last);
        assert_eq!(changed, [(1, "i8DxsAn8fJ".to_owned())]);
    }

    #[test]
    fn nothing_is_decided_beyond_what_is_known() {
        let positions: Vec<String> = (10..90).map(|number| format!("a0{number}V")).collect();
        let positions: Vec<&str> = positions.iter().map(String::as_str).collect();
        let tasks = tasks(&positions);
        let now = key("i8DxsAn8fI");
        let middle = Place::After(id(40));
        let part = KnownPart::around(middle, tasks.iter()).unwrap();
        let near = arrange(tasks.iter(), &part, id(80), middle, &now).unwrap();
        assert_eq!(near.len(), 1);
        let known: Vec<&Task> = tasks
            .iter()
            .filter(|task| part.contains(&spot_of(task)))
            .collect();
        assert_eq!(known.len(), 65);
        for place in [Place::Last, Place::Before(id(1))] {
            assert_eq!(arrange(tasks.iter(), &part, id(80), place, &now), None);
        }
        assert_eq!(KnownPart::around(Place::After(id(99)), tasks.iter()), None);
        let end = KnownPart::around(Place::Last, tasks.iter()).unwrap();
        assert_eq!((end.first.is_some(), end.last), (true, None));
    }
}
