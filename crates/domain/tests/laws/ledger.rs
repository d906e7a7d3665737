use std::collections::HashMap;
use std::iter::successors;
use std::time::Duration;

use futures::executor::block_on;
use proptest::collection::vec;
use proptest::prelude::*;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::id::TaskId;
use tasklane_domain::page::FeedLimit;
use tasklane_domain::port::TaskRepository;
use tasklane_domain::task::{
    Action, Change, Ledger, Operation, Outcome, OwnerState, Precondition, Quotas, Refusal,
    Revision, SyncPoint, TaskState, Usage, Write, WriteError, WriteRules,
};
use tasklane_domain_testkit::builders::{a_federated_actor, instant, most_open_tasks};
use tasklane_domain_testkit::model::needed;
use tasklane_domain_testkit::{MemoryStore, Writes};

use crate::strategies::{operation, owner};

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    vec(operation(), 0..25)
}

/// The instants of the operations of one write.
fn instants() -> impl Iterator<Item = Timestamp> {
    (0..).map(|micros| instant(60).after(Duration::from_micros(micros)))
}

/// A ledger with the rules that it is written under.
struct Books(Ledger, WriteRules);

impl Books {
    fn open(state: OwnerState, rules: WriteRules) -> Self {
        Self(Ledger::open(owner(), state), rules)
    }

    fn new(rules: WriteRules) -> Self {
        Self::open(OwnerState::default(), rules)
    }

    fn apply(&mut self, operation: &Operation) -> Result<Outcome, Refusal> {
        self.apply_at(operation, instant(60))
    }

    fn write_of(&self, operation: &Operation) -> Write {
        Write {
            owner: owner(),
            actor: a_federated_actor(),
            action: operation.clone().into(),
            rules: self.1,
            at: instant(60),
        }
    }

    fn apply_at(&mut self, operation: &Operation, at: Timestamp) -> Result<Outcome, Refusal> {
        let write = Write {
            at,
            ..self.write_of(operation)
        };
        match self.0.write(&write) {
            Ok(mut written) => Ok(written.outcomes.remove(0)),
            Err(WriteError::Refused { refusal, .. }) => Err(refusal),
            Err(error) => unreachable!("{error:?}"),
        }
    }

    fn written(&self) -> HashMap<TaskId, TaskState> {
        let changes = self.0.clone().close();
        let tasks = changes.into_iter().flat_map(|changes| changes.tasks);
        tasks.map(|task| (task.after.id(), task.after)).collect()
    }

    fn totals(&self) -> (Revision, Usage) {
        let state = self.0.state();
        (state.revision, state.usage)
    }
}

