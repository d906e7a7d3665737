//! Nobody sees or touches what is somebody else's, by any operation that there is.

use macro_rules_attribute::apply;
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use tasklane_tests::answer::Answer;
use tasklane_tests::app::App;
use tasklane_tests::both_stores;
use tasklane_tests::client::{Call, Client};
use tasklane_tests::user::{PASSWORD, User};
use uuid::Uuid;

/// How an operation could reach what is somebody else's.
enum Case {
    /// It names a task; the answer must be that of a task that does not exist.
    Task(fn(&Client, &str) -> Call),
    /// It names a session; likewise.
    Session(fn(&Client, &str) -> Call),
    /// It is about the caller alone; the answer must tell nothing of others.
    Caller(fn(&Client) -> Call),
    /// It is about the caller alone and does not end on its own: what it tells, `events` looks at.
    Endless(fn(&Client) -> Call),
    /// It takes no token, or tells everybody the same.
    Open,
}

/// The case of each operation.
fn case_of(operation: &str) -> Option<Case> {
    let case = match operation {
        "GET /api/tasks" => Case::Caller(|client| client.get("/api/tasks")),
        "POST /api/tasks" => {
            Case::Caller(|client| client.post("/api/tasks", &json!({ "title": "Own" })))
        }
        "DELETE /api/tasks" => Case::Caller(|client| client.delete("/api/tasks?deleted=true")),
        "GET /api/tasks/{id}" => Case::Task(|client, id| client.get(&task(id))),
        "PUT /api/tasks/{id}" => {
            Case::Task(|client, id| client.put(&task(id), &json!({ "title": "Taken over" })))
        }
        "PATCH /api/tasks/{id}" => {
            Case::Task(|client, id| client.patch(&task(id), &json!({ "title": "Taken over" })))
        }
        "PATCH /api/tasks/{id}/toggle" => Case::Task(|client, id| client.toggle(&task(id))),
        "DELETE /api/tasks/{id}" => {
            Case::Task(|client, id| client.delete(&format!("{}?permanent=true", task(id))))
        }
        "POST /api/tasks/{id}/move" => {
            Case::Task(|client, id| client.post(&format!("{}/move", task(id)), &json!({})))
        }
        "POST /api/tasks/{id}/restore" => Case::Task(|client, id| client.restore(&task(id))),
        "POST /api/batch" => Case::Task(|client, id| {
            let operations = json!([{ "op": "delete", "id": id }]);
            client.post("/api/batch", &json!({ "operations": operations }))
        }),
        "GET /api/tasks/summary" => Case::Caller(|client| client.get("/api/tasks/summary")),
        "GET /api/changes" => Case::Caller(|client| client.get("/api/changes")),
        "GET /api/events" => Case::Endless(|client| client.get("/api/events")),
        "POST /api/recurrence/preview" => Case::Caller(|client| {
            let rule = json!({ "frequency": "daily" });
            let body = json!({ "due": { "date": "2026-11-30" }, "recurrence": rule });
            client.post("/api/recurrence/preview", &body)
        }),
        "POST /api/auth/logout" => {
            Case::Caller(|client| client.call(Method::POST, "/api/auth/logout"))
        }
        "GET /api/auth/sessions" => Case::Caller(|client| client.get("/api/auth/sessions")),
        "DELETE /api/auth/sessions" => Case::Caller(|client| client.delete("/api/auth/sessions")),
        "DELETE /api/auth/sessions/{id}" => {
            Case::Session(|client, id| client.delete(&format!("/api/auth/sessions/{id}")))
        }
        "PUT /api/auth/password" => Case::Caller(|client| {
            let new = "another battery staple";
            let change = json!({ "current_password": PASSWORD, "new_password": new });
            client.put("/api/auth/password", &change)
        }),
        "GET /api/users/me" => Case::Caller(|client| client.get("/api/users/me")),
        "PATCH /api/users/me" => {
            Case::Caller(|client| client.patch("/api/users/me", &json!({ "name": "Own" })))
        }
        "GET /api/users/me/export" => Case::Caller(|client| client.get("/api/users/me/export")),
        "DELETE /api/users/me" => Case::Caller(|client| {
            client
                .delete("/api/users/me")
                .json(&json!({ "password": PASSWORD }))
        }),
        "POST /api/auth/register"
        | "POST /api/auth/login"
        | "POST /api/auth/refresh"
        | "POST /api/auth/password/forgot"
        | "POST /api/auth/password/reset"
        | "POST /api/auth/email/verify"
        | "POST /api/auth/verify"
        | "GET /.well-known/jwks.json"
        | "GET /problems/{code}"
        | "GET /health"
        | "GET /health/live"
        | "GET /health/ready"
        | "GET /openapi.json"
        | "GET /docs" => Case::Open,
        _ => return None,
    };
    Some(case)
}

