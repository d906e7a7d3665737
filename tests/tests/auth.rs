//! Local accounts: registering, signing in, and who one is.

use macro_rules_attribute::apply;
use serde_json::{Value, json};
use tasklane_tests::app::App;
use tasklane_tests::both_stores;
use tasklane_tests::problem::Problem;
use tasklane_tests::store::Store;
use tasklane_tests::user::{PASSWORD, User};
use uuid::Uuid;

const REGISTER: &str = "/api/auth/register";
const LOGIN: &str = "/api/auth/login";

async fn refused(app: &App, body: Value) -> Problem {
    app.anonymous()
        .post(REGISTER, &body)
        .await
        .problem(422, "validation_failed")
}

/// The rule that a password breaks.
async fn password_refusal(app: &App, email: &str, password: &str) -> String {
    let problem = refused(app, json!({ "email": email, "password": password })).await;
    assert_eq!(problem.pointers(), ["/password"]);
    problem.code_at("/password").to_owned()
}

#[apply(both_stores)]
async fn registering_signs_in(app: &App) {
    let account = json!({ "email": " Ada@Example.com ", "password": PASSWORD, "name": "Ada L." });
    let anonymous = app.anonymous();
    let answer = anonymous.post(REGISTER, &account).await.is(201);
    let body = answer.json();
    let members: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(
        members,
        [
            "access_token",
            "expires_in",
            "refresh_token",
            "token_type",
            "user"
        ]
    );
    assert_eq!(
        (&body["token_type"], &body["expires_in"]),
        (&json!("Bearer"), &json!(900))
    );
    let user = &body["user"];
    let members: Vec<&String> = user.as_object().unwrap().keys().collect();
    assert_eq!(
        members,
        [
            "created_at",
            "email",
            "email_verified",
            "id",
            "issuer",
            "name",
            "updated_at"
        ]
    );
    assert_eq!(
        (&user["email"], &user["name"], &user["issuer"]),
        (&json!("Ada@Example.com"), &json!("Ada L."), &json!("local"))
    );
    assert!(user["id"].as_str().unwrap().parse::<Uuid>().is_ok());

    let ada = User::signed_in(&anonymous, &answer);
    let me = ada.get("/api/users/me").await.is(200).json();
    assert_eq!(&me, user);
    ada.create_titled("Task").await;
}

#[apply(both_stores)]
async fn an_email_is_taken_once_whatever_its_case(app: &App) {
    app.user("straße").await;
    for email in [
        "straße@example.com",
        "STRASSE@EXAMPLE.COM",
        "\u{2003}Straße@Example.Com ",
    ] {
        let account = json!({ "email": email, "password": PASSWORD });
        app.anonymous()
            .post(REGISTER, &account)
            .await
            .problem(409, "email_taken");
    }
}

#[apply(both_stores)]
async fn simultaneous_registrations_of_an_email_make_one_account(app: &App) {
    let account = json!({ "email": "ada@example.com", "password": PASSWORD });
    let attempts: Vec<_> = (0..6)
        .map(|_| tokio::spawn(app.anonymous().post(REGISTER, &account).into_future()))
        .collect();
    let mut made = 0;
    for attempt in attempts {
        let answer = attempt.await.unwrap();
        match answer.status() {
            201 => made += 1,
            _ => drop(answer.problem(409, "email_taken")),
        }
    }
    assert_eq!(made, 1);
}

#[apply(both_stores)]
async fn everything_wrong_with_a_registration_is_told_at_once(app: &App) {
    let problem = refused(app, json!({})).await;
    assert_eq!(problem.pointers(), ["/email", "/password"]);
    let problem = refused(
        app,
        json!({ "email": "ada", "password": "short", "name": "", "admin": true }),
    )
    .await;
    assert_eq!(
        problem.pointers(),
        ["/admin", "/email", "/name", "/password"]
    );
    let problem = refused(
        app,
        json!({ "email": null, "password": 12_345_678, "name": 5 }),
    )
    .await;
    assert_eq!(problem.pointers(), ["/email", "/name", "/password"]);
    let problem = refused(app, json!({ "email": "a\0@b", "password": PASSWORD })).await;
    assert_eq!(problem.code_at("/email"), "control_character");
}

