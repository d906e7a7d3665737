//! The change feed: what an offline client reads to be up to date.

use std::collections::BTreeMap;

use macro_rules_attribute::apply;
use serde_json::{Value, json};
use tasklane_tests::app::App;
use tasklane_tests::both_stores;
use tasklane_tests::store::Store;
use tasklane_tests::user::User;

/// A client's copy of a user's tasks, kept by following the feed.
#[derive(Default)]
struct Replica {
    since: i64,
    next: Option<String>,
    tasks: BTreeMap<String, Value>,
}

impl Replica {
    /// Reads on; false when there was nothing more to read.
    async fn follow(&mut self, user: &User, limit: u32) -> bool {
        let since = self.next.clone().unwrap_or_else(|| self.since.to_string());
        let path = format!("/api/changes?since={since}&limit={limit}");
        let page = user.get(&path).await.is(200).json();
        for change in page["changes"].as_array().unwrap() {
            let revision = change["revision"].as_i64().unwrap();
            assert!(
                revision > self.since,
                "out of order: {change} after {}",
                self.since
            );
            self.since = revision;
            let id = change["id"].as_str().unwrap().to_owned();
            if change["deleted"] == true {
                self.tasks.remove(&id);
            } else {
                self.tasks.insert(id, change["item"].clone());
            }
        }
        self.since = page["revision"].as_i64().unwrap();
        self.next = Some(page["next"].as_str().unwrap().to_owned());
        page["has_more"].as_bool().unwrap()
    }

    async fn catch_up(&mut self, user: &User) {
        while self.follow(user, 7).await {}
    }

    async fn assert_equals_store(&self, user: &User) {
        let stored = user.tasks().await.into_iter();
        let stored: BTreeMap<String, Value> = stored
            .map(|task| (task.id().to_owned(), task.into_document()))
            .collect();
        assert_eq!(self.tasks, stored);
        assert_eq!(self.since, user.revision().await);
    }
}

async fn changes(user: &User, query: &str) -> Value {
    user.get(&format!("/api/changes{query}"))
        .await
        .is(200)
        .json()
}

#[apply(both_stores)]
async fn a_new_user_has_no_changes(app: &App) {
    let ada = app.user("ada").await;
    let nothing = json!({ "changes": [], "revision": 0, "next": "0-0", "has_more": false });
    assert_eq!(changes(&ada, "").await, nothing);
    assert_eq!(changes(&ada, "?since=0").await, nothing);
}

#[apply(both_stores)]
async fn changes_come_oldest_first_in_their_newest_state(app: &App) {
    let ada = app.user("ada").await;
    let changed = ada.create_titled("Changed later").await;
    let live = ada.create_titled("Live").await;
    let trashed = ada.create_titled("Trashed").await;
    let erased = ada.create_titled("Erased").await;
    let changed = ada.toggle(&changed.path()).await.is(200).task();
    ada.delete(&trashed.path()).await.is(204);
    ada.delete(&format!("{}?permanent=true", erased.path()))
        .await
        .is(204);

    let feed = changes(&ada, "").await;
    assert_eq!(
        (&feed["revision"], &feed["has_more"]),
        (&json!(7), &json!(false))
    );
    let entries = feed["changes"].as_array().unwrap();
    let revisions: Vec<_> = entries
        .iter()
        .map(|entry| entry["revision"].clone())
        .collect();
    assert_eq!(revisions, [2, 5, 6, 7]);
    let in_trash = &ada.walk("/api/tasks?deleted=true").await[0];
    for (entry, task, deleted) in [
        (&entries[0], &live, false),
        (&entries[1], &changed, false),
        (&entries[2], in_trash, true),
    ] {
        let expected = json!({
            "kind": "task", "id": task.id(), "revision": task.revision(), "deleted": deleted,
            "item": task.clone().into_document(),
        });
        assert_eq!(*entry, expected);
    }
    let tombstone = json!({
        "kind": "task", "id": erased.id(), "revision": 7, "deleted": true, "item": null,
    });
    assert_eq!(entries[3], tombstone);
}

