//! The event stream: every change, once, for as long as the reader may know.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use macro_rules_attribute::apply;
use serde_json::{Value, json};
use tasklane_tests::app::{App, run};
use tasklane_tests::both_stores;
use tasklane_tests::event_stream::{Block, Change, EVENTS, EventStream, open_streams};
use tasklane_tests::proxy::Proxy;
use tasklane_tests::socket::Socket;
use tasklane_tests::store::{Kind, Store};
use tasklane_tests::user::User;

fn ids(changes: &[Change]) -> Vec<i64> {
    changes.iter().map(|change| change.id).collect()
}

#[apply(both_stores)]
async fn a_change_is_told_as_it_happens(app: &App) {
    let ada = app.user("ada").await;
    ada.create_titled("Before anybody followed").await;
    let mut events = EventStream::follow(app, &ada).await;
    assert_eq!(events.header("content-type"), Some("text/event-stream"));
    assert_eq!(
        events.header("cache-control"),
        Some("no-store, no-transform")
    );
    assert_eq!(events.header("x-accel-buffering"), Some("no"));
    assert_eq!(events.next().await, Some(Block::Retry(2000)));

    let text = "Ünïcode\nand \"two\" lines";
    let created = ada
        .create(json!({ "title": "Buy milk", "description": text }))
        .await;
    let change = events.change().await.unwrap();
    let entry = json!({
        "kind": "task", "id": created.id(), "revision": 2, "deleted": false,
        "item": created.clone().into_document(),
    });
    assert_eq!((change.id, change.entry), (2, entry));
    let toggled = ada.toggle(&created.path()).await.is(200).task();
    assert_eq!(
        *events.change().await.unwrap().item(),
        toggled.into_document()
    );
    ada.delete(&created.path()).await.is(204);
    let trashed = events.change().await.unwrap();
    assert_eq!(
        (trashed.id, &trashed.item()["title"]),
        (4, &json!("Buy milk"))
    );
    assert!(trashed.item()["deleted_at"].is_string());
    assert_eq!(trashed.entry["deleted"], true);
    ada.restore(&created.path()).await.is(200);
    assert!(events.change().await.unwrap().item()["deleted_at"].is_null());
    ada.delete(&format!("{}?permanent=true", created.path()))
        .await
        .is(204);
    let erased = events.change().await.unwrap();
    let tombstone = json!({
        "kind": "task", "id": created.id(), "revision": 6, "deleted": true, "item": null,
    });
    assert_eq!((erased.id, erased.entry), (6, tombstone));
}

#[apply(both_stores)]
async fn batches_and_an_emptied_trash_are_told_too(app: &App) {
    let ada = app.user("ada").await;
    let mut events = EventStream::follow(app, &ada).await;
    let create = json!({ "op": "create", "task": { "title": "One of three" } });
    let operations = json!({ "operations": [create, create, create] });
    let results = ada.post("/api/batch", &operations).await.is(200);
    assert_eq!(events.next_ids(3).await, [1, 2, 3]);
    for result in results.json()["results"].as_array().unwrap() {
        let id = result["task"]["id"].as_str().unwrap();
        ada.delete(&format!("/api/tasks/{id}")).await.is(204);
    }
    assert_eq!(events.next_ids(3).await, [4, 5, 6]);
    ada.delete("/api/tasks?deleted=true").await.is(200);
    assert_eq!(events.next_ids(3).await, [7, 8, 9]);
}

#[apply(both_stores)]
async fn a_stream_resumes_where_the_client_says(app: &App) {
    let ada = app.user("ada").await;
    for number in 1..=120 {
        ada.create_titled(&number.to_string()).await;
    }
    let token = ada.access_token();
    let mut all = EventStream::open(app, token, "/api/events?since=0", None).await;
    assert_eq!(all.next_ids(120).await, (1..=120).collect::<Vec<_>>());
    let mut since = EventStream::open(app, token, "/api/events?since=117", None).await;
    assert_eq!(since.next_ids(3).await, [118, 119, 120]);
    let path = "/api/events?since=5";
    let mut both = EventStream::open(app, token, path, Some(118)).await;
    assert_eq!(both.next_ids(2).await, [119, 120]);
    let mut newest = EventStream::resume(app, &ada, 120).await;
    let path = "/api/events?since=5&lastEventId=119";
    let mut query = EventStream::open(app, token, path, None).await;
    assert_eq!(query.next_ids(1).await, [120]);
    let path = "/api/events?lastEventId=5&Last-Event-ID=6";
    let mut header = EventStream::open(app, token, path, Some(120)).await;
    ada.create_titled("The next").await;
    for events in [
        &mut all,
        &mut since,
        &mut both,
        &mut newest,
        &mut query,
        &mut header,
    ] {
        assert_eq!(events.next_ids(1).await, [121]);
    }
}