#[apply(both_stores)]
async fn what_is_no_email_address_is_refused(app: &App) {
    for email in [
        "",
        "ada",
        "@",
        "ada@",
        "@example.com",
        "a@b@c",
        "a b@c.d",
        "a@b\u{a0}c",
        "a@b\nc",
    ] {
        let problem = refused(app, json!({ "email": email, "password": PASSWORD })).await;
        assert_eq!(problem.pointers(), ["/email"], "{email:?}");
    }
    let longest = format!("{}@b", "é".repeat(252));
    let long = json!({ "email": format!("é{longest}"), "password": PASSWORD });
    assert_eq!(refused(app, long).await.code_at("/email"), "too_long");
    let account = json!({ "email": longest, "password": PASSWORD });
    app.anonymous().post(REGISTER, &account).await.is(201);
}

#[apply(both_stores)]
async fn weak_passwords_are_refused_with_the_reason(app: &App) {
    let email = "ada.lovelace@example.com";
    assert_eq!(password_refusal(app, email, "").await, "too_short");
    assert_eq!(password_refusal(app, email, "1234567").await, "too_short");
    assert_eq!(
        password_refusal(app, email, &"🦀".repeat(129)).await,
        "too_long"
    );
    for common in [
        "password",
        "12345678",
        "PassWord1",
        "qwertyuiop",
        "iloveyou",
    ] {
        assert_eq!(
            password_refusal(app, email, common).await,
            "common_password",
            "{common}"
        );
    }
    for own in [email, "ADA.Lovelace@example.com"] {
        assert_eq!(password_refusal(app, email, own).await, "equals_email");
    }
    for (number, good) in ["🦀🦀🦀🦀🦀🦀🦀🦀", &"ä".repeat(128), " leading"]
        .into_iter()
        .enumerate()
    {
        let account = json!({ "email": format!("{number}@example.com"), "password": good });
        app.anonymous().post(REGISTER, &account).await.is(201);
    }
}

#[apply(both_stores)]
async fn a_password_is_the_same_however_its_accents_are_typed(app: &App) {
    let account = json!({ "email": "ada@example.com", "password": "pe\u{301}che\u{301} mignon" });
    app.anonymous().post(REGISTER, &account).await.is(201);
    let composed = json!({ "email": "ada@example.com", "password": "péché mignon" });
    app.anonymous().post(LOGIN, &composed).await.is(200);
    let without = json!({ "email": "ada@example.com", "password": "peche mignon" });
    app.anonymous()
        .post(LOGIN, &without)
        .await
        .problem(401, "invalid_credentials");
}

#[apply(both_stores)]
async fn signing_in_gives_what_registering_gave(app: &App) {
    let ada = app.user("ada").await;
    let task = ada.create_titled("Task").await;
    for email in ["ada@example.com", " ADA@example.COM"] {
        let credentials = json!({ "email": email, "password": PASSWORD });
        let answer = app.anonymous().post(LOGIN, &credentials).await.is(200);
        let again = User::signed_in(&app.anonymous(), &answer);
        assert_eq!(again.id(), ada.id());
        assert_eq!(
            answer.json()["user"],
            ada.get("/api/users/me").await.is(200).json()
        );
        assert_eq!(again.tasks().await, std::slice::from_ref(&task));
        assert_ne!(again.refresh_token(), ada.refresh_token());
    }
}

