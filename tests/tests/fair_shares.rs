//! One caller cannot use up what all share.

use std::time::{Duration, Instant};

use macro_rules_attribute::apply;
use serde_json::json;
use tasklane_tests::both_stores;
use tasklane_tests::event_stream::{EVENTS, EventStream};
use tasklane_tests::server::Server;
use tasklane_tests::socket::{Socket, status_of};
use tasklane_tests::store::Store;
use tasklane_tests::user::{PASSWORD, User};

#[apply(both_stores)]
async fn a_user_may_open_only_their_share_of_event_streams(store: &Store) {
    let program = store.program().set("server.user_streams", "2");
    let server = program.serve().await;
    let (ada, bob) = (server.user("ada").await, server.user("bob").await);
    let first = EventStream::follow(&server, &ada).await;
    let _second = EventStream::follow(&server, &ada).await;
    // Another session of hers is hers.
    let refused = ada.login().await.get(EVENTS).await;
    let problem = refused.problem(429, "rate_limited");
    assert_eq!(problem.policy(), Some("streams"));
    assert_eq!(refused.header("retry-after"), Some("1"));
    let _others = EventStream::follow(&server, &bob).await;
    let metrics = server.scrape().await;
    let counted = metrics.find("tasklane_rate_limited_total", &[("policy", "streams")]);
    assert_eq!(counted, Some(1.0));

    drop(first);
    // Without anything to read: the closed connection is enough.
    let started = Instant::now();
    loop {
        // One that is let in is told that it is ahead of what has happened.
        let open = ada.get(EVENTS).header("last-event-id", "999999").await;
        if open.status() == 410 {
            break;
        }
        open.problem(429, "rate_limited");
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "it stays taken"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[apply(both_stores)]
async fn refreshing_has_a_quota_of_its_own(store: &Store) {
    let program = store.program().set("rate_limit.refresh.quota", "2");
    let program = program.set("rate_limit.refresh.window", "1h");
    let server = program.serve().await;
    let ada = server.user("ada").await;
    let token = json!({ "refresh_token": "nonsense" });
    let refresh = || server.anonymous().post("/api/auth/refresh", &token);
    for left in [1, 0] {
        let answer = refresh().await;
        answer.problem(401, "invalid_refresh_token");
        let limit = answer.header("ratelimit").expect("the limit is told");
        assert!(
            limit.starts_with(&format!("\"refresh\";r={left};")),
            "{limit}"
        );
    }
    let refused = refresh().await;
    let problem = refused.problem(429, "rate_limited");
    assert_eq!(problem.policy(), Some("refresh"));
    // Who may not refresh may still sign in.
    ada.login().await.get("/api/tasks").await.is(200);
}

/// A request of the user whose body never comes to its end.
async fn begin_body(
    server: &Server,
    user: &User,
    path: &str,
    length: usize,
    body: &[u8],
) -> Socket {
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n",
        user.access_token()
    );
    let mut socket = Socket::connect(server).await;
    assert!(socket.send(head.as_bytes()).await);
    assert!(socket.send(body).await);
    socket
}

#[apply(both_stores)]
async fn requests_of_a_user_wait_for_each_other_and_not_for_those_of_others(store: &Store) {
    let program = store.program().set("server.user_concurrency", "1");
    let server = program.serve().await;
    let (ada, bob) = (server.user("ada").await, server.user("bob").await);
    // One is in progress, and four wait.
    let mut unfinished = Vec::new();
    let refused = loop {
        let socket = begin_body(&server, &ada, "/api/tasks", 100, b"{").await;
        if socket.hears_within(Duration::from_secs(2)).await {
            break socket.read_to_end().await;
        }
        unfinished.push(socket);
    };
    assert_eq!(unfinished.len(), 5);
    assert_eq!(status_of(&refused), Some(429), "{refused}");
    assert!(refused.contains("retry-after: 1"), "{refused}");
    assert!(refused.contains("\"policy\":\"concurrency\""), "{refused}");
    bob.create_titled("Goes on").await;

    // Those who hang up give their turns to those who wait.
    drop(unfinished);
    let started = Instant::now();
    while ada.get("/api/tasks").await.status() != 200 {
        assert!(
            started.elapsed() < Duration::from_secs(10),
            "they stay taken"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[apply(both_stores)]
async fn bodies_of_one_user_fill_only_their_share_of_the_memory(store: &Store) {
    // One user may have a mebibyte of it.
    let program = store.program().set("server.body_memory", "8388608");
    let server = program.serve().await;
    let (ada, bob) = (server.user("ada").await, server.user("bob").await);
    let part = vec![b' '; 400_000];
    let mut unfinished = Vec::new();
    for _ in 0..2 {
        unfinished.push(begin_body(&server, &ada, "/api/batch", 1_000_000, &part).await);
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let one_more = begin_body(&server, &ada, "/api/batch", 1_000_000, &part).await;
    let answer = one_more.read_to_end().await;
    assert_eq!(status_of(&answer), Some(429), "{answer}");
    assert!(answer.contains("\"policy\":\"memory\""), "{answer}");
    bob.create_titled("Goes on").await;
}

#[apply(both_stores)]
async fn bodies_before_signing_in_are_at_most_16_kibibytes(store: &Store) {
    let server = store.program().serve().await;
    let anonymous = server.anonymous();
    let long = "x".repeat(16 * 1024);
    for (path, body) in [
        (
            "/api/auth/register",
            json!({ "email": long, "password": "x" }),
        ),
        ("/api/auth/login", json!({ "email": long, "password": "x" })),
        ("/api/auth/refresh", json!({ "refresh_token": long })),
        ("/api/auth/verify", json!({ "token": long })),
    ] {
        let answer = anonymous.post(path, &body).await;
        answer.problem(413, "payload_too_large");
    }
}

#[apply(both_stores)]
async fn a_head_of_more_than_16_kibibytes_is_refused(store: &Store) {
    let server = store.program().serve().await;
    let ada = server.user("ada").await;
    ada.get("/api/tasks")
        .header("x-long", &"x".repeat(15_000))
        .await
        .is(200);
    let long_header = ada
        .get("/api/tasks")
        .header("x-long", &"x".repeat(17_000))
        .await;
    long_header.problem(431, "headers_too_large");
    let path = format!("/api/tasks?q={}", "x".repeat(17_000));
    ada.get(&path).await.problem(431, "headers_too_large");
}

#[apply(both_stores)]
async fn a_list_is_filtered_by_at_most_20_tags_and_10_words(store: &Store) {
    let server = store.program().serve().await;
    let ada = server.user("ada").await;
    let tags = |names: &[String]| format!("/api/tasks?tag={}", names.join("&tag="));
    let names: Vec<_> = (0..21).map(|number| format!("tag{number}")).collect();
    let refused = ada.get(&tags(&names)).await;
    refused.problem(400, "invalid_parameter");
    ada.get(&tags(&names[..20])).await.is(200);
    // The same tag counts once, in whatever case it is.
    let same = vec!["Home,home,HOME".split(','); 10].into_iter().flatten();
    let same: Vec<_> = same.map(str::to_owned).collect();
    ada.get(&tags(&same)).await.is(200);

    let words = |count: usize| format!("/api/tasks?q={}", vec!["word"; count].join("+"));
    let different = |count| {
        (0..count)
            .map(|number| format!("w{number}"))
            .collect::<Vec<_>>()
    };
    let search = |count| format!("/api/tasks?q={}", different(count).join("+"));
    ada.get(&search(11)).await.problem(400, "invalid_parameter");
    ada.get(&search(10)).await.is(200);
    ada.get(&words(10)).await.is(200);
}

#[apply(both_stores)]
async fn the_documentation_can_be_switched_off(store: &Store) {
    let server = store.program().set("api.docs", "false").serve().await;
    let anonymous = server.anonymous();
    for path in ["/docs", "/docs/"] {
        anonymous.get(path).await.problem(404, "not_found");
    }
    anonymous.get("/openapi.json").await.is(200);
}

#[apply(both_stores)]
async fn a_user_whose_requests_took_too_much_work_is_told_to_wait(store: &Store) {
    let program = store.program().set("rate_limit.work.quota", "100ms");
    let server = program.set("rate_limit.work.window", "1h").serve().await;
    let (ada, bob) = (server.user("ada").await, server.user("bob").await);
    bob.create_titled("Goes on").await;
    let started = Instant::now();
    let refused = loop {
        let answer = ada.get("/api/tasks?q=nothing&sort=title").await;
        if answer.status() != 200 {
            break answer;
        }
        assert!(
            started.elapsed() < Duration::from_mins(1),
            "work is not counted"
        );
    };
    let problem = refused.problem(429, "rate_limited");
    assert_eq!(problem.policy(), Some("work"));
    let wait = refused.header("retry-after").expect("a wait is told");
    assert!(wait.parse::<u64>().is_ok_and(|wait| wait > 0), "{wait}");
    let metrics = server.scrape().await;
    let counted = metrics.find("tasklane_rate_limited_total", &[("policy", "work")]);
    assert_eq!(counted, Some(1.0));
    // Another session of hers is hers, whatever she asks for; others notice nothing.
    let cheap = ada.login().await.get("/api/users/me").await;
    assert_eq!(cheap.problem(429, "rate_limited").policy(), Some("work"));
    bob.get("/api/tasks?q=goes").await.is(200);
}

#[apply(both_stores)]
async fn a_request_that_takes_too_long_is_a_warning_and_no_error(store: &Store) {
    let server = store.program().serve().await;
    let ada = server.user("ada").await;
    server.stop().await;
    let program = store.program().set("server.request_timeout", "1ms");
    let server = program.serve().await;
    let login = json!({ "email": ada.email(), "password": PASSWORD });
    let late = server.anonymous().post("/api/auth/login", &login).await;
    late.problem(503, "unavailable");
    let log = server
        .log_with("the request took longer than allowed")
        .await;
    assert!(log.contains(r#""level":"WARN""#), "{log}");
    assert!(!log.contains(r#""level":"ERROR""#), "{log}");
}