#[apply(both_stores)]
async fn a_stream_tells_nothing_of_others(app: &App) {
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let mut events = EventStream::open(app, bob.access_token(), "/api/events?since=0", None).await;
    ada.create_titled("Ada's").await;
    let own = bob.create_titled("Bob's").await;
    let change = events.change().await.unwrap();
    assert_eq!(*change.item(), own.into_document());
    let nothing = events.change_within(Duration::from_millis(500)).await;
    assert_eq!(nothing, None);
}

#[apply(both_stores)]
async fn a_resume_point_that_never_was_is_refused_before_the_stream(app: &App) {
    let ada = app.user("ada").await;
    ada.create_titled("Task").await;
    for (query, name) in [
        ("?since=-1", "since"),
        ("?since=x", "since"),
        ("?since=", "since"),
        ("?since=1&since=1", "since"),
        ("?lastEventId=x", "lastEventId"),
        ("?Last-Event-ID=", "Last-Event-ID"),
        ("?limit=1", "limit"),
        ("?kind=label", "kind"),
    ] {
        let answer = ada.get(&format!("{EVENTS}{query}")).await;
        answer.problem(400, "invalid_parameter").names(name);
    }
    for path in ["?since=2", "?lastEventId=2"] {
        let ahead = ada.get(&format!("{EVENTS}{path}")).await;
        ahead.problem(410, "sync_expired");
    }
    for id in ["-1", "x", "", "1.0", "99999999999999999999"] {
        let answer = ada.get(EVENTS).header("last-event-id", id).await;
        answer
            .problem(400, "invalid_parameter")
            .names("Last-Event-ID");
    }
    let twice = ada.get(EVENTS).header("last-event-id", "1");
    let answer = twice.header("last-event-id", "1").await;
    answer
        .problem(400, "invalid_parameter")
        .names("Last-Event-ID");
    app.anonymous()
        .get(EVENTS)
        .await
        .problem(401, "unauthenticated");
    assert_eq!(open_streams(app).await, 0);
}

#[apply(both_stores)]
async fn the_id_of_an_event_belongs_to_the_kinds_that_were_followed(app: &App) {
    let ada = app.user("ada").await;
    for number in 1..=3 {
        ada.create_titled(&number.to_string()).await;
    }
    let of_tasks = format!("{EVENTS}?kind=task");
    let begin = format!("{of_tasks}&since=0");
    let mut events = EventStream::open(app, ada.access_token(), &begin, None).await;
    let id = events.change().await.unwrap().resume;

    let resumed = format!("{of_tasks}&lastEventId={id}");
    let mut resumed = EventStream::open(app, ada.access_token(), &resumed, None).await;
    assert_eq!(resumed.next_ids(2).await, [2, 3]);
    let feed = format!("/api/changes?kind=task&since={id}");
    let feed = ada.get(&feed).await.is(200).json();
    assert_eq!(feed["changes"].as_array().map(Vec::len), Some(2));

    for name in ["since", "lastEventId", "Last-Event-ID"] {
        let other = ada.get(&format!("{EVENTS}?{name}={id}")).await;
        other.problem(400, "invalid_cursor").names(name);
    }
    let other = ada.get(EVENTS).header("last-event-id", &id).await;
    other.problem(400, "invalid_cursor").names("Last-Event-ID");
    // What counts for less is not looked at.
    let overtaken = format!("{EVENTS}?since={id}&lastEventId=2");
    let mut overtaken = EventStream::open(app, ada.access_token(), &overtaken, None).await;
    assert_eq!(overtaken.next_ids(1).await, [3]);
}