#[apply(both_stores)]
async fn a_wrong_password_and_an_unknown_email_are_answered_alike(app: &App) {
    app.user("ada").await;
    let mut answers = Vec::new();
    let too_long = "x".repeat(129);
    for (email, password) in [
        ("ada@example.com", "not the password"),
        ("nobody@example.com", PASSWORD),
        ("ada@example.com", ""),
        ("ada@example.com", too_long.as_str()),
        ("nobody@example.com", too_long.as_str()),
    ] {
        let credentials = json!({ "email": email, "password": password });
        let answer = app.anonymous().post(LOGIN, &credentials).await;
        let problem = answer.problem(401, "invalid_credentials");
        let challenge = answer.header("www-authenticate").map(str::to_owned);
        answers.push((problem.regardless_of_request(), challenge));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!(answers[0].1.as_deref(), Some("Bearer"));
}

#[apply(both_stores)]
async fn a_login_of_the_wrong_shape_is_told_so(app: &App) {
    for (body, pointers) in [
        (json!({}), vec!["/email", "/password"]),
        (
            json!({ "email": 5, "password": null }),
            vec!["/email", "/password"],
        ),
        (
            json!({ "email": "a@b", "password": PASSWORD, "remember": true }),
            vec!["/remember"],
        ),
    ] {
        let problem = app
            .anonymous()
            .post(LOGIN, &body)
            .await
            .problem(422, "validation_failed");
        assert_eq!(problem.pointers(), pointers, "{body}");
    }
}

#[apply(both_stores)]
async fn nobody_registers_where_registration_is_closed(store: &Store) {
    let open = store.program().serve().await;
    let ada = open.user("ada").await;
    open.stop().await;
    let closed = store
        .program()
        .set("auth.registration", "closed")
        .serve()
        .await;
    let account = json!({ "email": "bob@example.com", "password": PASSWORD });
    let answer = closed.anonymous().post(REGISTER, &account).await;
    answer.problem(403, "registration_disabled");
    ada.at(closed.url()).login().await;
}

#[apply(both_stores)]
async fn without_a_token_one_is_asked_for(app: &App) {
    let answer = app.anonymous().get("/api/users/me").await;
    answer.problem(401, "unauthenticated");
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    let ada = app.user("ada").await;
    for authorization in ["Basic YWRhOnB3", "Token abc", "Bearer", "Bearer ", "abc"] {
        let call = app
            .anonymous()
            .get("/api/users/me")
            .header("authorization", authorization);
        let answer = call.await.is(401);
        let challenge = answer.header("www-authenticate").unwrap();
        assert!(challenge.starts_with("Bearer"), "{challenge}");
    }
    let in_query = format!("/api/users/me?access_token={}", ada.access_token());
    app.anonymous().get(&in_query).await.is(401);
}

#[apply(both_stores)]
async fn the_scheme_is_read_in_any_case(app: &App) {
    let ada = app.user("ada").await;
    for scheme in ["Bearer", "bearer", "BEARER", "bEaReR"] {
        let authorization = format!("{scheme} {}", ada.access_token());
        app.anonymous()
            .get("/api/users/me")
            .header("authorization", &authorization)
            .await
            .is(200);
    }
}

#[apply(both_stores)]
async fn a_token_is_verified_from_the_header_or_the_body(app: &App) {
    let ada = app.user("ada").await;
    let me = ada.get("/api/users/me").await.is(200).json();
    let in_body = json!({ "token": ada.access_token() });
    for answer in [
        ada.call(reqwest::Method::POST, "/api/auth/verify").await,
        app.anonymous().post("/api/auth/verify", &in_body).await,
    ] {
        let verified = answer.is(200).json();
        assert_eq!((&verified["valid"], &verified["user"]), (&json!(true), &me));
        assert_eq!(
            (&verified["issuer"], &verified["subject"]),
            (&json!("tasklane"), &me["id"])
        );
        let (from, until) = (
            verified["issued_at"].as_str(),
            verified["expires_at"].as_str(),
        );
        assert!(
            from < until && from.is_some_and(|from| from.ends_with('Z')),
            "{verified}"
        );
    }
    let bad = json!({ "token": "no.token.this" });
    app.anonymous()
        .post("/api/auth/verify", &bad)
        .await
        .problem(401, "invalid_token");
    let none = app
        .anonymous()
        .call(reqwest::Method::POST, "/api/auth/verify")
        .await;
    none.problem(401, "unauthenticated");
    let unknown = app
        .anonymous()
        .post("/api/auth/verify", &json!({ "jwt": "x" }))
        .await;
    assert_eq!(
        unknown.problem(422, "validation_failed").pointers(),
        ["/jwt"]
    );
}

#[apply(both_stores)]
async fn only_the_name_of_a_profile_can_be_changed(app: &App) {
    let ada = app.user("ada").await;
    let before = ada.get("/api/users/me").await.is(200).json();
    let renamed = ada
        .patch("/api/users/me", &json!({ "name": " Ada " }))
        .await
        .is(200)
        .json();
    assert_eq!(
        (&renamed["name"], &renamed["id"]),
        (&json!("Ada"), &before["id"])
    );
    assert!(renamed["updated_at"].as_str() > before["updated_at"].as_str());
    assert_eq!(ada.get("/api/users/me").await.is(200).json(), renamed);
    let same = ada.patch("/api/users/me", &json!({})).await.is(200).json();
    assert_eq!(same, renamed);

    let all = json!({ "email": "x@y", "id": 1, "issuer": "x", "created_at": "x", "name": "\0" });
    let problem = ada
        .patch("/api/users/me", &all)
        .await
        .problem(422, "validation_failed");
    assert_eq!(
        problem.pointers(),
        ["/created_at", "/email", "/id", "/issuer", "/name"]
    );
    let cleared = ada
        .patch("/api/users/me", &json!({ "name": null }))
        .await
        .is(200)
        .json();
    assert_eq!(cleared["name"], Value::Null);
}

#[apply(both_stores)]
async fn an_erased_user_is_gone_at_once_and_their_email_free(app: &App) {
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let phone = ada.login().await;
    ada.create_titled("Task").await;
    let kept = bob.create_titled("Bob's").await;
    for body in [
        json!({}),
        json!({ "password": "not the password" }),
        json!({ "password": "" }),
    ] {
        let call = ada.delete("/api/users/me").json(&body);
        assert_eq!(
            call.await.problem(422, "validation_failed").pointers(),
            ["/password"]
        );
    }
    assert_eq!(ada.tasks().await.len(), 1);

    ada.delete("/api/users/me")
        .json(&json!({ "password": PASSWORD }))
        .await
        .is(204);
    for gone in [&ada, &phone] {
        gone.get("/api/tasks").await.problem(401, "invalid_token");
        let body = json!({ "title": "After" });
        gone.post("/api/tasks", &body)
            .await
            .problem(401, "invalid_token");
        let refresh = json!({ "refresh_token": gone.refresh_token() });
        let answer = app.anonymous().post("/api/auth/refresh", &refresh).await;
        answer.problem(401, "invalid_refresh_token");
    }
    let credentials = json!({ "email": ada.email(), "password": PASSWORD });
    app.anonymous()
        .post(LOGIN, &credentials)
        .await
        .problem(401, "invalid_credentials");
    let returned = app.user("ada").await;
    assert_ne!(returned.id(), ada.id());
    assert_eq!(
        (returned.tasks().await, bob.tasks().await),
        (vec![], vec![kept])
    );
}

#[apply(both_stores)]
async fn an_export_has_everything_about_the_user(app: &App) {
    let ada = app.user("ada").await;
    let live = ada.create(json!({ "title": "Live", "tags": ["a"] })).await;
    let trashed = ada.create_titled("Trashed").await;
    ada.delete(&trashed.path()).await.is(204);
    let export = ada.get("/api/users/me/export").await.is(200);
    for known in [
        ada.id(),
        ada.email(),
        live.id(),
        "Live",
        trashed.id(),
        "Trashed",
    ] {
        assert!(
            export.text().contains(known),
            "{known} is missing: {}",
            export.text()
        );
    }
    for secret in ["argon2", PASSWORD, ada.refresh_token(), ada.access_token()] {
        assert!(!export.text().contains(secret), "{secret}");
    }
}

#[apply(both_stores)]
async fn the_key_set_is_empty_where_a_shared_secret_signs(app: &App) {
    let answer = app.anonymous().get("/.well-known/jwks.json").await.is(200);
    assert_eq!(answer.json(), json!({ "keys": [] }));
    assert!(
        answer
            .header("cache-control")
            .is_some_and(|value| value.contains("max-age"))
    );
}