fn task(id: &str) -> String {
    format!("/api/tasks/{id}")
}

/// Somebody with everything that one can have, each of it marked by a word that nobody else uses.
struct Owner {
    user: User,
    tasks: Vec<String>,
    session: String,
}

const MARK: &str = "belongs-to-the-owner";

impl Owner {
    async fn settle(app: &App) -> Self {
        let user = app.user(MARK).await;
        user.login().await;
        let mut tasks = Vec::new();
        for state in ["live", "trashed", "erased"] {
            let fields = json!({ "title": format!("{MARK} {state}"), "tags": [MARK] });
            let created = user.create(fields).await;
            tasks.push(created.id().to_owned());
            match state {
                "trashed" => drop(user.delete(&created.path()).await.is(204)),
                "erased" => {
                    user.delete(&format!("{}?permanent=true", created.path()))
                        .await
                        .is(204);
                }
                _ => {}
            }
        }
        let sessions = user.get("/api/auth/sessions").await.is(200).json();
        let session = sessions["items"][0]["id"].as_str().unwrap().to_owned();
        Self {
            user,
            tasks,
            session,
        }
    }

    /// All that the owner can see.
    async fn possessions(&self) -> Vec<Value> {
        let mut all = Vec::new();
        for path in [
            "/api/tasks",
            "/api/tasks?deleted=true",
            "/api/changes",
            "/api/auth/sessions",
            "/api/users/me",
        ] {
            all.push(self.user.get(path).await.is(200).json());
        }
        all
    }

    fn assert_not_told_of(&self, what: &str, answer: &Answer) {
        let ids = self.tasks.iter().map(String::as_str);
        for secret in ids.chain([MARK, self.user.id(), &self.session]) {
            assert!(
                !answer.text().contains(secret),
                "{what} tells {secret}: {}",
                answer.text()
            );
        }
    }
}

struct Operation {
    name: String,
    is_open: bool,
}

/// Every operation of the document.
async fn operations(app: &App) -> Vec<Operation> {
    let document = app.anonymous().get("/openapi.json").await.is(200).json();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if ["parameters", "summary", "description", "servers"].contains(&method.as_str()) {
                continue;
            }
            let security = operation.get("security").unwrap_or(&document["security"]);
            let is_open = security
                .as_array()
                .is_some_and(|ways| ways.contains(&json!({})));
            operations.push(Operation {
                name: format!("{} {path}", method.to_uppercase()),
                is_open,
            });
        }
    }
    assert!(
        operations.len() >= 20,
        "the document has lost its operations"
    );
    operations
}

/// The headers that tell something of the resource, and not of the request or the server.
fn telling(headers: &HeaderMap) -> Vec<(&str, &str)> {
    let general = [
        "x-request-id",
        "date",
        "access-control-expose-headers",
        "ratelimit",
    ];
    let mut telling: Vec<_> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        .filter(|(name, _)| !general.contains(name))
        .collect();
    telling.sort_unstable();
    telling
}

/// Fails unless both were answered as the same thing that does not exist.
fn assert_alike(name: &str, foreign: &Answer, missing: &Answer) {
    let (one, other) = (
        foreign.problem(404, "not_found"),
        missing.problem(404, "not_found"),
    );
    assert_eq!(
        one.regardless_of_request(),
        other.regardless_of_request(),
        "{name}"
    );
    assert_eq!(
        telling(foreign.headers()),
        telling(missing.headers()),
        "{name}"
    );
}