#[apply(both_stores)]
async fn the_feed_is_read_in_stretches(app: &App) {
    let ada = app.user("ada").await;
    for number in 1..=5 {
        ada.create_titled(&number.to_string()).await;
    }
    let first = changes(&ada, "?limit=2").await;
    assert_eq!(
        (&first["revision"], &first["has_more"]),
        (&json!(2), &json!(true))
    );
    let second = changes(&ada, "?since=2&limit=3").await;
    assert_eq!(
        (&second["revision"], &second["has_more"]),
        (&json!(5), &json!(false))
    );
    assert_eq!(second["changes"].as_array().unwrap().len(), 3);
    assert_eq!(changes(&ada, "?since=5").await["changes"], json!([]));
}

#[apply(both_stores)]
async fn a_stretch_has_1_to_500_changes_and_100_by_default(app: &App) {
    let ada = app.user("ada").await;
    let create: Vec<Value> = (0..100)
        .map(|number| json!({ "op": "create", "task": { "title": number.to_string() } }))
        .collect();
    for _ in 0..2 {
        ada.post("/api/batch", &json!({ "operations": create }))
            .await
            .is(200);
    }
    assert_eq!(
        changes(&ada, "").await["changes"].as_array().unwrap().len(),
        100
    );
    assert_eq!(
        changes(&ada, "?limit=500").await["changes"]
            .as_array()
            .unwrap()
            .len(),
        200
    );
    for (query, name) in [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=x", "limit"),
        ("since=-1", "since"),
        ("since=x", "since"),
        ("since=", "since"),
        ("since=99999999999999999999", "since"),
        ("since=1-", "since"),
        ("since=1-2-3", "since"),
        ("since=1-2-label", "since"),
        ("kind=label", "kind"),
        ("kind=", "kind"),
        ("kind=task&kind=Task", "kind"),
        ("since=1&since=1", "since"),
        ("from=1", "from"),
    ] {
        let answer = ada.get(&format!("/api/changes?{query}")).await;
        answer.problem(400, "invalid_parameter").names(name);
    }
}

#[apply(both_stores)]
async fn kinds_are_chosen_and_next_belongs_to_the_choice(app: &App) {
    let ada = app.user("ada").await;
    for number in 1..=3 {
        ada.create_titled(&number.to_string()).await;
    }
    let of_all = changes(&ada, "?limit=1").await;
    let of_tasks = changes(&ada, "?limit=1&kind=task&kind=task").await;
    assert_eq!(of_all["changes"], of_tasks["changes"]);
    let next = |page: &Value| page["next"].as_str().unwrap().to_owned();
    let (all, tasks) = (next(&of_all), next(&of_tasks));

    let rest = changes(&ada, &format!("?since={all}")).await;
    let rest_of_tasks = changes(&ada, &format!("?since={tasks}&kind=task")).await;
    assert_eq!(rest["changes"].as_array().unwrap().len(), 2);
    assert_eq!(rest["changes"], rest_of_tasks["changes"]);
    let revision = &of_tasks["revision"];
    for kinds in ["", "&kind=task"] {
        let rest_after = changes(&ada, &format!("?since={revision}{kinds}")).await;
        assert_eq!(rest_after["changes"], rest["changes"], "{kinds}");
    }
    for query in [format!("since={tasks}"), format!("since={all}&kind=task")] {
        let other = ada.get(&format!("/api/changes?{query}")).await;
        other.problem(400, "invalid_cursor").names("since");
    }
}

#[apply(both_stores)]
async fn a_revision_that_never_was_is_like_one_that_has_expired(app: &App) {
    let ada = app.user("ada").await;
    ada.create_titled("Task").await;
    changes(&ada, "?since=1").await;
    let answer = ada.get("/api/changes?since=2").await;
    answer.problem(410, "sync_expired");
}

