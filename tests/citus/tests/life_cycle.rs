//! The life of an account over HTTP, with two processes on one cluster.

use serde_json::json;
use tasklane_tests::event_stream::EventStream;
use tasklane_tests::program::Program;
use tasklane_tests::user::PASSWORD;

use crate::cluster::Cluster;

#[tokio::test]
async fn an_account_lives_and_ends_as_on_any_store() {
    let cluster = Cluster::empty().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let program = Program::for_tests(folder.path()).variable("DATABASE_URL", cluster.url());
    let nothing = program.run(&["migrate", "--distribute"]).await.succeeded();
    assert_eq!(nothing.stdout, "nothing to distribute\n");
    let (server, other) = tokio::join!(program.serve(), program.serve());
    server.anonymous().get("/health/ready").await.is(200);

    let ada = server.user("ada").await;
    let taken = json!({ "email": "ADA@example.com", "password": "something else entirely" });
    let refused = server.anonymous().post("/api/auth/register", &taken).await;
    refused.problem(409, "email_taken");
    let ada = ada.login().await;
    let mut events = EventStream::follow(&other, &ada).await;

    let task = ada.create_titled("Buy milk").await;
    assert_eq!(
        events.change().await.expect("a change").entry["id"],
        task.id()
    );
    let changes = json!({ "description": "two bottles", "tags": ["home"] });
    let patch = ada.patch(&task.path(), &changes).if_match(&task.etag());
    let patched = patch.await.is(200).task();
    let stale = ada.toggle(&task.path()).if_match(&task.etag()).await;
    stale.problem(412, "precondition_failed");
    ada.toggle(&task.path()).await.is(200);
    let twice = ada.put(&task.path(), &json!({ "title": "Taken" }));
    let twice = twice.if_none_match("*").await;
    twice.problem(412, "precondition_failed");
    let create = json!({ "op": "create", "task": { "title": "One of three" } });
    let operations = json!({ "operations": [create, create, create] });
    ada.post("/api/batch", &operations).await.is(200);
    let found = ada.walk("/api/tasks?limit=2&q=three").await;
    assert_eq!(found.len(), 3);
    assert_eq!(
        ada.at(other.url()).read(task.id()).await["tags"],
        patched["tags"]
    );
    ada.delete(&task.path()).await.is(204);
    ada.restore(&task.path()).await.is(200);
    ada.delete(&task.path()).await.is(204);
    let emptied = ada.delete("/api/tasks?deleted=true").await.is(200);
    assert_eq!(emptied.json()["purged"], 1);
    assert_eq!(ada.tasks().await.len(), 3);

    let erasure = ada.delete("/api/users/me");
    erasure.json(&json!({ "password": PASSWORD })).await.is(204);
    ada.get("/api/tasks").await.is(401);
    let back = server.user("ada").await;
    assert_eq!(back.tasks().await.len(), 0);
    program.run(&["purge"]).await.succeeded();
}
