//! Users whom an operator shuts out, and lets in again.

use std::time::Duration;

use macro_rules_attribute::apply;
use serde_json::json;
use tasklane_tests::both_stores;
use tasklane_tests::issuer::Issuer;
use tasklane_tests::program::Finished;
use tasklane_tests::store::Store;
use tasklane_tests::user::PASSWORD;

const ME: &str = "/api/users/me";
const LOGIN: &str = "/api/auth/login";

/// How long a server may take to hear of what another process did.
const HEARD_OF: Duration = Duration::from_secs(5);

/// What an operator types at a console, while servers run.
async fn console(store: &Store, arguments: &[&str]) -> Finished {
    let program = store.program().set("log.level", "error");
    program.run(arguments).await
}

#[apply(both_stores)]
async fn a_disabled_account_is_shut_out_until_it_is_enabled(store: &Store) {
    let server = store.program().serve().await;
    let (ada, bob) = (server.user("ada").await, server.user("bob").await);
    let task = ada.create_titled("Kept").await;

    let printed = console(store, &["user", "disable", "ADA@example.com"]).await;
    let printed = printed.succeeded().stdout;
    assert_eq!(printed, format!("{} disabled\n", ada.id()));
    let right = json!({ "email": ada.email(), "password": PASSWORD });
    let wrong = json!({ "email": ada.email(), "password": "not the password" });
    let refused = ada.post(LOGIN, &right).await;
    let refused = refused.problem(401, "invalid_credentials");
    let as_wrong = ada.post(LOGIN, &wrong).await;
    let as_wrong = as_wrong.problem(401, "invalid_credentials");
    assert_eq!(
        refused.regardless_of_request(),
        as_wrong.regardless_of_request()
    );
    let refresh = json!({ "refresh_token": ada.refresh_token() });
    ada.post("/api/auth/refresh", &refresh)
        .await
        .problem(401, "invalid_refresh_token");
    let token = console(store, &["token", "--email", ada.email()]).await;
    token.failed_with_one_line();
    tokio::time::sleep(HEARD_OF).await;
    for path in [ME, &task.path()] {
        ada.get(path).await.problem(401, "invalid_token");
    }
    bob.get(ME).await.is(200);

    console(store, &["user", "enable", ada.id()])
        .await
        .succeeded();
    let back = ada.login().await;
    assert_eq!(back.read(task.id()).await, task);
    tokio::time::sleep(HEARD_OF).await;
    ada.get(ME).await.problem(401, "invalid_token");
    ada.post("/api/auth/refresh", &refresh)
        .await
        .problem(401, "invalid_refresh_token");
    back.get(ME).await.is(200);
}

#[apply(both_stores)]
async fn a_disabled_issuers_user_is_shut_out_whatever_their_token(store: &Store) {
    let issuer = Issuer::start().await;
    let program = store.program().configured(&issuer.settings());
    let server = program.serve().await;
    let with = |token: &str| server.anonymous().with_token(token);
    let old = with(&issuer.token("ada"));
    let task = old.post("/api/tasks", &json!({ "title": "Kept" })).await;
    let task = task.is(201).task();
    let id = task["owner_id"].as_str().expect("a task has an owner");

    let program = program.set("log.level", "error");
    program.run(&["user", "disable", id]).await.succeeded();
    tokio::time::sleep(HEARD_OF).await;
    let new = with(&issuer.token("ada"));
    for client in [&old, &new] {
        client.get(&task.path()).await.problem(401, "invalid_token");
    }

    program.run(&["user", "enable", id]).await.succeeded();
    tokio::time::sleep(HEARD_OF).await;
    // An issuer's clock may be ahead by the leeway, so that only a later token is surely newer.
    let later = with(&issuer.token("ada"));
    assert_eq!(later.get(&task.path()).await.is(200).task(), task);
    old.get(ME).await.problem(401, "invalid_token");
}

#[apply(both_stores)]
async fn whoever_does_not_exist_cannot_be_disabled(store: &Store) {
    store.program().serve().await.stop().await;
    let nobody = "0193a5c8-7e2b-7c4d-9f10-6b1a2c3d4e5f";
    for verb in ["disable", "enable"] {
        for user in [nobody, "nobody@example.com"] {
            let failed = console(store, &["user", verb, user]).await;
            assert!(failed.failed_with_one_line().contains(user));
            assert_eq!(failed.stdout, "");
        }
        let unreadable = console(store, &["user", verb, "nobody"]).await;
        assert!(!unreadable.status.success(), "{}", unreadable.stdout);
    }
}