#[apply(both_stores)]
async fn a_follower_of_twenty_writers_misses_nothing(app: &App) {
    let ada = app.user("ada").await;
    let writers: Vec<_> = (0..20)
        .map(|number| tokio::spawn(write(ada.clone(), number)))
        .collect();
    let mut replica = Replica::default();
    while writers.iter().any(|writer| !writer.is_finished()) {
        replica.follow(&ada, 7).await;
    }
    for writer in writers {
        writer.await.unwrap();
    }
    replica.catch_up(&ada).await;
    replica.assert_equals_store(&ada).await;
}

/// Creates, changes, deletes and restores tasks, in an order that differs from writer to writer.
async fn write(user: User, number: usize) {
    for round in 0..4 {
        let task = user.create_titled(&format!("{number}-{round}")).await;
        user.toggle(&task.path()).await.is(200);
        match (number + round) % 4 {
            0 => drop(user.delete(&task.path()).await.is(204)),
            1 => {
                user.delete(&task.path()).await.is(204);
                user.restore(&task.path()).await.is(200);
            }
            2 => drop(
                user.delete(&format!("{}?permanent=true", task.path()))
                    .await
                    .is(204),
            ),
            _ => drop(
                user.patch(&task.path(), &json!({ "priority": "low" }))
                    .await
                    .is(200),
            ),
        }
    }
}

#[apply(both_stores)]
async fn who_was_away_for_longer_than_the_trash_is_kept_starts_anew(store: &Store) {
    let program = store.program().set("trash.retention", "1s");
    let server = program.serve().await;
    let ada = server.user("ada").await;
    let mut replica = Replica::default();
    let (kept, gone) = (
        ada.create_titled("Kept").await,
        ada.create_titled("Gone").await,
    );
    replica.catch_up(&ada).await;
    ada.delete(&gone.path()).await.is(204);
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    program.run(&["purge"]).await.succeeded();

    ada.get(&format!("/api/changes?since={}", replica.since))
        .await
        .problem(410, "sync_expired");
    assert_eq!(ada.walk("/api/tasks?deleted=true").await, []);
    assert_eq!(ada.get("/api/tasks?deleted=true").await.etag(), "W/\"3-3\"");
    let mut fresh = Replica::default();
    fresh.catch_up(&ada).await;
    fresh.assert_equals_store(&ada).await;
    assert_eq!(fresh.tasks.keys().collect::<Vec<_>>(), [kept.id()]);
    let taken_no_more = ada
        .put(&gone.path(), &json!({ "title": "New" }))
        .if_none_match("*")
        .await;
    assert_eq!(taken_no_more.is(201).task().revision(), 4);
}

impl Replica {
    /// Reads the list, page by page, and goes on from the tag of the first: what changes meanwhile is
    /// in the feed behind it.
    async fn from_list(user: &User) -> Self {
        let first = user.get("/api/tasks?limit=2").await.is(200);
        let since = first.etag();
        let since = since.trim_start_matches("W/\"").trim_end_matches('"');
        let tasks = user.walk("/api/tasks?limit=2").await.into_iter();
        Self {
            since: since.parse().unwrap(),
            next: None,
            tasks: tasks
                .map(|task| (task.id().to_owned(), task.into_document()))
                .collect(),
        }
    }
}

