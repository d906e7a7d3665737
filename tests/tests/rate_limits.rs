//! Rate limits: who is counted, by what, and what a client is told.

use std::time::Duration;

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;
use tasklane_tests::answer::Answer;
use tasklane_tests::both_stores;
use tasklane_tests::client::{Call, Client};
use tasklane_tests::program::Program;
use tasklane_tests::server::Server;
use tasklane_tests::store::Store;
use tasklane_tests::tokens::Forgery;
use tasklane_tests::user::PASSWORD;

const TASKS: &str = "/api/tasks";
const LOGIN: &str = "/api/auth/login";
const PASSWORD_PATH: &str = "/api/auth/password";
const VERIFY: &str = "/api/auth/verify";

/// The program with a quota for each policy, in windows so long that nothing comes back meanwhile.
fn limited(store: &Store, api: u32, auth: u32) -> Program {
    store
        .program()
        .set("rate_limit.api.quota", &api.to_string())
        .set("rate_limit.api.window", "1h")
        .set("rate_limit.auth.quota", &auth.to_string())
        .set("rate_limit.auth.window", "1h")
}

/// The same behind proxies on this machine.
async fn behind_a_proxy(store: &Store, api: u32, auth: u32) -> Server {
    let program = limited(store, api, auth).set("server.trusted_proxies", "127.0.0.0/8,::1/128");
    program.serve().await
}

/// What is left, by the header that tells it: `"api";r=5;t=600`.
#[track_caller]
fn remaining(answer: &Answer, policy: &str) -> u32 {
    let field = answer.header("ratelimit").expect("the limit is told");
    let parameters = field
        .strip_prefix(&format!("\"{policy}\";r="))
        .unwrap_or_else(|| panic!("{field} is not about {policy}"));
    let (remaining, reset) = parameters.split_once(";t=").expect("a time is told");
    assert!(reset.parse::<u32>().is_ok_and(|reset| reset > 0), "{field}");
    remaining.parse().expect("a whole number is left")
}

#[track_caller]
fn assert_refused(answer: &Answer, policy: &str) {
    answer.problem(429, "rate_limited");
    assert_eq!(remaining(answer, policy), 0);
    let wait = answer.header("retry-after").expect("a wait is told");
    let field = answer.header("ratelimit").unwrap_or_default();
    assert!(wait.parse::<u32>().is_ok_and(|wait| wait > 0), "{wait}");
    assert!(field.ends_with(&format!(";t={wait}")), "{field} {wait}");
}

#[track_caller]
fn assert_unlimited(answer: &Answer) {
    for header in ["ratelimit", "ratelimit-policy"] {
        assert_eq!(answer.header(header), None, "{}", answer.path());
    }
}

fn login(client: &Client, email: &str, password: &str) -> Call {
    let credentials = json!({ "email": email, "password": password });
    client.post(LOGIN, &credentials)
}

fn from(call: Call, address: &str) -> Call {
    call.header("x-forwarded-for", address)
}

#[apply(both_stores)]
async fn the_request_over_the_quota_is_refused(store: &Store) {
    let server = limited(store, 5, 100).serve().await;
    let ada = server.user("ada").await;
    for left in [4, 3, 2] {
        let answer = ada.get(TASKS).await.is(200);
        assert_eq!(remaining(&answer, "api"), left);
        assert_eq!(
            answer.header("ratelimit-policy"),
            Some("\"api\";q=5;w=3600")
        );
    }
    // An error is counted and told as well.
    let answer = ada.get(&format!("{TASKS}/nothing")).await.is(400);
    assert_eq!(remaining(&answer, "api"), 1);
    let answer = ada.post(TASKS, &json!({})).await.is(422);
    assert_eq!(remaining(&answer, "api"), 0);
    for _ in 0..3 {
        let answer = ada.post(TASKS, &json!({ "title": "Task" })).await;
        assert_refused(&answer, "api");
        assert_eq!(
            answer.header("ratelimit-policy"),
            Some("\"api\";q=5;w=3600")
        );
    }
    let again = server.anonymous().get("/health").await.is(200);
    assert_unlimited(&again);
}

#[apply(both_stores)]
async fn a_refused_request_changes_nothing(store: &Store) {
    let server = limited(store, 3, 100).serve().await;
    let ada = server.user("ada").await;
    let task = ada.create_titled("Task").await;
    ada.get(TASKS).await.is(200);
    ada.get(TASKS).await.is(200);
    assert_refused(&ada.delete(&task.path()).await, "api");
    assert_refused(
        &ada.patch(&task.path(), &json!({ "title": "x" })).await,
        "api",
    );
    server.stop().await;
    let server = store.program().serve().await;
    assert_eq!(ada.at(server.url()).tasks().await, [task]);
}

