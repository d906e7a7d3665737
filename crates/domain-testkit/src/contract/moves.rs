//! Moves in the order of positions.

use std::collections::BTreeSet;

use futures::future::join;
use tasklane_domain::id::TaskId;
use tasklane_domain::page::{SortKey, TaskQuery};
use tasklane_domain::task::{
    Move, NEIGHBOURS, Operation, OrderKey, Outcome, Place, Precondition, Reach, Refusal, Task,
    TaskDraft,
};

use super::TaskStore as Stores;
use super::lists::{by, titles};
use super::test_user::TestUser;
use crate::builders::{
    a_draft, a_task_id, an_order_key, create, delete, erase, move_to, page_limit, restore, retitle,
    under,
};

fn placed(title: &str, position: &str) -> TaskDraft {
    TaskDraft {
        position: Some(an_order_key(position)),
        ..a_draft(title)
    }
}

/// Tasks with these titles, in this order.
async fn in_order<const N: usize>(actor: &TestUser, names: [&str; N]) -> [Task; N] {
    let mut tasks = Vec::with_capacity(N);
    for name in names {
        tasks.push(actor.create(a_draft(name)).await);
    }
    tasks.try_into().expect("as many as names")
}

/// The live tasks in their order, at most a page of them.
async fn in_their_order(actor: &TestUser) -> Vec<Task> {
    let query = TaskQuery {
        limit: page_limit(100),
        ..by(SortKey::Position, false)
    };
    actor.list(&query).await.items
}

async fn order(actor: &TestUser) -> Vec<String> {
    let tasks = in_their_order(actor).await;
    titles(&tasks).into_iter().map(str::to_owned).collect()
}

async fn ids_in_order(actor: &TestUser) -> Vec<TaskId> {
    let tasks = in_their_order(actor).await;
    tasks.iter().map(|task| task.id).collect()
}

fn all_seeing(id: TaskId, place: Place) -> Operation {
    Operation::Move(Move {
        id,
        precondition: Precondition::None,
        parent: None,
        place,
        reach: Reach::All,
    })
}

/// A moved task stands directly before or after the other, or last, and no other task changes.
pub async fn a_moved_task_stands_where_it_was_moved(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let [a, b, c, d] = in_order(&actor, ["a", "b", "c", "d"]).await;
    for (id, place, expected) in [
        (a.id, Place::After(c.id), ["b", "c", "a", "d"]),
        (d.id, Place::Before(b.id), ["d", "b", "c", "a"]),
        (d.id, Place::Last, ["b", "c", "a", "d"]),
        (a.id, Place::Before(c.id), ["b", "a", "c", "d"]),
        (b.id, Place::After(a.id), ["a", "b", "c", "d"]),
    ] {
        let before = actor.version().await.revision;
        let moved = actor.write(move_to(id, place)).await;
        assert_eq!(order(&actor).await, expected);
        assert_eq!(moved.revision, before.next());
        assert_eq!(actor.version().await.revision, moved.revision);
        assert_eq!(actor.find(id).await, Some(moved));
    }
    actor.create(a_draft("new")).await;
    assert_eq!(order(&actor).await, ["a", "b", "c", "d", "new"]);
    actor.recount().await;
}

/// A move to where the task stands takes no revision.
pub async fn a_move_to_its_own_place_changes_nothing(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let [a, b, c] = in_order(&actor, ["a", "b", "c"]).await;
    for (task, place) in [
        (&a, Place::Before(b.id)),
        (&b, Place::After(a.id)),
        (&b, Place::Before(c.id)),
        (&c, Place::After(b.id)),
        (&c, Place::Last),
    ] {
        let before = (actor.version().await, actor.whole_feed().await);
        let outcome = actor.outcome(move_to(task.id, place)).await;
        assert_eq!(outcome, Outcome::Unchanged(task.clone()));
        assert_eq!((actor.version().await, actor.whole_feed().await), before);
    }
}

/// Between equal keys, as few of them as suffice get others, each with a revision.
pub async fn equal_positions_give_way(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let mut equal = Vec::new();
    for name in ["a", "b", "c", "d", "e"] {
        equal.push(actor.create(placed(name, "a1")).await);
    }
    equal.sort_by_key(|task| task.id);
    let moved = actor.create(placed("moved", "a9")).await;
    let before = actor.version().await.revision;
    actor
        .write(move_to(moved.id, Place::After(equal[1].id)))
        .await;
    let mut expected: Vec<&str> = equal.iter().map(|task| task.title.as_str()).collect();
    expected.insert(2, "moved");
    assert_eq!(order(&actor).await, expected);
    for task in &equal[2..] {
        assert_eq!(actor.find(task.id).await.as_ref(), Some(task));
    }
    let feed = actor.whole_feed().await;
    let later = feed.iter().filter(|change| change.revision() > before);
    let revisions: BTreeSet<i64> = later.map(|change| change.revision().as_i64()).collect();
    let first = before.as_i64() + 1;
    assert_eq!(revisions, (first..first + 3).collect());
    actor.recount().await;
}

/// Where keys are as long as they can be, neighbours get shorter ones.
pub async fn the_longest_positions_give_way(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let longest = format!("a0{}", "z".repeat(126));
    let first = actor.create(placed("first", "a0")).await;
    let long = actor.create(placed("long", &longest)).await;
    let last = actor.create(placed("last", "a1")).await;
    let moved = actor.create(placed("moved", "a2")).await;
    actor.write(move_to(moved.id, Place::After(long.id))).await;
    assert_eq!(order(&actor).await, ["first", "long", "moved", "last"]);
    actor.write(move_to(first.id, Place::After(long.id))).await;
    assert_eq!(order(&actor).await, ["long", "first", "moved", "last"]);
    actor.write(move_to(last.id, Place::Before(long.id))).await;
    assert_eq!(order(&actor).await, ["last", "long", "first", "moved"]);
}

