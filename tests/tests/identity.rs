//! Identity as a whole: what signing in costs and gives away, whom trusted issuers let in, and what
//! ends a token.

use std::time::{Duration, Instant};

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};
use tasklane_tests::app::App;
use tasklane_tests::both_stores;
use tasklane_tests::client::Client;
use tasklane_tests::issuer::{ALIAS, Issuer};
use tasklane_tests::store::{Kind, Store};
use tasklane_tests::user::PASSWORD;
use tokio::task::JoinHandle;

const LOGIN: &str = "/api/auth/login";
const ME: &str = "/api/users/me";
const TASKS: &str = "/api/tasks";

/// How long a revocation may take to reach another process.
const REVOCATION_LIMIT: Duration = Duration::from_secs(5);

fn wrong_login(email: &str) -> Value {
    json!({ "email": email, "password": "not the password" })
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

#[apply(both_stores)]
async fn a_login_does_not_tell_whether_the_email_is_known(app: &App) {
    const ROUNDS: usize = 15;
    let ada = app.user("ada").await;
    let attempt = async |email: &str| {
        let started = Instant::now();
        let answer = app.anonymous().post(LOGIN, &wrong_login(email)).await;
        let problem = answer.problem(401, "invalid_credentials");
        (started.elapsed(), problem.regardless_of_request())
    };
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let (known_time, known_answer) = attempt(ada.email()).await;
        let email = format!("nobody{round}@example.com");
        let (unknown_time, unknown_answer) = attempt(&email).await;
        assert_eq!(known_answer, unknown_answer);
        known.push(known_time);
        unknown.push(unknown_time);
    }
    let (known, unknown) = (median(known), median(unknown));
    // Hashing takes tens of milliseconds and everything else a few: leaving it out would show.
    assert!(
        known < unknown * 2 && unknown < known * 2,
        "known {known:?}, unknown {unknown:?}"
    );
}

