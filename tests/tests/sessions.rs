//! Sessions: refreshed, listed, ended.

use std::collections::HashSet;

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};
use tasklane_tests::answer::Answer;
use tasklane_tests::app::App;
use tasklane_tests::both_stores;
use tasklane_tests::user::{PASSWORD, User};
use uuid::Uuid;

const SESSIONS: &str = "/api/auth/sessions";

async fn refresh(app: &App, token: &str) -> Answer {
    app.anonymous()
        .post("/api/auth/refresh", &json!({ "refresh_token": token }))
        .await
}

async fn refreshed(app: &App, user: &User) -> User {
    let answer = refresh(app, user.refresh_token()).await.is(200);
    User::signed_in(&app.anonymous(), &answer)
}

async fn assert_ended(app: &App, user: &User) {
    user.get("/api/users/me")
        .await
        .problem(401, "invalid_token");
    refresh(app, user.refresh_token())
        .await
        .problem(401, "invalid_refresh_token");
}

async fn sessions(user: &User) -> Vec<Value> {
    user.get(SESSIONS).await.is(200).json()["items"]
        .as_array()
        .unwrap()
        .clone()
}

/// The id of the user's own session.
async fn own_session(user: &User) -> String {
    let sessions = sessions(user).await;
    let own: Vec<&Value> = sessions
        .iter()
        .filter(|session| session["current"] == true)
        .collect();
    assert_eq!(own.len(), 1);
    own[0]["id"].as_str().unwrap().to_owned()
}

#[apply(both_stores)]
async fn a_refresh_gives_new_tokens_of_the_same_session(app: &App) {
    let first = app.user("ada").await;
    let second = refreshed(app, &first).await;
    assert_eq!(second.id(), first.id());
    assert_ne!(second.refresh_token(), first.refresh_token());
    second.get("/api/users/me").await.is(200);
    first.get("/api/users/me").await.is(200);
    assert_eq!(own_session(&first).await, own_session(&second).await);
    let third = refreshed(app, &second).await;
    assert_eq!(sessions(&third).await.len(), 1);
}

#[apply(both_stores)]
async fn a_spent_refresh_token_ends_its_session(app: &App) {
    let stolen = app.user("ada").await;
    let other = stolen.login().await;
    let honest = refreshed(app, &stolen).await;
    let honest = refreshed(app, &honest).await;
    refresh(app, stolen.refresh_token())
        .await
        .problem(401, "invalid_refresh_token");
    assert_ended(app, &honest).await;
    assert_ended(app, &stolen).await;
    other.get("/api/users/me").await.is(200);
    assert_eq!(sessions(&other).await.len(), 1);
}

#[apply(both_stores)]
async fn a_refresh_whose_answer_was_lost_gives_the_same_token_again(app: &App) {
    let ada = app.user("ada").await;
    let lost = refreshed(app, &ada).await;
    let again = refreshed(app, &ada).await;
    assert_eq!(again.refresh_token(), lost.refresh_token());
    again.get("/api/users/me").await.is(200);
    let next = refreshed(app, &again).await;
    refresh(app, ada.refresh_token())
        .await
        .problem(401, "invalid_refresh_token");
    assert_ended(app, &next).await;
}

#[apply(both_stores)]
async fn simultaneous_refreshes_cost_nobody_the_session(app: &App) {
    let ada = app.user("ada").await;
    let body = json!({ "refresh_token": ada.refresh_token() });
    let attempts: Vec<_> = (0..8)
        .map(|_| {
            tokio::spawn(
                app.anonymous()
                    .post("/api/auth/refresh", &body)
                    .into_future(),
            )
        })
        .collect();
    let mut successors = HashSet::new();
    let mut last = None;
    for attempt in attempts {
        let tab = User::signed_in(&app.anonymous(), &attempt.await.unwrap().is(200));
        tab.get("/api/users/me").await.is(200);
        successors.insert(tab.refresh_token().to_owned());
        last = Some(tab);
    }
    assert_eq!(successors.len(), 1);
    refreshed(app, &last.unwrap()).await;
}

#[apply(both_stores)]
async fn what_is_no_refresh_token_is_refused(app: &App) {
    let ada = app.user("ada").await;
    let token = ada.refresh_token();
    let (last, flipped) = (
        &token[token.len() - 1..],
        if token.ends_with('A') { "B" } else { "A" },
    );
    let other = format!("{}{flipped}", token.strip_suffix(last).unwrap());
    let middle = token.len() - 20;
    let flipped = if &token[middle..=middle] == "A" {
        "B"
    } else {
        "A"
    };
    let altered = format!("{}{flipped}{}", &token[..middle], &token[middle + 1..]);
    for bad in [
        "",
        "x",
        "null",
        ada.access_token(),
        &token[1..],
        &format!("{token}A"),
        &other,
        &altered,
    ] {
        let answer = refresh(app, bad).await;
        answer.problem(401, "invalid_refresh_token");
        assert!(
            answer
                .header("www-authenticate")
                .is_some_and(|value| value.starts_with("Bearer"))
        );
    }
    let body = json!({ "token": token });
    let answer = app.anonymous().post("/api/auth/refresh", &body).await;
    let problem = answer.problem(422, "validation_failed");
    assert_eq!(problem.pointers(), ["/refresh_token", "/token"]);
    // A token that never was does not end the session, as a spent one does.
    refreshed(app, &ada).await;
}

#[apply(both_stores)]
async fn a_refresh_token_is_no_access_token(app: &App) {
    let ada = app.user("ada").await;
    let impostor = app.anonymous().with_token(ada.refresh_token());
    impostor
        .get("/api/users/me")
        .await
        .problem(401, "invalid_token");
}

