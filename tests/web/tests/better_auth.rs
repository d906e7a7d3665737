//! A user of Better Auth: their tokens are good for Tasklane, whatever key signed them, and their
//! session is not.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use macro_rules_attribute::apply;
use serde_json::{Value, json};
use tasklane_tests::both_stores;
use tasklane_tests::client::Client;
use tasklane_tests::server::Server;
use tasklane_tests::store::Store;

use crate::service::BetterAuth;

/// How long after a fetch of its keys Tasklane asks an issuer no more, and some time to notice.
const COOL_DOWN: Duration = Duration::from_secs(30);
const SLACK: Duration = Duration::from_secs(15);

async fn serve(store: &Store, service: &BetterAuth) -> Server {
    let program = store.program().configured(&service.tasklane_settings());
    program.serve().await
}

fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).expect("three parts");
    let bytes = URL_SAFE_NO_PAD.decode(part).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}

async fn titles(client: &Client) -> Vec<String> {
    let page = client.get("/api/tasks").await.is(200).json();
    let items = page["items"].as_array().expect("a page has items");
    let title = |task: &Value| task["title"].as_str().expect("a title").to_owned();
    items.iter().map(title).collect()
}

/// Waits until a token is accepted, which was signed with a key that Tasklane has not met.
async fn wait_until_accepted(client: &Client, since: Instant) {
    loop {
        let answer = client.get("/api/users/me").await;
        if answer.status() == 200 {
            return;
        }
        answer.problem(401, "invalid_token");
        let waited = since.elapsed();
        assert!(waited < COOL_DOWN + SLACK, "the new key is not picked up");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

#[apply(both_stores)]
async fn a_user_works_with_signed_tokens_and_outlives_a_key(store: &Store) {
    let mut service = BetterAuth::start().await;
    let server = serve(store, &service).await;
    let ada = service.sign_up("Ada", "ada@example.com").await;
    let token = service.token(&ada).await;
    let (header, claims) = (part(&token, 0), part(&token, 1));
    assert_eq!((&header["alg"], header.get("typ")), (&json!("EdDSA"), None));
    assert_eq!(
        (&claims["iss"], &claims["aud"]),
        (&json!(service.url()), &json!(service.url()))
    );
    assert_eq!(claims["sub"], json!(ada.id));
    assert_eq!(ada.id.chars().count(), 32);

    let client = server.anonymous().with_token(&token);
    assert!(titles(&client).await.is_empty());
    let keys_fetched = Instant::now();
    let me = client.get("/api/users/me").await.is(200).json();
    assert_eq!(me["issuer"], "better-auth");
    assert_eq!(
        (&me["email"], &me["name"]),
        (&json!("ada@example.com"), &json!("Ada"))
    );
    assert_eq!(me["created_at"], Value::Null);
    let created = client.post("/api/tasks", &json!({ "title": "Buy milk" }));
    assert_eq!(created.await.is(201).task()["owner_id"], me["id"]);
    assert_eq!(titles(&client).await, ["Buy milk"]);
    let me = client.get("/api/users/me").await.is(200).json();
    assert!(me["created_at"].is_string(), "{me}");

    let bob = service.sign_up("Bob", "bob@example.com").await;
    let bobs = server.anonymous().with_token(&service.token(&bob).await);
    assert!(titles(&bobs).await.is_empty());

    service.rotate_its_key().await;
    let newer = service.token(&ada).await;
    assert_ne!(part(&newer, 0)["kid"], header["kid"]);
    let after = client.with_token(&newer);
    wait_until_accepted(&after, keys_fetched).await;
    assert_eq!(after.get("/api/users/me").await.is(200).json(), me);
    assert_eq!(titles(&after).await, ["Buy milk"]);
    // The service still publishes the key before, so its tokens still count.
    assert_eq!(titles(&client).await, ["Buy milk"]);
}

#[apply(both_stores)]
async fn a_session_token_is_refused_with_a_word_about_what_was_expected(store: &Store) {
    let service = BetterAuth::start().await;
    let server = serve(store, &service).await;
    let ada = service.sign_up("Ada", "ada@example.com").await;
    let (_, cookie) = ada.cookie.split_once('=').expect("a cookie has a value");
    for opaque in [&ada.session_token, cookie] {
        let answer = server
            .anonymous()
            .with_token(opaque)
            .get("/api/tasks")
            .await;
        let problem = answer.problem(401, "invalid_token");
        assert!(
            problem.detail().contains("JSON Web Token"),
            "{}",
            problem.detail()
        );
        assert!(!answer.text().contains(opaque), "{}", answer.text());
    }
}