#[apply(both_stores)]
async fn who_is_sent_back_to_the_list_goes_on_from_its_tag(store: &Store) {
    let program = store.program().set("trash.retention", "1s");
    let server = program.serve().await;
    let ada = server.user("ada").await;
    let (mut behind, mut new) = (Replica::default(), Replica::default());
    let gone = ada.create_titled("Gone").await;
    for number in 0..5 {
        ada.create_titled(&number.to_string()).await;
    }
    behind.catch_up(&ada).await;
    ada.delete(&gone.path()).await.is(204);
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    program.run(&["purge"]).await.succeeded();

    // Who began with nothing is served to the end, by `next`. The number alone does not say that.
    assert!(new.follow(&ada, 2).await);
    for since in [behind.since, new.since] {
        ada.get(&format!("/api/changes?since={since}"))
            .await
            .problem(410, "sync_expired");
    }
    while new.follow(&ada, 2).await {}
    new.assert_equals_store(&ada).await;
    let mut fresh = Replica::from_list(&ada).await;
    fresh.assert_equals_store(&ada).await;
    let added = ada.create_titled("Added meanwhile").await;
    ada.delete(&added.path()).await.is(204);
    ada.create_titled("Stays").await;
    fresh.catch_up(&ada).await;
    fresh.assert_equals_store(&ada).await;
}

#[apply(both_stores)]
async fn a_reading_from_nothing_ends_where_something_is_purged_meanwhile(store: &Store) {
    let program = store.program().set("trash.retention", "1s");
    let server = program.serve().await;
    let ada = server.user("ada").await;
    let tasks = [
        ada.create_titled("Gone").await,
        ada.create_titled("Gone later").await,
        ada.create_titled("Kept").await,
        ada.create_titled("Kept, too").await,
    ];
    let purge = async |path: &str| {
        ada.delete(path).await.is(204);
        tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
        program.run(&["purge"]).await.succeeded();
    };
    purge(&tasks[0].path()).await;
    let mut replica = Replica::default();
    assert!(replica.follow(&ada, 1).await);
    purge(&tasks[1].path()).await;
    let next = replica.next.unwrap();
    let late = ada.get(&format!("/api/changes?since={next}")).await;
    late.problem(410, "sync_expired");
}

/// All that a list has, page by page.
async fn documents(user: &User, list: &str) -> Vec<(String, Value)> {
    let tasks = user.walk(list).await.into_iter();
    tasks
        .map(|task| (task.id().to_owned(), task.into_document()))
        .collect()
}

/// Live tasks and those in the trash, as the lists have them.
async fn both_lists(user: &User) -> BTreeMap<String, Value> {
    let live = documents(user, "/api/tasks?limit=2").await;
    let trash = documents(user, "/api/tasks?limit=2&deleted=true").await;
    live.into_iter().chain(trash).collect()
}

#[apply(both_stores)]
async fn who_keeps_the_trash_reads_both_lists_anew_and_drops_what_is_missing(store: &Store) {
    let program = store.program().set("trash.retention", "1s");
    let server = store.program().serve().await;
    let ada = server.user("ada").await;
    let gone = ada.create_titled("Gone").await;
    let kept = ada.create_titled("Kept").await;
    let trashed = ada.create_titled("Trashed").await;
    let mut tasks = both_lists(&ada).await;
    let since = ada.revision().await;
    ada.delete(&gone.path()).await.is(204);
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    program.run(&["purge"]).await.succeeded();
    ada.delete(&trashed.path()).await.is(204);
    let late = ada.get(&format!("/api/changes?since={since}")).await;
    late.problem(410, "sync_expired");

    let tagged = ada.revision().await;
    // Between the tag and the lists, somebody else is at work.
    ada.toggle(&kept.path()).await.is(200);
    let fresh = both_lists(&ada).await;
    tasks.retain(|id, _| fresh.contains_key(id));
    assert_eq!(tasks.keys().collect::<Vec<_>>(), {
        let mut known = vec![kept.id(), trashed.id()];
        known.sort_unstable();
        known
    });
    tasks.extend(fresh);
    ada.restore(&trashed.path()).await.is(200);
    ada.delete(&kept.path()).await.is(204);
    ada.create_titled("New").await;
    let feed = changes(&ada, &format!("?since={tagged}")).await;
    for change in feed["changes"].as_array().unwrap() {
        let id = change["id"].as_str().unwrap().to_owned();
        tasks.insert(id, change["item"].clone());
    }
    assert_eq!(tasks, both_lists(&ada).await);
    assert_eq!(feed["revision"], ada.revision().await);
}
