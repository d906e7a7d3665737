//! What lies in the tables, and what cannot.

use tasklane_domain::port::TaskRepository;
use tasklane_domain::task::WriteRules;
use tasklane_domain_testkit::Writes;
use tasklane_domain_testkit::builders::{a_draft, a_full_draft, a_task_id, create};

use super::*;

#[tokio::test]
async fn a_row_that_nobody_can_have_written_is_corrupt() {
    let fixture = fixture(PATIENT).await;
    let owner = a_federated_actor();
    let id = a_task_id();
    let operation = create(id, a_draft("Spoil me"));
    fixture
        .store
        .apply(&owner, operation, WriteRules::default(), at())
        .await
        .unwrap();
    for spoiled in [
        "title = ' '",
        "tags = char(10)",
        "position = 'a00'",
        "metadata = 'no value'",
        "due_date = '2026-02-30', due_at = 0",
    ] {
        fixture
            .execute(format!("UPDATE tasks SET {spoiled}"))
            .await
            .unwrap();
        let found = fixture.store.find_state(owner.owner(), id).await;
        assert!(
            matches!(found, Err(StoreError::Corrupt(..))),
            "{spoiled}: {found:?}"
        );
    }
}

#[tokio::test]
async fn the_tables_themselves_refuse_what_the_domain_refuses() {
    let fixture = fixture(PATIENT).await;
    let owner = a_federated_actor();
    let operation = create(a_task_id(), a_full_draft("Keep the rules"));
    fixture
        .store
        .apply(&owner, operation, WriteRules::default(), at())
        .await
        .unwrap();
    let broken = [
        "title = ''",
        "title = printf('%201s', 'x')",
        "title = NULL, title_key = NULL",
        "title_key = NULL",
        "position = ''",
        "metadata = printf('%8301s', 'x')",
        "position = printf('a%128s', 'x')",
        "description = printf('%10001s', 'x')",
        "priority = 5",
        "revision = 0",
        "due_time = NULL",
        "due_date = NULL",
        "due_date = '21.11.2026'",
        "tags = 'a' || replace(printf('%20s', ''), ' ', char(10) || 'b')",
        "fingerprint = x'00'",
        "user_id = x'00000000000000000000000000000000'",
        "created_at = 'now'",
    ];
    for assignment in broken {
        let outcome = fixture
            .execute(format!("UPDATE tasks SET {assignment}"))
            .await;
        assert!(outcome.is_err(), "{assignment}");
    }
    let allowed = "tags = 'a' || replace(printf('%19s', ''), ' ', char(10) || 'b')";
    fixture
        .execute(format!("UPDATE tasks SET {allowed}"))
        .await
        .unwrap();
}