#[apply(both_stores)]
async fn a_user_who_waits_as_told_is_let_through(store: &Store) {
    let program = limited(store, 2, 100).set("rate_limit.api.window", "3s");
    let server = program.serve().await;
    let ada = server.user("ada").await;
    let refused = loop {
        let answer = ada.get(TASKS).await;
        if answer.status() != 200 {
            break answer;
        }
    };
    assert_refused(&refused, "api");
    let wait = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=2).contains(&wait), "{wait}");
    tokio::time::sleep(Duration::from_secs(wait)).await;
    ada.get(TASKS).await.is(200);
}

#[apply(both_stores)]
async fn users_do_not_share_a_quota(store: &Store) {
    let server = limited(store, 3, 100).serve().await;
    let (ada, bob) = (server.user("ada").await, server.user("bob").await);
    for _ in 0..3 {
        ada.get(TASKS).await.is(200);
    }
    assert_refused(&ada.get(TASKS).await, "api");
    // Another session of hers is hers.
    assert_refused(&ada.login().await.get(TASKS).await, "api");
    assert_eq!(remaining(&bob.get(TASKS).await.is(200), "api"), 2);
}

#[apply(both_stores)]
async fn who_is_not_let_in_is_counted_by_address(store: &Store) {
    let server = behind_a_proxy(store, 4, 100).await;
    let ada = server.user("ada").await;
    let forged = Forgery::of(ada.access_token())
        .with_secret(b"another secret")
        .sign();
    let (anonymous, forger) = (server.anonymous(), server.anonymous().with_token(&forged));
    let attacker = "198.51.100.1";

    let answer = from(anonymous.get(TASKS), attacker).await;
    answer.problem(401, "unauthenticated");
    assert_eq!(remaining(&answer, "api"), 3);
    let answer = from(forger.get(TASKS), attacker).await;
    answer.problem(401, "invalid_token");
    assert_eq!(remaining(&answer, "api"), 2);
    let answer = from(forger.post(VERIFY, &json!({})), attacker).await;
    answer.problem(401, "invalid_token");
    assert_eq!(remaining(&answer, "api"), 1);
    let answer = from(anonymous.post(VERIFY, &json!({ "tokens": 1 })), attacker).await;
    answer.problem(422, "validation_failed");
    assert_eq!(remaining(&answer, "api"), 0);

    assert_refused(&from(anonymous.get(TASKS), attacker).await, "api");
    assert_refused(&from(forger.delete(TASKS), attacker).await, "api");
    assert_refused(
        &from(forger.call(Method::POST, VERIFY), attacker).await,
        "api",
    );
    // Those who are let in are counted by who they are, wherever they are.
    let answer = from(ada.get(TASKS), attacker).await.is(200);
    assert_eq!(remaining(&answer, "api"), 3);
    let answer = from(ada.call(Method::POST, VERIFY), attacker).await.is(200);
    assert_eq!(remaining(&answer, "api"), 2);
    let elsewhere = from(anonymous.get(TASKS), "198.51.100.2").await;
    elsewhere.problem(401, "unauthenticated");
}

#[apply(both_stores)]
async fn signing_in_is_limited_by_address(store: &Store) {
    let server = behind_a_proxy(store, 100, 3).await;
    let anonymous = server.anonymous();
    let here = "2001:db8:0:1::1";
    let account = json!({ "email": "ada@example.com", "password": PASSWORD });
    let registered = from(anonymous.post("/api/auth/register", &account), here)
        .await
        .is(201);
    assert_eq!(remaining(&registered, "auth"), 2);
    assert_eq!(
        registered.header("ratelimit-policy"),
        Some("\"auth\";q=3;w=3600")
    );
    let token = json!({ "refresh_token": "nonsense" });
    let refreshed = from(anonymous.post("/api/auth/refresh", &token), here).await;
    refreshed.problem(401, "invalid_refresh_token");
    assert_eq!(remaining(&refreshed, "refresh"), 999_999);
    let wrong = from(login(&anonymous, "bob@example.com", "wrong"), here).await;
    wrong.problem(401, "invalid_credentials");
    assert_eq!(remaining(&wrong, "auth"), 1);
    let malformed = from(anonymous.post(LOGIN, &json!({})), here).await;
    malformed.problem(422, "validation_failed");
    assert_eq!(remaining(&malformed, "auth"), 0);

    let next_door = "[2001:db8:0:1:ffff::2]:443";
    for call in [
        login(&anonymous, "bob@example.com", PASSWORD),
        anonymous.post("/api/auth/register", &account),
        anonymous.put(PASSWORD_PATH, &json!({})),
    ] {
        assert_refused(&from(call, next_door).await, "auth");
    }
    let elsewhere = login(&anonymous, "bob@example.com", PASSWORD);
    from(elsewhere, "2001:db8:0:2::1")
        .await
        .problem(401, "invalid_credentials");
}

