//! Moving from SQLite to PostgreSQL: everything is as it was, seen over HTTP.

mod installation;

pub(crate) use installation::{Installation, fill};

use serde_json::{Value, json};
use tasklane_tests::companion::Companion;
use tasklane_tests::server::Server;
use tasklane_tests::task::Task;
use tasklane_tests::user::{PASSWORD, User};

const ALL: &str = "/api/tasks?limit=100";
const TRASH: &str = "/api/tasks?deleted=true&limit=100";
const ALL_CHANGES: &str = "/api/changes?since=0&limit=500";
const ME: &str = "/api/users/me";
const SESSIONS: &str = "/api/auth/sessions";
const KEY: &str = "8e03978e-40d5-43dd-bc93-6894a57f9324";

/// Everything that a user can see, with the entity tags under which clients keep it.
async fn portrait(user: &User) -> Value {
    let mut seen = Vec::new();
    for path in [ALL, TRASH, ALL_CHANGES, ME, "/api/users/me/export"] {
        let answer = user.get(path).await.is(200);
        seen.push(json!([path, answer.header("etag"), answer.text()]));
    }
    let sessions = user.get(SESSIONS).await.is(200).json();
    for session in sessions["items"].as_array().unwrap() {
        seen.push(json!([
            session["id"],
            session["created_at"],
            session["expires_at"]
        ]));
    }
    for order in [
        "title",
        "due",
        "-priority",
        "updated_at",
        "revision",
        "position",
    ] {
        let tasks = user.walk_with(ALL, &[("sort", order)]).await;
        let ids: Vec<&str> = tasks.iter().map(Task::id).collect();
        seen.push(json!([order, ids]));
    }
    for words in ["cafe", "strasse 日本"] {
        let tasks = user.walk_with(ALL, &[("q", words)]).await;
        let ids: Vec<&str> = tasks.iter().map(Task::id).collect();
        seen.push(json!([words, ids]));
    }
    Value::Array(seen)
}

/// A user with tasks of every kind: plain, full, in the trash, erased, changed and restored.
async fn busy_user(server: &Server, name: &str) -> User {
    let user = server.user(name).await;
    let plain = user.create_titled("Plain").await;
    user.create(json!({ "title": "Part", "parent_id": plain.id() }))
        .await;
    let full = json!({
        "title": "Café Straße 日本", "description": "Zwei\nZeilen", "priority": "urgent",
        "due": { "date": "2026-12-24", "time": "18:30", "timezone": "Europe/Vienna" },
        "tags": ["Einkauf", "ärger"], "position": "a0V",
        "metadata": { "icon": "house", "ref": "ä=1" },
    });
    let full = user.create(full).await;
    user.toggle(&full.path()).await.is(200);
    let dated = json!({ "title": "Dated", "due": { "date": "2027-02-28" } });
    user.create(dated).await;
    let trashed = user.create_titled("In the trash").await;
    user.delete(&trashed.path()).await.is(204);
    let erased = user.create_titled("Erased").await;
    let erase = format!("{}?permanent=true", erased.path());
    user.delete(&erase).await.is(204);
    let back = user.create_titled("Back").await;
    user.delete(&back.path()).await.is(204);
    user.restore(&back.path()).await.is(200);
    user
}