#[apply(both_stores)]
async fn a_resume_point_from_before_a_purge_has_expired(store: &Store) {
    let program = store.program().set("trash.retention", "1s");
    let server = program.serve().await;
    let ada = server.user("ada").await;
    let gone = ada.create_titled("Gone").await;
    let kept = ada.create_titled("Kept").await;
    ada.delete(&gone.path()).await.is(204);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    program.run(&["purge"]).await.succeeded();

    let expired = ada.get(EVENTS).header("last-event-id", "2").await;
    expired.problem(410, "sync_expired");
    let expired = ada.get(&format!("{EVENTS}?since=1")).await;
    expired.problem(410, "sync_expired");
    let mut fresh = EventStream::resume(&server, &ada, 0).await;
    assert_eq!(*fresh.change().await.unwrap().item(), kept.into_document());
    let mut horizon = EventStream::resume(&server, &ada, 3).await;
    ada.create_titled("New").await;
    assert_eq!(fresh.next_ids(1).await, [4]);
    assert_eq!(horizon.next_ids(1).await, [4]);
}

#[apply(both_stores)]
async fn a_stream_that_began_with_nothing_resumes_below_what_was_purged(store: &Store) {
    let program = store.program().set("trash.retention", "1s");
    let server = program.serve().await;
    let ada = server.user("ada").await;
    for title in ["One", "Two", "Three"] {
        ada.create_titled(title).await;
    }
    let gone = ada.create_titled("Gone").await;
    ada.delete(&gone.path()).await.is(204);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    program.run(&["purge"]).await.succeeded();

    let first = ada.get("/api/changes?limit=1").await.is(200).json();
    let next = first["next"].as_str().unwrap();
    let path = format!("{EVENTS}?since={next}");
    let mut events = EventStream::open(&server, ada.access_token(), &path, None).await;
    let second = events.change().await.unwrap();
    assert_eq!(second.id, 2);
    let path = format!("{EVENTS}?lastEventId={}", second.resume);
    let mut resumed = EventStream::open(&server, ada.access_token(), &path, None).await;
    assert_eq!(resumed.next_ids(1).await, [3]);
    let expired = ada.get(EVENTS).header("last-event-id", "2").await;
    expired.problem(410, "sync_expired");
}

#[apply(both_stores)]
async fn fifty_random_cuts_lose_nothing_and_repeat_nothing(app: &App) {
    const TASKS: usize = 600;
    let ada = app.user("ada").await;
    let writer = tokio::spawn({
        let ada = ada.clone();
        async move {
            for number in 0..TASKS / 4 {
                let calls = (0..4).map(|part| {
                    let ada = ada.clone();
                    tokio::spawn(
                        async move { ada.create_titled(&format!("{number}-{part}")).await },
                    )
                });
                for call in calls.collect::<Vec<_>>() {
                    call.await.unwrap();
                }
            }
        }
    });
    let random = RandomState::new();
    let mut seen: Vec<Change> = Vec::new();
    let last = |seen: &[Change]| seen.last().map_or(0, |change| change.id);
    for cut in 0..50_u32 {
        let number = random.hash_one(cut);
        let bytes = usize::try_from(number % 12_000).unwrap();
        let pause = Duration::from_millis(number % 97);
        let events = EventStream::resume(app, &ada, last(&seen)).await;
        seen.extend(events.broken_off(bytes, pause).await);
    }
    writer.await.unwrap();
    let mut events = EventStream::resume(app, &ada, last(&seen)).await;
    while seen.len() < TASKS {
        seen.push(events.change().await.unwrap());
    }
    let nothing = events.change_within(Duration::from_millis(300)).await;
    assert_eq!(nothing, None);

    assert!(ids(&seen).is_sorted_by(|one, next| one < next));
    let told: BTreeMap<String, Value> = seen
        .into_iter()
        .map(|change| (change.entry["id"].to_string(), change.item().clone()))
        .collect();
    assert_eq!(told.len(), TASKS, "no change is told twice");
    let stored = ada.tasks().await.into_iter();
    let stored: BTreeMap<String, Value> = stored
        .map(|task| (task["id"].to_string(), task.into_document()))
        .collect();
    assert_eq!(told, stored);
}

