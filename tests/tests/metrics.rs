//! What is counted, and whether it adds up with what clients saw.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use futures::future::join_all;
use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;
use tasklane_tests::answer::Answer;
use tasklane_tests::both_stores;
use tasklane_tests::client::{Call, Client};
use tasklane_tests::scrape::Scrape;
use tasklane_tests::server::Server;
use tasklane_tests::store::Store;
use tasklane_tests::user::PASSWORD;
use uuid::Uuid;

const POOL_SIZE: &str = "4";
const CLIENTS: usize = 8;
const ROUNDS: usize = 4;
/// A client's work takes a while, so that the server is looked at meanwhile.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

const REQUESTS: &str = "http_server_request_duration_seconds";
const CONNECTIONS: &str = "db_client_connection_count";
const PENDING: &str = "db_client_connection_pending_requests";
const WAITS: &str = "db_client_connection_wait_time_seconds_count";
const VERIFICATIONS: &str = "tasklane_token_verifications_total";

/// The requests of a client, by method, route and status, as the client counts them.
#[derive(Default)]
struct Tally(Mutex<BTreeMap<(String, String, u16), u64>>);

impl Tally {
    async fn count(&self, method: &str, route: &str, call: Call) -> Answer {
        let answer = call.await;
        let request = (method.to_owned(), route.to_owned(), answer.status());
        *self.0.lock().unwrap().entry(request).or_default() += 1;
        answer
    }

    fn of_status(&self, status: u16) -> u64 {
        let counts = self.0.lock().unwrap();
        let fitting = counts.iter().filter(|((_, _, known), _)| *known == status);
        fitting.map(|(_, count)| count).sum()
    }

    fn all(&self) -> u64 {
        self.0.lock().unwrap().values().sum()
    }
}

/// Signs up and sends some of everything, answered well and badly.
async fn work(anonymous: &Client, name: usize, tally: &Tally) {
    let account = json!({ "email": format!("user-{name}@example.com"), "password": PASSWORD });
    let registration = anonymous.post("/api/auth/register", &account);
    let answer = tally
        .count("POST", "/api/auth/register", registration)
        .await;
    let user = anonymous.with_token(answer.json()["access_token"].as_str().unwrap());
    for round in 0..ROUNDS {
        let title = json!({ "title": round.to_string() });
        let task = tally
            .count("POST", "/api/tasks", user.post("/api/tasks", &title))
            .await
            .task();
        let (path, stale) = (task.path(), format!("\"{}\"", task.revision() + 7));
        let missing = format!("/api/tasks/{}", Uuid::from_u128(7));
        let of_task = "/api/tasks/{id}";
        for (method, route, call) in [
            ("POST", "/api/tasks", user.post("/api/tasks", &json!({}))),
            ("GET", "/api/tasks", user.get("/api/tasks")),
            ("GET", "/api/tasks", user.get("/api/tasks?limit=0")),
            ("GET", of_task, user.get(&path)),
            ("GET", of_task, user.get(&path).if_none_match(&task.etag())),
            ("GET", of_task, user.get(&missing)),
            ("GET", of_task, anonymous.get(&path)),
            ("GET", of_task, anonymous.with_token("none").get(&path)),
            ("HEAD", of_task, user.call(Method::HEAD, &path)),
            (
                "PATCH",
                of_task,
                user.patch(&path, &json!({ "completed": true })),
            ),
            ("PATCH", of_task, user.patch(&path, &title).if_match(&stale)),
            ("PATCH", "/api/tasks/{id}/toggle", user.toggle(&path)),
            ("DELETE", of_task, user.delete(&path)),
            ("POST", "/api/tasks/{id}/restore", user.restore(&path)),
            ("GET", "/api/changes", user.get("/api/changes")),
            ("GET", "unmatched", user.get("/nowhere")),
            (
                "_OTHER",
                "/api/tasks",
                user.call(Method::TRACE, "/api/tasks"),
            ),
        ] {
            tally.count(method, route, call).await;
        }
    }
}

/// What must be true whenever somebody looks.
fn check(scrape: &Scrape, before: &Scrape) {
    let earlier = before.requests();
    let requests = scrape.requests();
    for (request, count) in &earlier {
        assert!(requests[request] >= *count, "{request:?} was {count}");
    }
    let buckets = format!("{REQUESTS}_bucket");
    let (mut series, mut sofar) = (BTreeMap::new(), 0);
    for bucket in scrape.samples(&buckets) {
        let mut labels = bucket.labels.clone();
        let bound = labels.remove("le").unwrap();
        if labels != series {
            (series, sofar) = (labels, 0);
        }
        assert!(bucket.count() >= sofar, "{bucket:?} after {sofar}");
        sofar = bucket.count();
        if bound == "+Inf" {
            let of = |label: &str| series[label].clone();
            let (method, route) = (of("http_request_method"), of("http_route"));
            let status = of("http_response_status_code").parse().unwrap();
            assert_eq!(requests[&(method, route, status)], sofar, "{bucket:?}");
        }
    }
    let most: u64 = POOL_SIZE.parse().unwrap();
    assert!(scrape.count(CONNECTIONS, &[]) <= most);
    let clients = u64::try_from(CLIENTS).unwrap();
    assert!(scrape.count(PENDING, &[]) <= clients);
    assert!(scrape.count("http_server_active_requests", &[]) <= clients);
    assert!(scrape.count("tasklane_write_queue_length", &[]) <= clients);
}