#[tokio::test]
async fn whoever_used_the_old_installation_finds_everything_in_the_new_one() {
    let moving = Installation::create().await;
    let server = moving.serve_source().await;
    let ada = busy_user(&server, "ada").await;
    let bob = busy_user(&server, "bob").await;
    let second = bob.login().await;
    let keyed = json!({ "title": "Once" });
    let once = ada
        .post("/api/tasks", &keyed)
        .header("idempotency-key", KEY);
    let once = once.await.is(201).task();
    let gone = busy_user(&server, "gone").await;
    let password = json!({ "password": PASSWORD });
    gone.delete(ME).json(&password).await.is(204);
    let shut_out = busy_user(&server, "shut.out").await;
    moving
        .source_console(&["user", "disable", shut_out.id()])
        .await;
    let spent = bob.refresh_token().to_owned();
    let refresh = json!({ "refresh_token": spent });
    let refreshed = server.anonymous().post("/api/auth/refresh", &refresh).await;
    let bob = User::signed_in(&server.anonymous(), &refreshed.is(200));
    let before = (portrait(&ada).await, portrait(&bob).await);
    server.stop().await;

    let copied = moving.copy(&[]).await.succeeded();
    for line in [
        "users: 4\n",
        "accounts: 3\n",
        "account_emails: 3\n",
        "tasks: 22\n",
    ] {
        assert!(copied.stdout.contains(line), "{}", copied.stdout);
    }
    let server = moving.serve_target().await;
    let (ada, bob) = (ada.at(server.url()), bob.at(server.url()));
    assert_eq!((portrait(&ada).await, portrait(&bob).await), before);

    let again = ada
        .post("/api/tasks", &keyed)
        .header("idempotency-key", KEY);
    assert_eq!(again.await.is(201).task(), once);
    let revision = ada.revision().await;
    assert_eq!(ada.create_titled("Goes on").await.revision(), revision + 1);
    ada.login().await.get(ME).await.is(200);
    second.at(server.url()).get(ME).await.is(200);
    let anonymous = server.anonymous();
    let refresh = json!({ "refresh_token": bob.refresh_token() });
    anonymous.post("/api/auth/refresh", &refresh).await.is(200);
    let refresh = json!({ "refresh_token": spent });
    let theft = anonymous.post("/api/auth/refresh", &refresh).await;
    theft.problem(401, "invalid_refresh_token");
    bob.get(SESSIONS).await.problem(401, "invalid_token");

    let credentials = json!({ "email": "shut.out@example.com", "password": PASSWORD });
    let login = anonymous.post("/api/auth/login", &credentials).await;
    login.problem(401, "invalid_credentials");
    gone.at(server.url())
        .get(ME)
        .await
        .problem(401, "invalid_token");
    let gone_again = server.user("gone").await;
    assert_ne!(gone_again.id(), gone.id());
    assert_eq!(gone_again.tasks().await, []);
}

#[tokio::test]
async fn a_copy_leaves_the_source_as_it_was() {
    let moving = Installation::create().await;
    let server = moving.serve_source().await;
    let ada = busy_user(&server, "ada").await;
    let before = portrait(&ada).await;
    server.stop().await;
    moving.copy(&[]).await.succeeded();
    let server = moving.serve_source().await;
    let ada = ada.at(server.url());
    assert_eq!(portrait(&ada).await, before);
    ada.create_titled("Still writable").await;
}

#[tokio::test]
async fn an_installation_that_nobody_used_is_copied_too() {
    let moving = Installation::create().await;
    moving.source_console(&["migrate"]).await;
    let copied = moving.copy(&[]).await.succeeded();
    assert!(copied.stdout.contains("users: 0\n"), "{}", copied.stdout);
    // There is nothing to resume, and nothing in the way.
    moving.copy(&["--resume"]).await.succeeded();
    moving.copy(&[]).await.succeeded();
}

#[tokio::test]
async fn the_configured_database_is_copied_into_unless_another_is_named() {
    let moving = Installation::create().await;
    moving.source_console(&["migrate"]).await;
    let program = moving.target_program();
    let from = moving.source_url();
    let copied = program.run(&["copy", "--from", &from]).await.succeeded();
    assert!(copied.stdout.contains("users: 0\n"), "{}", copied.stdout);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_goes_through_a_transaction_pooler() {
    let moving = Installation::create().await;
    moving.source_console(&["migrate"]).await;
    // That many are several transactions.
    moving.at_source(&fill(1_200, 2, 10));
    let to = moving.target_url();
    let pooler = Companion::pgbouncer(&to);
    let program = moving.target_program();
    let program = program
        .set("database.statement_cache", "false")
        .variable("DATABASE_URL", &pooler.url(&to));
    let from = moving.source_url();
    let copied = program.run(&["copy", "--from", &from]).await.succeeded();
    assert!(copied.stdout.contains("tasks: 2400\n"), "{}", copied.stdout);
    let resumed = program.run(&["copy", "--from", &from, "--resume"]).await;
    let resumed = resumed.succeeded().stdout;
    assert!(
        resumed.contains("1200 users were there already"),
        "{resumed}"
    );
}