#[apply(both_stores)]
async fn a_crowd_of_wrong_logins_leaves_the_server_responsive(app: &App) {
    const CROWD: usize = 50;
    const PATIENCE: Duration = Duration::from_secs(3);
    let ada = app.user("ada").await;
    ada.get(TASKS).await.is(200);
    let logins: Vec<_> = (0..CROWD)
        .map(|number| {
            let email = format!("nobody{number}@example.com");
            let emails = [ada.email(), email.as_str()];
            // Few enough for Ada's address not to be refused in the end.
            let login = wrong_login(emails[usize::from(number % 4 != 0)]);
            tokio::spawn(app.anonymous().post(LOGIN, &login).into_future())
        })
        .collect();
    let mut looks = Vec::new();
    while !logins.iter().all(JoinHandle::is_finished) {
        let started = Instant::now();
        app.anonymous().get("/health/live").await.is(200);
        ada.get(TASKS).await.is(200);
        let waited = started.elapsed();
        assert!(waited < PATIENCE, "{waited:?}");
        looks.push(waited);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let look = median(looks);
    assert!(look < PATIENCE / 3, "a look took {look:?}");
    for login in logins {
        let answer = login.await.expect("a login is answered");
        match answer.status() {
            503 | 429 => assert!(answer.header("retry-after").is_some()),
            _ => drop(answer.problem(401, "invalid_credentials")),
        }
    }
    ada.login().await;
}

#[apply(both_stores)]
async fn an_issuers_user_comes_into_being_with_the_first_write(store: &Store) {
    let issuer = Issuer::start().await;
    let server = store.program().configured(&issuer.settings()).serve().await;
    for (subject, is_task) in [("user_2ab", true), ("auth0|x", false)] {
        let user = server.anonymous().with_token(&issuer.token(subject));
        let page = user.get(TASKS).await.is(200);
        assert_eq!(
            (page.json()["items"].clone(), page.etag()),
            (json!([]), "W/\"0\"".into())
        );
        let before = user.get(ME).await.is(200).json();
        assert_eq!(
            (&before["issuer"], &before["name"]),
            (&json!(ALIAS), &json!(subject))
        );
        assert_eq!(before["email"], json!(format!("{subject}@acme.example")));
        assert_eq!(
            (&before["created_at"], &before["updated_at"]),
            (&Value::Null, &Value::Null)
        );
        let export = user.get("/api/users/me/export").await.is(200).json();
        assert_eq!(export["tasks"], json!([]));
        let missing = user
            .get("/api/tasks/0193a5c8-0000-7000-8000-00000000abcd")
            .await;
        missing.problem(404, "not_found");
        assert_eq!(
            user.get(ME).await.is(200).json(),
            before,
            "reading wrote something"
        );

        let write = if is_task {
            user.post(TASKS, &json!({ "title": "First" }))
        } else {
            user.patch(ME, &json!({ "name": "X" }))
        };
        assert!((200..300).contains(&write.await.status()));
        let after = user.get(ME).await.is(200).json();
        assert!(
            after["created_at"].is_string() && after["updated_at"].is_string(),
            "{after}"
        );
        assert_eq!(
            (&after["id"], &after["email"]),
            (&before["id"], &before["email"])
        );
    }
}

#[apply(both_stores)]
async fn two_processes_that_share_nothing_know_an_issuers_user_alike(store: &Store) {
    let issuer = Issuer::start().await;
    let other_store = Store::create(store.kind()).await;
    let here = store.program().configured(&issuer.settings()).serve().await;
    let there = other_store
        .program()
        .configured(&issuer.settings())
        .serve()
        .await;
    let token = issuer.token("cF7hJ1lP6sD0gA2q3vN8rT2mK5wX9zB4");
    let (one, other) = (
        here.anonymous().with_token(&token),
        there.anonymous().with_token(&token),
    );
    let id = |me: Value| me["id"].clone();
    assert_eq!(
        id(one.get(ME).await.is(200).json()),
        id(other.get(ME).await.is(200).json())
    );
    one.post(TASKS, &json!({ "title": "Here" })).await.is(201);
    let page = other.get(TASKS).await.is(200).json();
    assert_eq!(page["items"], json!([]));
}

#[tokio::test]
async fn two_processes_on_one_database_serve_an_issuers_user_together() {
    let store = Store::create(Kind::Postgres).await;
    let issuer = Issuer::start().await;
    let program = store.program().configured(&issuer.settings());
    let (first, second) = (program.serve().await, program.serve().await);
    let token = issuer.token("user_2ab");
    let (one, other) = (
        first.anonymous().with_token(&token),
        second.anonymous().with_token(&token),
    );
    let task = one
        .post(TASKS, &json!({ "title": "Shared" }))
        .await
        .is(201)
        .task();
    assert_eq!(other.get(&task.path()).await.is(200).task(), task);
    assert_eq!(
        issuer.keys().requests(),
        2,
        "each process fetches the keys, once"
    );
}

#[apply(both_stores)]
async fn a_dead_issuer_costs_its_time_out_once(store: &Store) {
    let issuer = Issuer::dead().await;
    let server = store.program().configured(&issuer.settings()).serve().await;
    let ada = server.user("ada").await;
    let stranded = server.anonymous().with_token(&issuer.token("user_2ab"));
    let attempt = async |client: &Client| {
        let started = Instant::now();
        let answer = client.get(ME).await;
        answer.problem(503, "unavailable");
        assert!(answer.header("retry-after").is_some());
        started.elapsed()
    };
    let crowd: Vec<_> = (0..5)
        .map(|_| tokio::spawn(stranded.get(ME).into_future()))
        .collect();
    let first = attempt(&stranded).await;
    assert!(
        (Duration::from_secs(4)..Duration::from_secs(10)).contains(&first),
        "{first:?}"
    );
    for one in crowd {
        one.await
            .expect("it is answered")
            .problem(503, "unavailable");
    }
    assert_eq!(issuer.keys().requests(), 1, "all wait for the same answer");
    for _ in 0..5 {
        let again = attempt(&stranded).await;
        assert!(again < Duration::from_secs(1), "{again:?}");
        ada.get(TASKS).await.is(200);
    }
    assert_eq!(issuer.keys().requests(), 1, "the dead are left alone");
    server.anonymous().get("/health/ready").await.is(200);
}

/// Asks until the token is refused; fails when that takes longer than the contract allows.
async fn wait_until_refused(client: &Client, revoked: Instant) {
    loop {
        let asked = revoked.elapsed();
        let answer = client.get(ME).await;
        if answer.status() != 200 {
            answer.problem(401, "invalid_token");
            return;
        }
        assert!(asked < REVOCATION_LIMIT, "still accepted after {asked:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn what_ends_a_token_reaches_other_processes_within_five_seconds() {
    let store = Store::create(Kind::Postgres).await;
    let issuer = Issuer::start().await;
    let program = store.program().configured(&issuer.settings());
    let (here, there) = (program.serve().await, program.serve().await);
    let ada = here.user("ada").await;
    let phone = ada.login().await;
    let acme = here.anonymous().with_token(&issuer.token("user_2ab"));
    acme.post(TASKS, &json!({ "title": "Task" })).await.is(201);
    // The other process has just asked the store, and remembers the answer.
    for user in [&*ada, &*phone, &acme] {
        user.towards(there.url()).get(ME).await.is(200);
    }

    phone.call(Method::POST, "/api/auth/logout").await.is(204);
    let signed_out = Instant::now();
    acme.delete(ME).await.is(204);
    let erased = Instant::now();
    phone.get(ME).await.problem(401, "invalid_token");
    acme.get(ME).await.problem(401, "invalid_token");
    wait_until_refused(&phone.towards(there.url()), signed_out).await;
    wait_until_refused(&acme.towards(there.url()), erased).await;
    ada.towards(there.url()).get(ME).await.is(200);
}

#[apply(both_stores)]
async fn an_erased_issuers_user_comes_back_empty_with_a_newer_token(store: &Store) {
    let issuer = Issuer::start().await;
    let server = store.program().configured(&issuer.settings()).serve().await;
    let user = |token: &str| server.anonymous().with_token(token);
    let before = user(&issuer.token("user_2ab"));
    for title in ["One", "Two"] {
        before.post(TASKS, &json!({ "title": title })).await.is(201);
    }
    let id = before.get(ME).await.is(200).json()["id"].clone();
    before.delete(ME).await.is(204);
    for call in [
        before.get(TASKS),
        before.get(ME),
        before.post(TASKS, &json!({ "title": "After" })),
        before.delete(ME),
    ] {
        call.await.problem(401, "invalid_token");
    }
    let undated = {
        let mut claims = issuer.claims("user_2ab", 0);
        claims
            .as_object_mut()
            .expect("claims are an object")
            .remove("iat");
        user(&issuer.sign(&claims))
    };
    undated.get(ME).await.problem(401, "invalid_token");

    // The issuer's clock may be ahead by the leeway of 5 s, so that only a later token is surely newer.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let newer = user(&issuer.sign(&issuer.claims("user_2ab", 4)));
    let me = newer.get(ME).await.is(200).json();
    assert_eq!(me["id"], id);
    assert_eq!(newer.get(TASKS).await.is(200).json()["items"], json!([]));
    let task = newer
        .post(TASKS, &json!({ "title": "Anew" }))
        .await
        .is(201)
        .task();
    assert!(task.revision() > 2, "the count goes on: {task}");
    before.get(ME).await.problem(401, "invalid_token");
}

#[apply(both_stores)]
async fn an_erased_accounts_tokens_are_refused(app: &App) {
    let ada = app.user("ada").await;
    let phone = ada.login().await;
    let erasure = json!({ "password": PASSWORD });
    ada.delete(ME).json(&erasure).await.is(204);
    for token in [&ada, &phone] {
        token.get(ME).await.problem(401, "invalid_token");
        let verify = json!({ "token": token.access_token() });
        let answer = app.anonymous().post("/api/auth/verify", &verify).await;
        answer.problem(401, "invalid_token");
    }
}
