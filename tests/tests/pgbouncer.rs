//! Behind a real PgBouncer in transaction mode, which gives each transaction another session of the
//! server.

use serde_json::json;
use tasklane_tests::companion::Companion;
use tasklane_tests::event_stream::EventStream;
use tasklane_tests::program::Program;
use tasklane_tests::store::{Kind, Store};
use tasklane_tests::user::User;

fn behind(pooler: &Companion, store: &Store) -> Program {
    store
        .program()
        .set("database.statement_cache", "false")
        .variable("DATABASE_URL", &pooler.url(&store.url()))
}

/// What becomes of a task, and of its owner's session, from the first to the last.
async fn live(user: User) {
    for number in 0..5 {
        let task = user
            .create(json!({ "title": format!("Task {number}"), "tags": ["home"] }))
            .await;
        let path = task.path();
        assert_eq!(user.read(task.id()).await, task);
        let found = user
            .walk("/api/tasks?q=task&tag=home&sort=due&completed=false")
            .await;
        assert!(found.contains(&task));
        let changed = user
            .patch(&path, &json!({ "priority": "high" }))
            .if_match(&task.etag());
        let changed = changed.await.is(200).task();
        user.toggle(&path)
            .if_match(&task.etag())
            .await
            .problem(412, "precondition_failed");
        user.toggle(&path).await.is(200);
        user.put(&path, &json!({ "title": "Another" }))
            .await
            .is(200);
        user.delete(&path).await.is(204);
        user.restore(&path).await.is(200);
        user.delete(&format!("{path}?permanent=true")).await.is(204);
        let operation = json!({ "op": "create", "task": { "title": "One of three" } });
        let batch = json!({ "operations": [operation, operation, operation] });
        user.post("/api/batch", &batch).await.is(200);
        let since = format!("/api/changes?since={}", changed.revision());
        let feed = user.get(&since).await.is(200).json();
        assert_eq!(feed["changes"].as_array().unwrap().len(), 4);
    }
    assert_eq!(user.tasks().await.len(), 15);
    let again = user.login().await;
    let refresh = json!({ "refresh_token": again.refresh_token() });
    user.post("/api/auth/refresh", &refresh).await.is(200);
    user.post("/api/auth/logout", &json!({})).await.is(204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_whole_life_of_tasks_goes_through_a_transaction_pooler() {
    let store = Store::create(Kind::Postgres).await;
    let pooler = Companion::pgbouncer(&store.url());
    let program = behind(&pooler, &store).variable("DIRECT_DATABASE_URL", &store.url());
    let servers = [program.serve().await, program.serve().await];
    let mut lives = Vec::new();
    // More at once than the pooler has sessions.
    for number in 0..8 {
        let user = servers[number % 2].user(&format!("user-{number}")).await;
        lives.push(tokio::spawn(live(user)));
    }
    for life in lives {
        life.await.unwrap();
    }
    for server in &servers {
        server.anonymous().get("/health/ready").await.is(200);
        assert!(
            !server.log().contains("prepared statement"),
            "{}",
            server.log()
        );
    }
}

#[tokio::test]
async fn other_processes_are_heard_of_over_the_direct_address() {
    let store = Store::create(Kind::Postgres).await;
    let pooler = Companion::pgbouncer(&store.url());
    let program = behind(&pooler, &store).variable("DIRECT_DATABASE_URL", &store.url());
    let (here, there) = (program.serve().await, program.serve().await);
    let ada = here.user("ada").await;
    let mut events = EventStream::follow(&there, &ada).await;
    // A hint that comes before the listener is ready is lost, and only delays.
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let task = ada.create_titled("Told of").await;
    let limit = std::time::Duration::from_secs(10);
    let change = events.change_within(limit).await.unwrap();
    assert_eq!(change.id, task.revision());
}

#[tokio::test]
async fn migrations_take_the_direct_address_or_warn() {
    const WARNING: &str = "looks like a pooler";
    let store = Store::create_empty(Kind::Postgres).await;
    let pooler = Companion::pgbouncer(&store.url());
    let direct = behind(&pooler, &store).variable("DIRECT_DATABASE_URL", &store.url());
    let finished = direct.run(&["migrate"]).await.succeeded();
    assert!(!finished.stderr.contains(WARNING), "{}", finished.stderr);

    let store = Store::create_empty(Kind::Postgres).await;
    let through = behind(&pooler, &store);
    let finished = through.run(&["migrate"]).await.succeeded();
    assert!(finished.stderr.contains(WARNING), "{}", finished.stderr);
    assert!(
        finished.stderr.contains("DIRECT_DATABASE_URL"),
        "{}",
        finished.stderr
    );
    // Nothing is about to run then.
    let finished = through.run(&["migrate"]).await.succeeded();
    assert_eq!(finished.stdout, "nothing to migrate\n");
    assert!(!finished.stderr.contains(WARNING), "{}", finished.stderr);
}