#[apply(both_stores)]
async fn strangers_guess_slowly_and_keep_no_owner_out(store: &Store) {
    let server = behind_a_proxy(store, 100, 100).await;
    let anonymous = server.anonymous();
    let account = json!({ "email": "ada@example.com", "password": PASSWORD });
    let registration = anonymous.post("/api/auth/register", &account);
    from(registration, "192.0.2.200").await.is(201);
    for email in ["ada@example.com", "nobody@example.com"] {
        let mut checked = 0;
        for number in 0..40 {
            let guess = login(&anonymous, &email.to_uppercase(), "not her password");
            let answer = from(guess, &format!("192.0.2.{number}")).await;
            if answer.status() == 401 {
                checked += 1;
                continue;
            }
            let problem = answer.problem(429, "rate_limited");
            assert_eq!(problem.policy(), Some("auth"));
            let wait = answer.header("retry-after").expect("a wait is told");
            assert!(wait.parse::<u32>().is_ok_and(|wait| wait > 0), "{wait}");
        }
        // One more comes back every three seconds.
        assert!((20..30).contains(&checked), "{checked} of {email}");
    }
    let right = || login(&anonymous, "ada@example.com", PASSWORD);
    for _ in 0..3 {
        from(right(), "192.0.2.200").await.is(200);
    }
}

#[apply(both_stores)]
async fn an_erasure_is_confirmed_within_the_limit_of_the_address(store: &Store) {
    let server = behind_a_proxy(store, 100, 2).await;
    let ada = server.user("ada").await;
    let erase = || {
        let call = ada.delete("/api/users/me");
        from(call.json(&json!({ "password": "a guess" })), "192.0.2.1")
    };
    for left in [1, 0] {
        let answer = erase().await;
        answer.problem(422, "validation_failed");
        assert_eq!(remaining(&answer, "auth"), left);
    }
    assert_refused(&erase().await, "auth");
}

#[apply(both_stores)]
async fn a_password_is_changed_within_the_limit_of_the_address(store: &Store) {
    let server = behind_a_proxy(store, 100, 2).await;
    let ada = server.user("ada").await;
    let wrong = json!({ "current_password": "wrong", "new_password": "a quite new password" });
    for left in [1, 0] {
        let answer = from(ada.put(PASSWORD_PATH, &wrong), "192.0.2.1").await;
        answer.problem(422, "validation_failed");
        assert_eq!(remaining(&answer, "auth"), left);
    }
    assert_refused(
        &from(ada.put(PASSWORD_PATH, &wrong), "192.0.2.1").await,
        "auth",
    );
    from(ada.get(TASKS), "192.0.2.1").await.is(200);
}

#[apply(both_stores)]
async fn what_an_untrusted_peer_says_of_itself_is_not_believed(store: &Store) {
    let server = limited(store, 100, 2).serve().await;
    let anonymous = server.anonymous();
    for number in 0..2 {
        let guess = login(&anonymous, &format!("a{number}@example.com"), PASSWORD);
        let answer = from(guess, &format!("192.0.2.{number}")).await;
        answer.problem(401, "invalid_credentials");
    }
    let guess = login(&anonymous, "b@example.com", PASSWORD);
    assert_refused(&from(guess, "192.0.2.9").await, "auth");
}

#[apply(both_stores)]
async fn what_a_client_puts_before_the_proxys_entry_is_not_believed(store: &Store) {
    let server = behind_a_proxy(store, 100, 2).await;
    let anonymous = server.anonymous();
    for number in 0..2 {
        let guess = login(&anonymous, &format!("a{number}@example.com"), PASSWORD);
        let answer = from(guess, &format!("192.0.2.{number}, 198.51.100.1, 127.0.0.9")).await;
        answer.problem(401, "invalid_credentials");
    }
    let guess = login(&anonymous, "b@example.com", PASSWORD);
    let guess = from(guess, "192.0.2.9").header("x-forwarded-for", "198.51.100.1");
    assert_refused(&guess.await, "auth");
}

