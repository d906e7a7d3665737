//! Tasks whose keys another version has made.

use tasklane_domain::page::{PageLimit, TaskFilter, TaskQuery};
use tasklane_domain::port::TaskRepository;
use tasklane_domain::search::SearchWords;
use tasklane_domain::task::{Operation, WriteRules};
use tasklane_domain::user::Actor;
use tasklane_domain_testkit::builders::{a_draft, a_federated_actor, a_task_id, create, instant};

/// More than a slice holds.
pub(crate) const TASKS: usize = 450;

/// Spoils the keys of every task.
pub(crate) const SPOIL: &str = "UPDATE tasks SET title_key = 'old', tag_search_key = 'old'";

/// An owner of many tasks called "Ærø".
pub(crate) async fn an_owner_of_many(store: &dyn TaskRepository) -> Actor {
    let owner = a_federated_actor();
    for count in [TASKS / 3; 3] {
        let tasks: Vec<Operation> = (0..count)
            .map(|_| create(a_task_id(), a_draft("Ærø")))
            .collect();
        let rules = WriteRules::default();
        let written = store.write(owner.owner(), &owner, tasks.into(), rules, instant(0));
        written.await.unwrap();
    }
    owner
}

/// How many of them a search finds.
pub(crate) async fn count_found(store: &dyn TaskRepository, owner: &Actor) -> usize {
    let mut query = TaskQuery {
        filter: TaskFilter {
            words: SearchWords::parse("AERO").unwrap(),
            ..TaskFilter::default()
        },
        limit: PageLimit::MAX,
        ..TaskQuery::default()
    };
    let mut found = 0;
    loop {
        let page = store.list(owner.owner(), &query).await.unwrap();
        found += page.items.len();
        match page.next {
            Some(next) => query.after = Some(next),
            None => return found,
        }
    }
}