#[apply(both_stores)]
async fn a_follower_of_many_writers_ends_with_what_is_stored(app: &App) {
    let ada = app.user("ada").await;
    let mut events = EventStream::follow(app, &ada).await;
    let writers: Vec<_> = (0..8)
        .map(|number| tokio::spawn(write(ada.clone(), number)))
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let revision = ada.revision().await;
    let (mut replica, mut last) = (BTreeMap::new(), 0);
    while last < revision {
        let change = events.change().await.unwrap();
        assert!(change.id > last, "{} after {last}", change.id);
        last = change.id;
        replica.insert(change.entry["id"].to_string(), change.item().clone());
    }
    replica.retain(|_, item| item["deleted_at"].is_null());
    let stored = ada.tasks().await.into_iter();
    let stored: BTreeMap<String, Value> = stored
        .map(|task| (task["id"].to_string(), task.into_document()))
        .collect();
    assert_eq!(replica, stored);
}

async fn write(user: User, number: usize) {
    for round in 0..6 {
        let task = user.create_titled(&format!("{number}-{round}")).await;
        user.toggle(&task.path()).await.is(200);
        if (number + round).is_multiple_of(3) {
            user.delete(&task.path()).await.is(204);
        }
    }
}

#[tokio::test]
async fn a_quiet_stream_has_a_comment_every_15_seconds() {
    let store = Store::create(Kind::Sqlite).await;
    let server = store.program().serve().await;
    let ada = server.user("ada").await;
    let mut events = EventStream::follow(&server, &ada).await;
    assert_eq!(events.next().await, Some(Block::Retry(2000)));
    let started = Instant::now();
    for number in 1..=2 {
        assert_eq!(events.next().await, Some(Block::Comment));
        let late = started.elapsed().abs_diff(Duration::from_secs(15) * number);
        assert!(late < Duration::from_secs(1), "{late:?}");
    }
}

#[tokio::test]
async fn who_asks_for_the_head_gets_no_stream() {
    let store = Store::create(Kind::Sqlite).await;
    let server = store.program().serve().await;
    let ada = server.user("ada").await;
    let head = |method, connection| {
        format!(
            "{method} {EVENTS} HTTP/1.1\r\nhost: localhost\r\nconnection: {connection}\r\n\
             authorization: Bearer {}\r\n\r\n",
            ada.access_token()
        )
    };
    let requests = head("HEAD", "keep-alive") + &head("HEAD", "close");
    let answers = Socket::connect(&server).await;
    let answers = answers.exchange(requests.as_bytes()).await;
    let heads: Vec<&str> = answers.split("\r\n\r\n").collect();
    assert_eq!((heads.len(), heads[2]), (3, ""), "{answers}");
    for head in &heads[..2] {
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert!(head.contains("content-type: text/event-stream"), "{head}");
        assert!(!head.contains("content-length"), "{head}");
    }
}

#[test]
fn a_change_by_another_process_is_told_within_a_second() {
    run(Kind::Postgres, async |store: &Store| {
        let (here, there) = (store.program().serve().await, store.program().serve().await);
        let ada = here.user("ada").await;
        let mut events = EventStream::follow(&there, &ada).await;
        // Until the other process listens, it may have to find out on its own.
        tokio::time::sleep(Duration::from_secs(1)).await;
        for number in 1..=5 {
            let written = Instant::now();
            let task = ada.create_titled(&number.to_string()).await;
            let change = events.change().await.unwrap();
            assert!(
                written.elapsed() < Duration::from_secs(1),
                "{:?}",
                written.elapsed()
            );
            assert_eq!(*change.item(), task.into_document());
        }
    });
}

#[test]
fn an_outage_of_the_database_ends_no_stream_and_loses_nothing() {
    run(Kind::Postgres, async |store: &Store| {
        let mut proxy = Proxy::towards(&store.url()).await;
        let through = store
            .program()
            .variable("DATABASE_URL", &proxy.url(&store.url()))
            .set("database.pool_wait", "1s");
        let (here, there) = (store.program().serve().await, through.serve().await);
        let ada = here.user("ada").await;
        let mut events = EventStream::follow(&there, &ada).await;
        ada.create_titled("Before").await;
        assert_eq!(events.next_ids(1).await, [1]);
        proxy.cut().await;
        ada.create_titled("During").await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        ada.create_titled("During, later").await;
        proxy.mend().await;
        assert_eq!(events.next_ids(2).await, [2, 3]);
        // It listens again.
        tokio::time::sleep(Duration::from_secs(6)).await;
        let written = Instant::now();
        ada.create_titled("After").await;
        assert_eq!(events.next_ids(1).await, [4]);
        assert!(
            written.elapsed() < Duration::from_secs(1),
            "{:?}",
            written.elapsed()
        );
    });
}