/// A move beside a task that is not live or is the moved one, and one of what is not live or at another
/// revision, are refused.
pub async fn a_move_that_cannot_be_done_is_refused(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let [a, b, trashed, erased] = in_order(&actor, ["a", "b", "trashed", "erased"]).await;
    actor.write(delete(trashed.id)).await;
    actor.outcome(erase(erased.id)).await;
    let stranger = TestUser::federated(stores);
    let foreign = stranger.create(a_draft("foreign")).await;
    for (place, member, code) in [
        (Place::After(trashed.id), "after", "unknown_task"),
        (Place::Before(erased.id), "before", "unknown_task"),
        (Place::Before(a_task_id()), "before", "unknown_task"),
        (Place::After(foreign.id), "after", "unknown_task"),
        (Place::After(a.id), "after", "elsewhere"),
        (Place::Before(a.id), "before", "elsewhere"),
    ] {
        match actor.refusal(move_to(a.id, place)).await {
            Refusal::InvalidInput(invalid) => {
                assert_eq!((invalid.member, invalid.violation.code), (member, code));
            }
            other => panic!("{other:?}"),
        }
    }
    for id in [trashed.id, erased.id, foreign.id, a_task_id()] {
        let refusal = actor.refusal(move_to(id, Place::After(a.id))).await;
        assert_eq!(refusal, Refusal::NotFound);
    }
    let stale = under(a.revision, move_to(b.id, Place::Before(a.id)));
    assert_eq!(
        actor.refusal(stale).await,
        Refusal::PreconditionFailed {
            current: b.clone().into()
        }
    );
    actor
        .write(under(b.revision, move_to(b.id, Place::Before(a.id))))
        .await;
    assert_eq!(order(&actor).await, ["b", "a"]);
}

/// A move that does not see all says so when more neighbours have to give way than it sees; one that
/// sees all is done.
pub async fn a_crowd_gives_way_to_a_move_that_sees_all(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let count = usize::from(NEIGHBOURS) * 2 + 10;
    let creates: Vec<Operation> = (0..count)
        .map(|number| create(a_task_id(), placed(&format!("Task {number}"), "a1")))
        .collect();
    let mut ids: Vec<_> = creates.iter().map(Operation::id).collect();
    ids.sort_unstable();
    actor.batch(creates).await.expect("a batch");
    let moved = actor.create(placed("moved", "a9")).await;
    let place = Place::After(ids[count / 2]);
    let refusal = actor.refusal(move_to(moved.id, place)).await;
    assert_eq!(refusal, Refusal::OutOfReach);
    actor.write(all_seeing(moved.id, place)).await;
    ids.insert(count / 2 + 1, moved.id);
    assert_eq!(ids_in_order(&actor).await, ids);
    actor.recount().await;
}

/// What is far away from the place does not matter to a move.
pub async fn a_move_in_a_long_order_changes_one_task(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let creates: Vec<Operation> = (0..100)
        .map(|number| create(a_task_id(), a_draft(&format!("Task {number}"))))
        .collect();
    let mut ids: Vec<_> = creates.iter().map(Operation::id).collect();
    actor.batch(creates).await.expect("a batch");
    for (from, place, to) in [
        (90, Place::After(ids[9]), 10),
        (5, Place::Last, 99),
        (50, Place::Before(ids[0]), 0),
    ] {
        let before = actor.version().await.revision;
        let moved = actor.write(move_to(ids[from], place)).await;
        assert_eq!(moved.revision, before.next());
        let id = ids.remove(from);
        ids.insert(to, id);
    }
    assert_eq!(ids_in_order(&actor).await, ids);
}

/// The moves of a batch see what the operations before them did.
pub async fn moves_of_a_batch_see_each_other(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let [a, b, c, d] = in_order(&actor, ["a", "b", "c", "d"]).await;
    let new = a_task_id();
    let operations = vec![
        create(new, placed("new", "a0")),
        move_to(d.id, Place::After(new)),
        move_to(a.id, Place::After(d.id)),
        delete(b.id),
        retitle(c.id, "C"),
        move_to(c.id, Place::Before(new)),
    ];
    let (outcomes, revision) = actor.batch(operations).await.expect("a batch");
    assert_eq!(outcomes.len(), 6);
    assert_eq!(order(&actor).await, ["C", "new", "d", "a"]);
    assert_eq!(actor.version().await.revision, revision);
    actor.write(restore(b.id)).await;
    let placed = actor.find(b.id).await.expect("a task");
    assert_eq!(placed.position, OrderKey::of_instant(b.created_at));
    let one = vec![
        create(a_task_id(), placed_last("tail")),
        move_to(a.id, Place::Last),
    ];
    actor.batch(one).await.expect("a batch");
    assert_eq!(order(&actor).await.last().map(String::as_str), Some("a"));
}

fn placed_last(title: &str) -> TaskDraft {
    placed(title, "z00000000000000000000000000")
}

/// Two devices that move at the same time are both heard, one after the other.
pub async fn simultaneous_moves_are_done_one_after_the_other(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let [a, b, c, d] = in_order(&actor, ["a", "b", "c", "d"]).await;
    let (one, other) = join(
        actor.write(move_to(c.id, Place::Before(a.id))),
        actor.write(move_to(d.id, Place::Before(a.id))),
    )
    .await;
    assert_ne!(one.revision, other.revision);
    let expected = if one.revision < other.revision {
        ["c", "d", "a", "b"]
    } else {
        ["d", "c", "a", "b"]
    };
    assert_eq!(order(&actor).await, expected);
    assert_eq!(actor.find(b.id).await, Some(b));
}
