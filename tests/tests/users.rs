//! `tasklane user`: what an operator does about users.

use macro_rules_attribute::apply;
use serde_json::{Value, json};
use tasklane_tests::app::App;
use tasklane_tests::both_stores;
use tasklane_tests::program::Program;

const LOGIN: &str = "/api/auth/login";

fn console(app: &App) -> Program {
    app.store().program().set("log.level", "error")
}

/// What follows `password: ` on its line.
#[track_caller]
fn made_password(stdout: &str) -> &str {
    let line = stdout
        .lines()
        .find_map(|line| line.strip_prefix("password: "));
    line.unwrap_or_else(|| panic!("no password: {stdout}"))
}

#[apply(both_stores)]
async fn an_operator_adds_an_account_with_a_password_that_is_shown_once(app: &App) {
    let add = ["user", "add", "ada@example.com", "--name", "Ada"];
    let added = console(app).run(&add).await.succeeded();
    let password = made_password(&added.stdout);
    let login = json!({ "email": "ada@example.com", "password": password });
    let ada = app.anonymous().post(LOGIN, &login).await.is(200).json();
    assert_eq!(ada["user"]["name"], "Ada");
    let id = ada["user"]["id"].as_str().unwrap();
    assert!(
        added.stdout.starts_with(&format!("{id} added\n")),
        "{}",
        added.stdout
    );

    let again = console(app).run(&add).await;
    assert!(again.failed_with_one_line().contains("taken"));
    let shown = console(app).run(&["user", "show", "ada@example.com"]).await;
    assert!(!shown.succeeded().stdout.contains(password));
}

#[apply(both_stores)]
async fn a_password_is_read_from_stdin_and_weak_ones_are_refused(app: &App) {
    let with_stdin =
        |text: &str| console(app).after(&format!("printf '{text}\\n' >in && exec <in"));
    let add = ["user", "add", "ada@example.com", "--password-stdin"];
    let weak = with_stdin("password").run(&add).await;
    assert!(weak.failed_with_one_line().contains("most common"));
    let added = with_stdin("a long phrase of hers")
        .run(&add)
        .await
        .succeeded();
    assert!(!added.stdout.contains("password"), "{}", added.stdout);
    let login = json!({ "email": "ada@example.com", "password": "a long phrase of hers" });
    app.anonymous().post(LOGIN, &login).await.is(200);
}

#[apply(both_stores)]
async fn a_new_password_ends_the_sessions_and_lets_its_owner_in(app: &App) {
    let ada = app.user("ada").await;
    let set = ["user", "set-password", ada.email()];
    let done = console(app).run(&set).await.succeeded();
    let refresh = json!({ "refresh_token": ada.refresh_token() });
    let refused = ada.post("/api/auth/refresh", &refresh).await;
    refused.problem(401, "invalid_refresh_token");
    let login = json!({ "email": ada.email(), "password": made_password(&done.stdout) });
    app.anonymous().post(LOGIN, &login).await.is(200);

    let missing = console(app)
        .run(&["user", "set-password", "bob@example.com"])
        .await;
    assert!(missing.failed_with_one_line().contains("bob@example.com"));
}

#[apply(both_stores)]
async fn users_are_listed_and_shown_for_people_and_for_programs(app: &App) {
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    console(app)
        .run(&["user", "disable", bob.email()])
        .await
        .succeeded();
    let table = console(app).run(&["user", "list"]).await.succeeded().stdout;
    assert_eq!(table.lines().count(), 3, "{table}");
    for (user, status) in [(&ada, "enabled"), (&bob, "disabled")] {
        let line = table.lines().find(|line| line.starts_with(user.id()));
        let line = line.unwrap_or_else(|| panic!("{table}"));
        assert!(
            line.contains(user.email()) && line.contains(status),
            "{line}"
        );
    }
    let listed = console(app)
        .run(&["user", "list", "--json"])
        .await
        .succeeded();
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    assert_eq!(listed.as_array().map(Vec::len), Some(2));
    let shown = console(app)
        .run(&["user", "show", "--json", bob.id()])
        .await
        .succeeded();
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(shown["email"], bob.email());
    assert!(shown["disabled_at"].is_string(), "{shown}");
    assert!(listed.as_array().unwrap().contains(&shown), "{listed}");

    let token = console(app).run(&["token", "--email", bob.email()]).await;
    assert!(
        token
            .failed_with_one_line()
            .contains("the user is disabled")
    );
}
