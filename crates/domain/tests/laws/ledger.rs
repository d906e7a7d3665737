use std::collections::HashMap;

use futures::executor::block_on;
use proptest::collection::vec;
use proptest::prelude::*;
use tasklane_domain::id::{TaskId, UserId};
use tasklane_domain::port::{BatchError, TaskRepository, WriteError};
use tasklane_domain::task::{
    Change, Ledger, Operation, Outcome, Precondition, Refusal, Revision, TaskState, WriteRules,
};
use tasklane_domain_testkit::MemoryStore;
use tasklane_domain_testkit::builders::{a_federated_owner, instant};

use crate::strategies::{operation, owner};

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    vec(operation(), 0..25)
}

fn open(owner: UserId, rules: WriteRules) -> Ledger {
    Ledger::open(owner, Revision::ZERO, 0, rules, instant(60))
}

fn written(ledger: &Ledger) -> HashMap<TaskId, TaskState> {
    ledger
        .written()
        .map(|held| (held.id(), held.clone()))
        .collect()
}

fn totals(ledger: &Ledger) -> (Revision, u32) {
    (ledger.revision(), ledger.live_tasks())
}

proptest! {
    #[test]
    fn each_change_takes_the_next_revision_and_a_refusal_nothing(operations in operations()) {
        let mut ledger = open(owner(), WriteRules::default());
        for operation in &operations {
            let before = (totals(&ledger), written(&ledger));
            let taken = ledger.apply(operation).ok().as_ref().and_then(Outcome::revision_taken);
            if let Some(revision) = taken {
                prop_assert_eq!(revision, before.0.0.next());
                prop_assert_eq!(ledger.revision(), revision);
            } else {
                prop_assert_eq!((totals(&ledger), written(&ledger)), before);
            }
        }
    }

    #[test]
    fn the_count_of_live_tasks_is_their_number_and_within_the_quota(
        operations in operations(), quota in 0_u32..5
    ) {
        let rules = WriteRules { quota: Some(quota), require_precondition: false };
        let mut ledger = open(owner(), rules);
        for operation in &operations {
            let outcome = ledger.apply(operation);
            let live = ledger.written().filter(|held| held.live_revision().is_some()).count();
            prop_assert_eq!(live, ledger.live_tasks() as usize);
            prop_assert!(live <= quota as usize, "after {:?}", outcome);
        }
    }

    #[test]
    fn one_set_of_books_is_as_good_as_one_for_each_operation(operations in operations()) {
        let mut whole = open(owner(), WriteRules::default());
        let (mut held, mut revision, mut live) = (HashMap::new(), Revision::ZERO, 0);
        for operation in &operations {
            let mut single =
                Ledger::open(owner(), revision, live, WriteRules::default(), instant(60));
            if let Some(found) = held.get(&operation.id()) {
                single.enter(TaskState::clone(found));
            }
            prop_assert_eq!(single.apply(operation), whole.apply(operation));
            held.extend(written(&single));
            (revision, live) = totals(&single);
        }
        prop_assert_eq!((written(&whole), totals(&whole)), (held, (revision, live)));
    }

    #[test]
    fn a_required_precondition_only_adds_refusals(operations in operations()) {
        let strict = WriteRules { require_precondition: true, quota: None };
        for operation in &operations {
            // Books that hold everything which the operations before have made, but wrote none of it.
            let mut made = open(owner(), WriteRules::default());
            for earlier in &operations {
                made.apply(earlier).ok();
            }
            let [mut lax, mut strict] = [WriteRules::default(), strict].map(|rules| {
                let mut ledger = Ledger::open(owner(), made.revision(), 0, rules, instant(61));
                made.written().cloned().for_each(|held| ledger.enter(held));
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
    fn a_batch_in_a_store_is_its_operations_one_by_one_or_nothing(
        before in vec(operation(), 0..8), batch in vec(operation(), 0..8)
    ) {
        let (owner, rules, at) = (a_federated_owner(), WriteRules::default(), instant(60));
        let (one_by_one, at_once) = (MemoryStore::default(), MemoryStore::default());
        for store in [&one_by_one, &at_once] {
            for operation in before.clone() {
                block_on(store.apply(&owner, operation, rules, at)).ok();
            }
        }
        let feed = |store: &MemoryStore| -> Vec<Change> {
            block_on(store.changes(owner.id, Revision::ZERO, 500)).unwrap().changes
        };
        let untouched = feed(&at_once);
        let mut singles: Vec<Result<Outcome, WriteError>> = Vec::new();
        for operation in batch.clone() {
            singles.push(block_on(one_by_one.apply(&owner, operation, rules, at)));
        }
        match block_on(at_once.apply_all(&owner, batch, rules, at)) {
            Ok((outcomes, revision)) => {
                let singles: Vec<_> = singles.into_iter().map(Result::unwrap).collect();
                prop_assert_eq!(outcomes, singles);
                prop_assert_eq!(feed(&at_once), feed(&one_by_one));
                prop_assert_eq!(block_on(at_once.version(owner.id)).unwrap().revision, revision);
            }
            Err(BatchError::Refused { index, refusal }) => {
                let first = singles.into_iter().position(|single| {
                    matches!(&single, Err(WriteError::Refused(found)) if *found == refusal)
                });
                prop_assert_eq!(first, Some(index));
                prop_assert_eq!(feed(&at_once), untouched);
            }
            Err(error) => prop_assert!(false, "{error:?}"),
        }
    }
}