async fn look_while(server: &Server, work: impl Future<Output = ()>) -> Scrape {
    let mut work = std::pin::pin!(work);
    let mut newest = server.scrape().await;
    let mut looks = 0;
    while tokio::time::timeout(LOOK_AGAIN, &mut work).await.is_err() {
        let next = server.scrape().await;
        check(&next, &newest);
        newest = next;
        looks += 1;
    }
    assert!(looks > 1, "nobody looked during the work");
    let last = server.scrape().await;
    check(&last, &newest);
    last
}

#[apply(both_stores)]
async fn counts_add_up_with_those_of_clients_while_they_work(store: &Store) {
    let server = store
        .program()
        .set("database.pool_size", POOL_SIZE)
        .serve()
        .await;
    let tally = Tally::default();
    let client = server.anonymous();
    let clients = (0..CLIENTS).map(|name| work(&client, name, &tally));
    let last = look_while(&server, async { drop(join_all(clients).await) }).await;

    assert_eq!(last.requests(), *tally.0.lock().unwrap());
    let verified = |result| last.count(VERIFICATIONS, &[("result", result)]);
    let rounds = u64::try_from(CLIENTS * ROUNDS).unwrap();
    assert_eq!(verified("invalid"), rounds);
    assert_eq!(
        tally.of_status(401),
        2 * rounds,
        "one with a token, one without"
    );
    let open = tally.of_status(405) + u64::try_from(CLIENTS).unwrap() + rounds;
    assert_eq!(
        verified("accepted"),
        tally.all() - tally.of_status(401) - open
    );
    for (metric, labels) in [
        ("http_server_active_requests", [].as_slice()),
        (PENDING, &[]),
        ("tasklane_write_queue_length", &[]),
        ("tasklane_rate_limited_total", &[]),
        ("tasklane_shed_requests_total", &[]),
        (VERIFICATIONS, &[("result", "expired")]),
    ] {
        assert_eq!(last.count(metric, labels), 0, "{metric}");
    }
    assert!(last.count(WAITS, &[]) > 0);
    assert!(last.count(CONNECTIONS, &[]) > 0);
    let (writes, commits) = (
        last.count("tasklane_write_batch_size_sum", &[]),
        last.count("tasklane_write_batch_size_count", &[]),
    );
    // Every round writes its task five times.
    assert!(writes >= 5 * rounds, "{writes} of {rounds} rounds");
    assert!((1..=writes).contains(&commits), "{writes} in {commits}");
}

#[apply(both_stores)]
async fn every_metric_that_is_promised_is_there(store: &Store) {
    let server = store.program().serve().await;
    server.user("ada").await.create_titled("Counted").await;
    let scrape = server.scrape().await;
    let of_request = [
        "http_request_method",
        "http_response_status_code",
        "http_route",
    ];
    for (metric, kind, labels) in [
        (REQUESTS, "histogram", of_request.as_slice()),
        ("http_server_active_requests", "gauge", &[]),
        (CONNECTIONS, "gauge", &["state"]),
        (PENDING, "gauge", &[]),
        ("db_client_connection_wait_time_seconds", "histogram", &[]),
        ("tasklane_write_queue_length", "gauge", &[]),
        ("tasklane_write_batch_size", "histogram", &[]),
        (VERIFICATIONS, "counter", &["result"]),
        ("tasklane_rate_limited_total", "counter", &["policy"]),
        ("tasklane_shed_requests_total", "counter", &[]),
        ("tasklane_event_streams", "gauge", &[]),
        ("tasklane_build_info", "gauge", &["version"]),
    ] {
        assert_eq!(scrape.kind(metric), Some(kind), "{metric}: {scrape:?}");
        let sample = match kind {
            "histogram" => format!("{metric}_count"),
            _ => metric.to_owned(),
        };
        let known = scrape.labels(&sample).map(Vec::from_iter);
        assert_eq!(known.as_deref(), Some(labels), "{metric}");
    }
    for (label, values) in [
        ("state", ["idle", "used"]),
        ("policy", ["api", "auth"]),
        ("result", ["accepted", "invalid"]),
    ] {
        for value in values {
            let names = [CONNECTIONS, VERIFICATIONS, "tasklane_rate_limited_total"];
            let found = names.map(|name| scrape.find(name, &[(label, value)]));
            assert!(found.iter().any(Option::is_some), "{label} {value}");
        }
    }
}