#[apply(both_stores)]
async fn signing_out_ends_the_session_and_no_other(app: &App) {
    let ada = app.user("ada").await;
    let phone = ada.login().await;
    ada.call(Method::POST, "/api/auth/logout").await.is(204);
    assert_ended(app, &ada).await;
    phone.get("/api/users/me").await.is(200);
    refreshed(app, &phone).await;
}

#[apply(both_stores)]
async fn sessions_are_listed_with_what_tells_them_apart(app: &App) {
    let ada = app.user("ada").await;
    let credentials = json!({ "email": ada.email(), "password": PASSWORD });
    let named = app
        .anonymous()
        .post("/api/auth/login", &credentials)
        .header("user-agent", "Phone/1.0");
    let phone = User::signed_in(&app.anonymous(), &named.await.is(200));
    let listed = sessions(&phone).await;
    assert_eq!(listed.len(), 2);
    for session in &listed {
        let members: Vec<&String> = session.as_object().unwrap().keys().collect();
        assert_eq!(
            members,
            ["created_at", "current", "id", "last_used_at", "user_agent"]
        );
        assert!(session["created_at"].is_string() && session["last_used_at"].is_string());
    }
    let current = listed
        .iter()
        .find(|session| session["current"] == true)
        .unwrap();
    assert_eq!(current["user_agent"], "Phone/1.0");
    assert_ne!(own_session(&ada).await, own_session(&phone).await);

    let refreshed = refreshed(app, &phone).await;
    let after = sessions(&refreshed).await;
    let after = after
        .iter()
        .find(|session| session["current"] == true)
        .unwrap();
    assert_eq!(
        (&after["id"], &after["created_at"]),
        (&current["id"], &current["created_at"])
    );
    assert!(after["last_used_at"].as_str() > current["last_used_at"].as_str());
}

#[apply(both_stores)]
async fn any_session_of_ones_own_can_be_ended(app: &App) {
    let ada = app.user("ada").await;
    let phone = ada.login().await;
    let path = format!("{SESSIONS}/{}", own_session(&phone).await);
    ada.delete(&path).await.is(204);
    assert_ended(app, &phone).await;
    ada.delete(&path).await.problem(404, "not_found");
    ada.get("/api/users/me").await.is(200);

    ada.delete(&format!("{SESSIONS}/{}", own_session(&ada).await))
        .await
        .is(204);
    assert_ended(app, &ada).await;
}

#[apply(both_stores)]
async fn a_session_that_is_not_ones_own_is_not_found(app: &App) {
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let path = format!("{SESSIONS}/{}", own_session(&ada).await);
    let foreign = bob.delete(&path).await.problem(404, "not_found");
    let missing = bob
        .delete(&format!("{SESSIONS}/{}", Uuid::from_u128(1)))
        .await;
    let missing = missing.problem(404, "not_found");
    assert_eq!(
        foreign.regardless_of_request(),
        missing.regardless_of_request()
    );
    bob.delete(&format!("{SESSIONS}/1"))
        .await
        .problem(400, "invalid_parameter")
        .names("id");
    ada.get("/api/users/me").await.is(200);
}

#[apply(both_stores)]
async fn all_other_sessions_can_be_ended_at_once(app: &App) {
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let (phone, tablet) = (ada.login().await, ada.login().await);
    phone.delete(SESSIONS).await.is(204);
    assert_ended(app, &ada).await;
    assert_ended(app, &tablet).await;
    assert_eq!(sessions(&phone).await.len(), 1);
    refreshed(app, &phone).await;
    bob.get("/api/users/me").await.is(200);
}

#[apply(both_stores)]
async fn a_new_password_ends_the_other_sessions(app: &App) {
    let ada = app.user("ada").await;
    let phone = ada.login().await;
    let new = "another battery staple";
    let change = json!({ "current_password": PASSWORD, "new_password": new });
    ada.put("/api/auth/password", &change).await.is(204);
    assert_ended(app, &phone).await;
    ada.get("/api/users/me").await.is(200);
    refreshed(app, &ada).await;
    let login = async |password: &str| {
        let credentials = json!({ "email": ada.email(), "password": password });
        app.anonymous().post("/api/auth/login", &credentials).await
    };
    login(PASSWORD).await.problem(401, "invalid_credentials");
    login(new).await.is(200);
}

#[apply(both_stores)]
async fn a_password_is_not_changed_without_the_current_one(app: &App) {
    let ada = app.user("ada").await;
    let phone = ada.login().await;
    let new = "another battery staple";
    let change = json!({ "current_password": "a wrong password", "new_password": new });
    let problem = ada
        .put("/api/auth/password", &change)
        .await
        .problem(422, "validation_failed");
    assert_eq!(problem.pointers(), ["/current_password"]);
    assert_eq!(problem.code_at("/current_password"), "incorrect");
    for (body, pointers) in [
        (json!({}), vec!["/current_password", "/new_password"]),
        (
            json!({ "current_password": PASSWORD, "new_password": "short" }),
            vec!["/new_password"],
        ),
        (
            json!({ "current_password": PASSWORD, "new_password": ada.email() }),
            vec!["/new_password"],
        ),
        (
            json!({ "current_password": PASSWORD, "new_password": "password" }),
            vec!["/new_password"],
        ),
    ] {
        let problem = ada
            .put("/api/auth/password", &body)
            .await
            .problem(422, "validation_failed");
        assert_eq!(problem.pointers(), pointers, "{body}");
    }
    phone.get("/api/users/me").await.is(200);
    ada.login().await;
}