proptest! {
    #[test]
    fn each_change_takes_the_next_revision_and_a_refusal_nothing(operations in operations()) {
        let mut ledger = Books::new(WriteRules::default());
        for operation in &operations {
            let before = (ledger.totals(), ledger.written());
            let taken = ledger.apply(operation).ok().as_ref().and_then(Outcome::revision_taken);
            if taken.is_some() {
                let held_before = before.1.clone();
                let changed = |(id, held): &(TaskId, TaskState)| held_before.get(id) != Some(held);
                let mut taken: Vec<Revision> = ledger.written().into_iter().filter(changed)
                    .map(|(_, held)| held.revision()).collect();
                taken.sort_unstable();
                let expected: Vec<Revision> = successors(Some(before.0.0.next()), |last| Some(last.next()))
                    .take(taken.len()).collect();
                prop_assert_eq!(&taken, &expected);
                prop_assert_eq!(taken.last(), Some(&ledger.totals().0));
            } else {
                prop_assert_eq!((ledger.totals(), ledger.written()), before);
            }
        }
    }

    #[test]
    fn what_is_counted_is_what_is_held_and_within_the_quota(
        operations in operations(), quota in 0_u64..5
    ) {
        let rules = WriteRules { quotas: most_open_tasks(quota), require_precondition: false };
        let mut ledger = Books::new(rules);
        for operation in &operations {
            let outcome = ledger.apply(operation);
            let held = ledger.written();
            let usage = held.values().map(Usage::of).fold(Usage::default(), |sum, one| Usage {
                open_tasks: sum.open_tasks + one.open_tasks,
                items: sum.items + one.items,
                bytes: sum.bytes + one.bytes,
            });
            prop_assert_eq!(ledger.totals().1, usage);
            prop_assert!(usage.open_tasks <= quota, "after {:?}", outcome);
        }
    }

    #[test]
    fn one_set_of_books_is_as_good_as_one_for_each_operation(operations in operations()) {
        let mut whole = Books::new(WriteRules::default());
        let (mut held, mut state) = (HashMap::new(), OwnerState::default());
        for operation in &operations {
            let mut single = Books::open(state, WriteRules::default());
            for found in needed(held.values(), &single.write_of(operation).needs()) {
                single.0.enter(found);
            }
            prop_assert_eq!(single.apply(operation), whole.apply(operation));
            held.extend(single.written());
            state = single.0.state();
        }
        prop_assert_eq!((whole.written(), whole.0.state()), (held, state));
    }

    #[test]
    fn a_write_of_all_is_each_alone_or_nothing(
        before in operations(), operations in vec(operation(), 1..6)
    ) {
        let mut books = Books::new(WriteRules::default());
        for operation in &before {
            books.apply(operation).ok();
        }
        let untouched = (books.totals(), books.written());
        let mut singly = Books(books.0.clone(), books.1);
        let singles: Result<Vec<_>, _> =
            operations.iter().zip(instants()).map(|(operation, at)| singly.apply_at(operation, at)).collect();
        let whole = books.0.write(&Write {
            owner: owner(),
            actor: a_federated_actor(),
            action: Action::Apply(operations),
            rules: WriteRules::default(),
            at: instant(60),
        });
        if let Ok(written) = whole {
            prop_assert_eq!(Ok(written.outcomes), singles);
            prop_assert_eq!(books.written(), singly.written());
        } else {
            prop_assert!(singles.is_err());
            prop_assert_eq!((books.totals(), books.written()), untouched);
        }
    }

    #[test]
    fn a_required_precondition_only_adds_refusals(operations in operations()) {
        let strict = WriteRules { require_precondition: true, quotas: Quotas::default() };
        for operation in &operations {
            // Books that hold everything which the operations before have made, but wrote none of it.
            let mut made = Books::new(WriteRules::default());
            for earlier in &operations {
                made.apply(earlier).ok();
            }
            let [mut lax, mut strict] = [WriteRules::default(), strict].map(|rules| {
                let state = OwnerState { usage: Usage::default(), ..made.0.state() };
                let mut ledger = Books::open(state, rules);
                made.written().into_values().for_each(|held| ledger.0.enter(held));
                ledger
            });
            let (lax, strict) = (lax.apply(operation), strict.apply(operation));
            if matches!(strict, Err(Refusal::PreconditionRequired { .. })) {
                prop_assert_eq!(operation.precondition(), &Precondition::None);
                prop_assert!(!matches!(lax, Err(Refusal::NotFound | Refusal::NotDeleted)));
            } else {
                prop_assert_eq!(strict, lax);
            }
        }
    }

    #[test]
    fn a_write_of_each_is_each_alone(before in operations(), operations in vec(operation(), 1..8)) {
        let rules = WriteRules { quotas: most_open_tasks(3), require_precondition: false };
        let mut books = Books::new(rules);
        for operation in &before {
            books.apply(operation).ok();
        }
        let mut singly = Books(books.0.clone(), rules);
        let (mut done, mut refused) = (Vec::new(), Vec::new());
        for (index, (operation, at)) in operations.iter().zip(instants()).enumerate() {
            match singly.apply_at(operation, at) {
                Ok(outcome) => done.push(outcome),
                Err(refusal) => refused.push((index, refusal)),
            }
        }
        let written = books.0.write(&Write {
            owner: owner(),
            actor: a_federated_actor(),
            action: Action::ApplyEach(operations),
            rules,
            at: instant(60),
        });
        let written = written.unwrap();
        let left_out = written.refused.into_iter().map(|refused| (refused.index, refused.refusal));
        prop_assert_eq!(written.outcomes, done);
        prop_assert_eq!(left_out.collect::<Vec<_>>(), refused);
        prop_assert_eq!(books.totals(), singly.totals());
        prop_assert_eq!(books.written(), singly.written());
    }

    #[test]
    fn a_batch_in_a_store_is_its_operations_one_by_one_or_nothing(
        before in vec(operation(), 0..8), batch in vec(operation(), 0..8)
    ) {
        let (owner, rules, at) = (a_federated_actor(), WriteRules::default(), instant(60));
        let (one_by_one, at_once) = (MemoryStore::default(), MemoryStore::default());
        for store in [&one_by_one, &at_once] {
            for operation in before.clone() {
                block_on(store.apply(&owner, operation, rules, at)).ok();
            }
        }
        let feed = |store: &MemoryStore| -> Vec<Change> {
            block_on(store.changes(owner.owner(), SyncPoint::default(), FeedLimit::MAX)).unwrap().changes
        };
        let untouched = feed(&at_once);
        let mut singles: Vec<Result<Outcome, WriteError>> = Vec::new();
        for (operation, at) in batch.clone().into_iter().zip(instants()) {
            singles.push(block_on(one_by_one.apply(&owner, operation, rules, at)));
        }
        match block_on(at_once.apply_all(&owner, batch, rules, at)) {
            Ok((outcomes, revision)) => {
                let singles: Vec<_> = singles.into_iter().map(Result::unwrap).collect();
                prop_assert_eq!(outcomes, singles);
                prop_assert_eq!(feed(&at_once), feed(&one_by_one));
                prop_assert_eq!(block_on(at_once.version(owner.owner())).unwrap().revision, revision);
            }
            Err(WriteError::Refused { index, refusal }) => {
                let first = singles.into_iter().position(|single| {
                    matches!(&single, Err(WriteError::Refused { refusal: found, .. }) if *found == refusal)
                });
                prop_assert_eq!(first, Some(index));
                prop_assert_eq!(feed(&at_once), untouched);
            }
            Err(error) => prop_assert!(false, "{error:?}"),
        }
    }
}