async fn try_ids(intruder: &Client, name: &str, ids: &[String], call: fn(&Client, &str) -> Call) {
    let missing = Uuid::from_u128(0x42).to_string();
    for id in ids {
        assert_alike(
            name,
            &call(intruder, id).await,
            &call(intruder, &missing).await,
        );
        for tags in ["*", "\"1\""] {
            let foreign = call(intruder, id).if_match(tags).await;
            assert_alike(
                name,
                &foreign,
                &call(intruder, &missing).if_match(tags).await,
            );
        }
        if name.starts_with("GET ") {
            let foreign = call(intruder, id).if_none_match("*").await;
            let missing = call(intruder, &missing).if_none_match("*").await;
            assert_alike(name, &foreign, &missing);
        }
    }
}

#[apply(both_stores)]
async fn no_operation_reaches_what_is_somebody_elses(app: &App) {
    let owner = Owner::settle(app).await;
    let before = owner.possessions().await;
    for (number, Operation { name, is_open }) in operations(app).await.into_iter().enumerate() {
        let case = case_of(&name)
            .unwrap_or_else(|| panic!("{name} has no case: say how it could reach others' data"));
        assert_eq!(
            is_open,
            matches!(case, Case::Open),
            "{name}: open in the document or not?"
        );
        // A fresh one each time, since some operations end the caller's session or account.
        let intruder = app.user(&format!("intruder-{number}")).await;
        match case {
            Case::Task(call) => try_ids(&intruder, &name, &owner.tasks, call).await,
            Case::Session(call) => {
                try_ids(&intruder, &name, std::slice::from_ref(&owner.session), call).await;
            }
            Case::Caller(call) => {
                let answer = call(&intruder).await;
                assert!(
                    answer.status() < 300,
                    "{name}: {} {}",
                    answer.status(),
                    answer.text()
                );
                owner.assert_not_told_of(&name, &answer);
            }
            Case::Endless(_) | Case::Open => {}
        }
        assert_eq!(owner.possessions().await, before, "{name}");
    }
}

#[apply(both_stores)]
async fn no_operation_but_the_open_ones_is_done_without_a_token(app: &App) {
    let id = Uuid::from_u128(0x42).to_string();
    for Operation { name, .. } in operations(app).await {
        let call = match case_of(&name) {
            Some(Case::Task(call) | Case::Session(call)) => call(&app.anonymous(), &id),
            Some(Case::Caller(call) | Case::Endless(call)) => call(&app.anonymous()),
            Some(Case::Open) | None => continue,
        };
        let answer = call.await;
        assert_eq!(answer.status(), 401, "{name}");
        answer.problem(401, "unauthenticated");
    }
}

#[apply(both_stores)]
async fn two_users_may_use_the_same_id(app: &App) {
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let path = format!("/api/tasks/{}", Uuid::from_u128(5));
    let create = |user: &User, title: &str| {
        user.put(&path, &json!({ "title": title }))
            .if_none_match("*")
    };
    let of_ada = create(&ada, "Ada's").await.is(201).task();
    let of_bob = create(&bob, "Bob's").await.is(201).task();
    bob.toggle(&path).await.is(200);
    bob.delete(&format!("{path}?permanent=true")).await.is(204);
    assert_eq!(ada.get(&path).await.is(200).task(), of_ada);
    assert_eq!(of_bob["owner_id"], bob.id());
}

#[apply(both_stores)]
async fn a_search_finds_nothing_of_others(app: &App) {
    let owner = Owner::settle(app).await;
    let intruder = app.user("intruder").await;
    for query in [
        format!("q={MARK}"),
        format!("tag={MARK}"),
        "deleted=true".to_owned(),
        "sort=-revision".to_owned(),
        "due_after=0001-01-01".to_owned(),
    ] {
        let answer = intruder.get(&format!("/api/tasks?{query}")).await.is(200);
        assert_eq!(answer.json()["items"], json!([]), "{query}");
        owner.assert_not_told_of(&query, &answer);
    }
}
