use proptest::collection::vec;
use proptest::prelude::*;
use tasklane_domain::id::TaskId;
use tasklane_domain::task::{
    Ledger, Move, NewTask, OrderKey, OwnerState, Place, Precondition, Reach, Refusal, Revision,
    Task, TaskDraft, TaskState, Title, Write, WriteError, WriteRules, Written,
};
use tasklane_domain_testkit::builders::{a_federated_actor, instant};
use uuid::Uuid;

use crate::strategies::{order_key, owner};

fn id(number: usize) -> TaskId {
    TaskId::new(Uuid::from_u128(number as u128 + 1))
}

/// Live tasks with these positions.
fn ledger(positions: &[OrderKey]) -> Ledger {
    let state = OwnerState {
        exists: true,
        revision: Revision::new(5).unwrap(),
        ..OwnerState::default()
    };
    let mut ledger = Ledger::open(owner(), state);
    for (number, position) in positions.iter().enumerate() {
        let draft = TaskDraft {
            position: Some(position.clone()),
            ..TaskDraft::titled(Title::parse("Task").unwrap())
        };
        let new = NewTask {
            id: id(number),
            draft,
            fingerprint: None,
        };
        let task = new.to_task(owner(), Revision::new(1).unwrap(), instant(0));
        ledger.enter(TaskState::Task {
            task: Box::new(task),
            fingerprint: None,
        });
    }
    ledger
}

fn apply(
    ledger: &mut Ledger,
    id: TaskId,
    place: Place,
    reach: Reach,
) -> Result<Written, WriteError> {
    let moved = Move {
        id,
        precondition: Precondition::None,
        parent: None,
        place,
        reach,
    };
    ledger.write(&Write {
        owner: owner(),
        actor: a_federated_actor(),
        action: tasklane_domain::task::Operation::Move(moved).into(),
        rules: WriteRules::default(),
        at: instant(60),
    })
}

/// The tasks' ids in their order, with what was written in place of what was there.
fn order(positions: &[OrderKey], written: &[Task]) -> Vec<TaskId> {
    let position_now = |id: TaskId, position: &OrderKey| {
        let task = written.iter().find(|task| task.id == id);
        task.map_or_else(|| position.clone(), |task| task.position.clone())
    };
    let numbered = positions.iter().enumerate();
    let mut spots: Vec<(OrderKey, TaskId)> = numbered
        .map(|(number, position)| (position_now(id(number), position), id(number)))
        .collect();
    spots.sort();
    spots.into_iter().map(|(_, id)| id).collect()
}

fn written(ledger: Ledger) -> Vec<Task> {
    let changes = ledger.close().into_iter().flat_map(|changes| changes.tasks);
    changes
        .map(|change| change.after.task().unwrap().clone())
        .collect()
}

proptest! {
    #[test]
    fn a_move_puts_one_task_elsewhere_and_keeps_the_order_of_all_others(
        positions in vec(order_key(), 1..12), moved: prop::sample::Index,
        beside: prop::sample::Index, kind in 0_usize..3
    ) {
        let (moved, beside) = (moved.index(positions.len()), beside.index(positions.len()));
        prop_assume!(kind == 2 || moved != beside);
        let place = [Place::Before(id(beside)), Place::After(id(beside)), Place::Last][kind];
        let mut expected = order(&positions, &[]);
        let before = expected.clone();
        expected.retain(|other| *other != id(moved));
        let index_of = |id| expected.iter().position(|other| *other == id).unwrap();
        let index = match place {
            Place::Before(id) => index_of(id),
            Place::After(id) => index_of(id) + 1,
            Place::Last => expected.len(),
        };
        expected.insert(index, id(moved));

        let mut whole = ledger(&positions);
        let answer = apply(&mut whole, id(moved), place, Reach::All).unwrap();
        let changed = written(whole);
        prop_assert_eq!(order(&positions, &changed), &expected[..]);
        prop_assert_eq!(changed.is_empty(), before == expected);
        let revisions: Vec<i64> = changed.iter().map(|task| task.revision.as_i64()).collect();
        let count = i64::try_from(changed.len()).unwrap();
        prop_assert_eq!(revisions, (6..6 + count).collect::<Vec<_>>());
        prop_assert_eq!(answer.revision.as_i64(), 5 + count);

        // Few enough that seeing the neighbours is seeing all.
        let mut near = ledger(&positions);
        apply(&mut near, id(moved), place, Reach::Near).unwrap();
        prop_assert_eq!(written(near), changed);
    }

    #[test]
    fn what_a_near_move_decides_is_right_for_the_whole_order(
        positions in vec(order_key(), 70..100), moved: prop::sample::Index, beside: prop::sample::Index
    ) {
        let (moved, beside) = (moved.index(positions.len()), beside.index(positions.len()));
        prop_assume!(moved != beside);
        let place = Place::After(id(beside));
        let mut whole = ledger(&positions);
        apply(&mut whole, id(moved), place, Reach::All).unwrap();
        let mut near = ledger(&positions);
        match apply(&mut near, id(moved), place, Reach::Near) {
            Ok(_) => prop_assert_eq!(written(near), written(whole)),
            Err(WriteError::Refused { refusal, .. }) => prop_assert_eq!(refusal, Refusal::OutOfReach),
            Err(error) => prop_assert!(false, "{error:?}"),
        }
    }
}