#[apply(both_stores)]
async fn preflights_and_what_belongs_to_nobody_are_not_limited(store: &Store) {
    let server = limited(store, 1, 1).serve().await;
    let anonymous = server.anonymous();
    for _ in 0..3 {
        for path in [TASKS, LOGIN] {
            let preflight = anonymous
                .call(Method::OPTIONS, path)
                .header("origin", "http://localhost:3000")
                .header("access-control-request-method", "POST")
                .header(
                    "access-control-request-headers",
                    "authorization,content-type",
                );
            assert_unlimited(&preflight.await.is(200));
        }
        for path in [
            "/health",
            "/health/live",
            "/health/ready",
            "/openapi.json",
            "/docs/",
            "/problems/rate_limited",
            "/.well-known/jwks.json",
        ] {
            assert_unlimited(&anonymous.get(path).await.is(200));
        }
        assert_unlimited(&anonymous.get("/api/nothing").await.is(404));
    }
}

#[apply(both_stores)]
async fn limits_can_be_switched_off_but_for_wrong_passwords(store: &Store) {
    let program = limited(store, 1, 1).set("rate_limit.enabled", "false");
    let program = program.set("rate_limit.work.quota", "1ms");
    let server = program.serve().await;
    let ada = server.user("ada").await;
    for _ in 0..3 {
        assert_unlimited(&ada.get(TASKS).await.is(200));
        assert_unlimited(&ada.get("/api/tasks?q=nothing").await.is(200));
        assert_unlimited(&server.anonymous().get(TASKS).await.is(401));
    }
    let mut guesses = 0;
    let refused = loop {
        let answer = login(&ada, ada.email(), "wrong").await;
        if answer.status() != 401 {
            break answer;
        }
        assert_unlimited(&answer);
        guesses += 1;
        assert!(guesses < 100, "nobody stops them");
    };
    assert!(guesses >= 20, "{guesses}");
    assert_eq!(refused.problem(429, "rate_limited").policy(), Some("auth"));
}

#[apply(both_stores)]
async fn refusals_and_token_checks_are_counted(store: &Store) {
    let server = limited(store, 2, 2).serve().await;
    let ada = server.user("ada").await;
    let anonymous = server.anonymous();
    let expired = Forgery::of(ada.access_token())
        .with("exp", json!(1_000_000_000))
        .sign();
    for _ in 0..4 {
        ada.get(TASKS).await;
        anonymous.with_token(&expired).get(TASKS).await;
        login(&anonymous, "bob@example.com", "wrong").await;
    }
    let page = reqwest::get(format!("{}/metrics", server.management_url()));
    let metrics = page.await.unwrap().text().await.unwrap();
    for line in [
        "tasklane_rate_limited_total{policy=\"api\"} 4",
        "tasklane_rate_limited_total{policy=\"auth\"} 3",
        "tasklane_token_verifications_total{result=\"accepted\"} 4",
        "tasklane_token_verifications_total{result=\"expired\"} 4",
        "tasklane_token_verifications_total{result=\"invalid\"} 0",
        "tasklane_token_verifications_total{result=\"revoked\"} 0",
        "tasklane_token_verifications_total{result=\"unavailable\"} 0",
    ] {
        assert!(
            metrics.lines().any(|known| known == line),
            "{line}:\n{metrics}"
        );
    }
}

#[apply(both_stores)]
async fn a_proxy_that_is_not_trusted_is_warned_of_once(store: &Store) {
    let server = limited(store, 1000, 1000).serve().await;
    let login = json!({ "email": "ada@example.com", "password": PASSWORD });
    for number in 1..4 {
        let call = server.anonymous().post(LOGIN, &login);
        let forwarded = format!("203.0.113.{number}");
        call.header("x-forwarded-for", &forwarded).await.is(401);
    }
    let log = server.log_with("server.trusted_proxies").await;
    assert_eq!(log.matches("server.trusted_proxies").count(), 1, "{log}");
    server.stop().await;

    let server = behind_a_proxy(store, 1000, 1000).await;
    let call = server.anonymous().post(LOGIN, &login);
    call.header("x-forwarded-for", "203.0.113.1").await.is(401);
    server.anonymous().get("/health/live").await.is(200);
    assert!(
        !server.log().contains("server.trusted_proxies"),
        "{}",
        server.log()
    );
}
