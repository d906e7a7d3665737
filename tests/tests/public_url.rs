//! Behind a proxy that serves it below a path, links lead to where clients reach the server.

use macro_rules_attribute::apply;
use serde_json::json;
use tasklane_tests::both_stores;
use tasklane_tests::store::Store;

const PUBLIC: &str = "https://example.com/tasks";

#[apply(both_stores)]
async fn links_begin_with_the_public_url(store: &Store) {
    let program = store.program().set("server.public_url", PUBLIC);
    let server = program.serve().await;
    let ada = server.user("ada").await;
    let task = json!({ "title": "Buy milk" });
    let made = ada.post("/api/tasks", &task).await.is(201);
    let answer = made.json();
    let id = answer["id"].as_str().expect("a task has an id");
    let location = format!("{PUBLIC}/api/tasks/{id}");
    assert_eq!(made.header("location"), Some(location.as_str()));
    ada.post("/api/tasks", &task).await.is(201);
    let page = ada.get("/api/tasks?limit=1").await.is(200);
    let link = page.header("link").expect("there is a next page");
    assert!(link.starts_with(&format!("<{PUBLIC}/api/tasks?")), "{link}");

    let document = ada.get("/openapi.json").await.is(200);
    assert_eq!(document.json()["servers"][0]["url"], PUBLIC);
    let docs = ada.get("/docs").await.is(307);
    assert_eq!(
        docs.header("location"),
        Some("https://example.com/tasks/docs/")
    );
    let script = ada.get("/docs/swagger-initializer.js").await.is(200);
    assert!(
        script.text().contains("\"../openapi.json\""),
        "{}",
        script.text()
    );
}
