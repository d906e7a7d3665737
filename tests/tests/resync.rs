//! After a backup was restored, clients read everything again.

use macro_rules_attribute::apply;
use serde_json::json;
use tasklane_tests::both_stores;
use tasklane_tests::store::Store;

#[apply(both_stores)]
async fn after_a_resync_clients_are_told_to_read_everything_again(store: &Store) {
    let program = store.program();
    let server = program.serve().await;
    let ada = server.user("ada").await;
    let task = ada
        .post("/api/tasks", &json!({ "title": "Kept" }))
        .await
        .is(201)
        .json();
    let feed = ada.get("/api/changes?since=0").await.is(200).json();
    let next = feed["next"].as_str().expect("where to go on");
    let stale = format!("/api/changes?since={next}");
    ada.get(&stale).await.is(200);

    let resync = program.run(&["resync"]).await.succeeded();
    assert!(resync.stdout.ends_with(" resynced\n"), "{}", resync.stdout);
    assert_ne!(resync.stdout, "0 resynced\n");

    ada.get(&stale).await.problem(410, "sync_expired");
    // What the client had seen of changes that the backup does not have.
    ada.get("/api/changes?since=40")
        .await
        .problem(410, "sync_expired");
    let again = ada.get("/api/changes?since=0").await.is(200).json();
    assert_eq!(again["changes"][0]["id"], task["id"]);
    let made = ada
        .post("/api/tasks", &json!({ "title": "New" }))
        .await
        .is(201)
        .json();
    assert!(
        made["revision"].as_i64() > again["revision"].as_i64(),
        "{made}"
    );
    let since = format!("/api/changes?since={}", again["revision"]);
    let changes = ada.get(&since).await.is(200).json();
    assert_eq!(changes["changes"].as_array().map(Vec::len), Some(1));
}
