//! Retention: what has been in the trash long enough is removed for good.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use macro_rules_attribute::apply;
use serde_json::json;
use tasklane_tests::both_stores;
use tasklane_tests::program::{Finished, Program};
use tasklane_tests::store::{Kind, Store};
use tasklane_tests::user::User;

const TRASH: &str = "/api/tasks?deleted=true";

/// Longer than what is deleted is kept.
const LONG_ENOUGH: Duration = Duration::from_millis(1500);

async fn delete(user: &User, number: usize) {
    for _ in 0..number {
        let task = user.create_titled("Deleted").await;
        user.delete(&task.path()).await.is(204);
    }
}

/// How many rows a purge says that it has removed.
async fn purge(program: &Program) -> u64 {
    count(&program.run(&["purge"]).await.succeeded())
}

fn count(finished: &Finished) -> u64 {
    let number = finished.stdout.strip_suffix(" purged\n");
    number
        .and_then(|number| number.parse().ok())
        .unwrap_or_else(|| panic!("no count: {:?}", finished.stdout))
}

#[apply(both_stores)]
async fn a_purge_removes_what_was_kept_long_enough_and_says_how_much(store: &Store) {
    let program = store.program().set("trash.retention", "1s");
    let server = store.program().serve().await;
    let (ada, bob) = (server.user("ada").await, server.user("bob").await);
    assert_eq!(purge(&program).await, 0);
    let live = ada.create_titled("Live").await;
    delete(&ada, 2).await;
    delete(&bob, 1).await;
    let erased = bob.create_titled("Erased").await;
    bob.delete(&format!("{}?permanent=true", erased.path()))
        .await
        .is(204);
    assert_eq!(purge(&store.program()).await, 0, "kept for 30 days");
    tokio::time::sleep(LONG_ENOUGH).await;
    assert_eq!(purge(&program).await, 4);
    assert_eq!(purge(&program).await, 0);

    assert_eq!(
        (ada.walk(TRASH).await, bob.walk(TRASH).await),
        (vec![], vec![])
    );
    assert_eq!(ada.tasks().await, [live]);
    assert_eq!(ada.get(TRASH).await.etag(), "W/\"5-5\"");
    assert_eq!(bob.get(TRASH).await.etag(), "W/\"4-4\"");
}

#[apply(both_stores)]
async fn purges_at_once_remove_each_row_once(store: &Store) {
    let program = store.program().set("trash.retention", "1s");
    let server = store.program().serve().await;
    let ada = server.user("ada").await;
    let create = serde_json::json!({ "op": "create", "task": { "title": "Deleted" } });
    for _ in 0..12 {
        let operations = serde_json::json!({ "operations": vec![create.clone(); 100] });
        let answer = ada.post("/api/batch", &operations).await.is(200);
        let made = answer.json();
        let deletes: Vec<_> = made["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|result| serde_json::json!({ "op": "delete", "id": result["task"]["id"] }))
            .collect();
        let operations = serde_json::json!({ "operations": deletes });
        ada.post("/api/batch", &operations).await.is(200);
    }
    tokio::time::sleep(LONG_ENOUGH).await;
    let arguments = ["purge"];
    let (one, two, three) = tokio::join!(
        program.run(&arguments),
        program.run(&arguments),
        program.run(&arguments),
    );
    let removed: u64 = [one, two, three]
        .into_iter()
        .map(|finished| count(&finished.succeeded()))
        .sum();
    assert_eq!(removed, 1200);
    assert_eq!(ada.walk(TRASH).await, []);
    assert_eq!(ada.get(TRASH).await.etag(), "W/\"2400-2400\"");
}

#[apply(both_stores)]
async fn a_service_that_is_used_purges_by_itself(store: &Store) {
    let program = store.program().set("trash.retention", "1s");
    let server = program.serve().await;
    let ada = server.user("ada").await;
    delete(&ada, 3).await;
    let started = Instant::now();
    while !ada.walk(TRASH).await.is_empty() {
        assert!(
            started.elapsed() < Duration::from_secs(30),
            "the trash was not purged"
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(ada.get(TRASH).await.etag(), "W/\"6-6\"");
}

#[tokio::test]
async fn a_purge_that_cannot_be_done_says_why_in_one_line() {
    let store = Store::create_empty(Kind::Postgres).await;
    let finished = store
        .program()
        .set("log.level", "off")
        .run(&["purge"])
        .await;
    let line = finished.failed_with_one_line();
    assert!(line.contains("run `tasklane migrate` first"), "{line}");
    assert_eq!(finished.stdout, "");
}

/// More tasks than are read at once, and a purge horizon above all of them.
#[apply(both_stores)]
async fn an_export_is_whole_after_a_purge(store: &Store) {
    let program = store.program().set("trash.retention", "1s");
    let server = store.program().serve().await;
    let ada = server.user("ada").await;
    let create = json!({ "op": "create", "task": { "title": "Kept" } });
    for _ in 0..6 {
        let operations = json!({ "operations": vec![create.clone(); 100] });
        ada.post("/api/batch", &operations).await.is(200);
    }
    delete(&ada, 1).await;
    tokio::time::sleep(LONG_ENOUGH).await;
    assert_eq!(purge(&program).await, 1);
    delete(&ada, 1).await;

    let export = ada.get("/api/users/me/export").await.is(200).json();
    let tasks = export["tasks"].as_array().expect("the tasks");
    let ids: BTreeSet<_> = tasks.iter().map(|task| task["id"].to_string()).collect();
    assert_eq!((tasks.len(), ids.len()), (601, 601));
    let trashed = tasks.iter().filter(|task| !task["deleted_at"].is_null());
    assert_eq!(trashed.count(), 1);
}
