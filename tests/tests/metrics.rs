//! What is counted, and whether it adds up with what clients saw.

use std::time::Duration;

use futures::future::join_all;
use macro_rules_attribute::apply;
use tasklane_tests::both_stores;
use tasklane_tests::server::Server;
use tasklane_tests::store::{Kind, Store};
use tasklane_tests::user::User;

const POOL_SIZE: f64 = 4.0;
const CLIENTS: usize = 8;
const TASKS: usize = 20;

const CREATED: &str = "http_server_request_duration_seconds_count{http_request_method=\"POST\",\
    http_route=\"/api/tasks\",http_response_status_code=\"201\"}";
const LISTED: &str = "http_server_request_duration_seconds_count{http_request_method=\"GET\",\
    http_route=\"/api/tasks\",http_response_status_code=\"200\"}";
const ACCEPTED: &str = "tasklane_token_verifications_total{result=\"accepted\"}";
const IDLE: &str = "db_client_connection_count{state=\"idle\"}";
const USED: &str = "db_client_connection_count{state=\"used\"}";
const PENDING: &str = "db_client_connection_pending_requests";
const WAITS: &str = "db_client_connection_wait_time_seconds_count";
const QUEUED: &str = "tasklane_write_queue_length";

struct Page(String);

impl Page {
    async fn of(server: &Server) -> Self {
        let page = reqwest::get(format!("{}/metrics", server.management_url())).await;
        Self(page.unwrap().text().await.unwrap())
    }

    fn find(&self, sample: &str) -> Option<f64> {
        let mut lines = self.0.lines().filter_map(|line| line.rsplit_once(' '));
        let (_, value) = lines.find(|(name, _)| *name == sample)?;
        Some(value.parse().unwrap())
    }

    #[track_caller]
    fn value(&self, sample: &str) -> f64 {
        let value = self.find(sample);
        value.unwrap_or_else(|| panic!("{sample} is missing:\n{}", self.0))
    }

    fn declares(&self, metric: &str, kind: &str) -> bool {
        let line = format!("# TYPE {metric} {kind}");
        self.0.lines().any(|known| known == line)
    }
}

async fn work(user: User) {
    for number in 0..TASKS {
        user.create_titled(&number.to_string()).await;
        user.get("/api/tasks").await.is(200);
    }
}

#[apply(both_stores)]
async fn counts_add_up_with_those_of_clients_while_they_work(store: &Store) {
    let program = store.program().set("database.pool_size", "4");
    let server = program.serve().await;
    let users = join_all((0..CLIENTS).map(|number| {
        let name = format!("user-{number}");
        let server = &server;
        async move { server.user(&name).await }
    }))
    .await;
    let before = Page::of(&server).await;
    assert_eq!(before.find(CREATED), None);
    let verified = before.value(ACCEPTED);

    let mut working = tokio::spawn(join_all(users.into_iter().map(work)));
    let (mut created, mut pages) = (0.0, 0);
    loop {
        let finished = tokio::time::timeout(Duration::from_millis(5), &mut working).await;
        let page = Page::of(&server).await;
        pages += 1;
        let newer = page.find(CREATED).unwrap_or(0.0);
        assert!(newer >= created, "{newer} after {created}");
        created = newer;
        let connections = page.value(IDLE) + page.value(USED);
        assert!((1.0..=POOL_SIZE).contains(&connections), "{connections}");
        assert!(page.value(PENDING) >= 0.0);
        if let Ok(outcome) = finished {
            outcome.unwrap();
            break;
        }
    }
    assert!(pages > 1, "nothing was fetched during the work");

    let after = Page::of(&server).await;
    let expected = f64::from(u32::try_from(CLIENTS * TASKS).unwrap());
    for (counted, known) in [
        (after.value(CREATED), expected),
        (after.value(LISTED), expected),
        (after.value(ACCEPTED) - verified, 2.0 * expected),
        (after.value("http_server_active_requests"), 0.0),
        (after.value(PENDING), 0.0),
    ] {
        assert!((counted - known).abs() < 0.5, "{counted}, not {known}");
    }
    assert!(after.value(WAITS) > before.value(WAITS));
    if store.kind() == Kind::Sqlite {
        assert!(after.value(QUEUED).abs() < 0.5);
        let sum = "tasklane_write_batch_size_sum";
        assert!(after.value(sum) - before.value(sum) >= expected);
        let count = after.value("tasklane_write_batch_size_count");
        assert!(count > 0.0 && count <= after.value(sum), "{count}");
    }
}

#[apply(both_stores)]
async fn every_metric_that_is_promised_is_there(store: &Store) {
    let server = store.program().serve().await;
    let ada = server.user("ada").await;
    ada.create_titled("Counted").await;
    let page = Page::of(&server).await;
    for (metric, kind) in [
        ("http_server_request_duration_seconds", "histogram"),
        ("http_server_active_requests", "gauge"),
        ("db_client_connection_count", "gauge"),
        ("db_client_connection_pending_requests", "gauge"),
        ("db_client_connection_wait_time_seconds", "histogram"),
        ("tasklane_token_verifications_total", "counter"),
        ("tasklane_rate_limited_total", "counter"),
        ("tasklane_event_streams", "gauge"),
        ("tasklane_build_info", "gauge"),
    ] {
        assert!(page.declares(metric, kind), "{metric}:\n{}", page.0);
    }
    let has_writer = store.kind() == Kind::Sqlite;
    for (metric, kind) in [
        (QUEUED, "gauge"),
        ("tasklane_write_batch_size", "histogram"),
    ] {
        assert_eq!(page.declares(metric, kind), has_writer, "{}", page.0);
    }
}
