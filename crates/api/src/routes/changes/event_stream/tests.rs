use std::sync::Arc;

use futures::FutureExt;
use futures::channel::mpsc;
use futures::stream::BoxStream;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::port::{ChangeNotifier, MockRevocationCheck, MockTokenVerifier, TrashPurger};
use tasklane_domain::task::{Precondition, Revision, WriteRules};
use tasklane_domain::user::{AccessStatus, Actor};
use tasklane_domain_testkit::builders::{
    a_draft, a_federated_actor, feed_limit, instant, revision,
};
use tasklane_domain_testkit::{FixedClock, MemoryStore, RecordedNotifications, SequentialIds};

use super::*;
use crate::admission::EventStreams;

/// One user on a store in memory, and hints that the test gives.
struct Scene {
    store: MemoryStore,
    tasks: TaskService,
    owner: Actor,
    hint: mpsc::UnboundedSender<()>,
    closing: Closing,
}

/// Hints to the one follower that a scene has.
struct OneFollower(std::sync::Mutex<Option<mpsc::UnboundedReceiver<()>>>);

impl ChangeNotifier for OneFollower {
    fn announce(&self, _: OwnerId, _: Revision) {}

    fn subscribe(&self, _: OwnerId) -> NotificationStream {
        self.0.lock().unwrap().take().unwrap().boxed()
    }
}

type Events = BoxStream<'static, Result<Bytes, Infallible>>;

impl Scene {
    fn new() -> Self {
        let store = MemoryStore::default();
        let (hint, hints) = mpsc::unbounded();
        let tasks = TaskService::new(
            Arc::new(store.clone()),
            Arc::new(OneFollower(Some(hints).into())),
            Arc::new(FixedClock::at(instant(0))),
            Arc::new(SequentialIds::default()),
            WriteRules::default(),
        );
        Self {
            store,
            tasks,
            owner: a_federated_actor(),
            hint,
            closing: Closing::default(),
        }
    }

    async fn create(&self, number: usize) {
        for _ in 0..number {
            let created = self
                .tasks
                .create(self.owner.owner(), &self.owner, a_draft("x"), None)
                .await;
            created.unwrap();
        }
    }

    /// A stream whose reader is in good `access_status`, with a token that lasts long enough.
    async fn events(&self, since: Option<i64>) -> Events {
        let gate = gate(|| Ok(GOOD));
        self.events_for(since, gate, Duration::from_hours(1)).await
    }

    async fn events_for(
        &self,
        since: Option<i64>,
        gate: MockRevocationCheck,
        lifetime: Duration,
    ) -> Events {
        let reader = Reader {
            access: AccessService::new(
                Arc::new(MockTokenVerifier::new()),
                Arc::new(gate),
                Arc::new(FixedClock::at(instant(0))),
            ),
            closing: self.closing.clone(),
            principal: Principal {
                actor: self.owner.clone().by_token_of(Some(instant(-1))),
                issuer: "https://id.example".to_owned(),
                subject: "ada".to_owned(),
                session: None,
                expires_at: instant(0).after(lifetime),
            },
        };
        let since = since.map(|since| revision(since).into());
        let follower = Follower::begin(
            self.tasks.clone(),
            self.owner.owner(),
            Kinds::default(),
            since,
        )
        .await;
        let permit = EventStreams::new(1).take().unwrap();
        let mut events = events(follower.unwrap(), reader, permit).boxed();
        assert_eq!(next(&mut events).await, "retry: 2000\n\n");
        events
    }
}

const GOOD: AccessStatus = AccessStatus {
    exists: true,
    not_before: None,
    disabled: false,
    session_live: false,
};

fn gate(
    access_status: impl Fn() -> Result<AccessStatus, StoreError> + Send + Sync + 'static,
) -> MockRevocationCheck {
    let mut gate = MockRevocationCheck::new();
    gate.expect_access_status()
        .returning(move |_, _, _| access_status());
    gate
}

async fn next(events: &mut Events) -> String {
    let chunk = events.next().await.expect("the stream goes on").unwrap();
    String::from_utf8(chunk.to_vec()).unwrap()
}

/// The revisions of the events in a chunk.
fn ids(chunk: &str) -> Vec<i64> {
    let lines = chunk.lines().filter_map(|line| line.strip_prefix("id: "));
    let revisions = lines.filter_map(|id| id.strip_suffix("-0"));
    revisions
        .map(|revision| revision.parse().unwrap())
        .collect()
}

/// How long it takes until the stream ends, comments and changes aside.
async fn time_to_end(events: Events) -> Duration {
    let started = Instant::now();
    events.for_each(|_| ready(())).await;
    started.elapsed()
}

#[tokio::test(start_paused = true)]
async fn an_event_has_where_to_resume_and_one_entry_of_the_feed() {
    let scene = Scene::new();
    scene.create(1).await;
    let mut events = scene.events(Some(0)).await;
    let event = next(&mut events).await;
    let data = event
        .strip_prefix("id: 1-0\nevent: change\ndata: ")
        .and_then(|rest| rest.strip_suffix("\n\n"))
        .unwrap_or_else(|| panic!("{event:?}"));
    let entry: serde_json::Value = serde_json::from_str(data).unwrap();
    assert_eq!(entry["kind"], "task");
    assert_eq!(entry["revision"], 1);
    assert_eq!(entry["deleted"], false);
    assert_eq!(entry["item"]["title"], "x");
    assert_eq!(entry["item"]["id"], entry["id"]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_without_a_resume_point_begins_at_the_present() {
    let scene = Scene::new();
    scene.create(3).await;
    let mut events = scene.events(None).await;
    assert!(events.next().now_or_never().is_none());
    scene.create(1).await;
    scene.hint.unbounded_send(()).unwrap();
    assert_eq!(ids(&next(&mut events).await), [4]);
}

#[tokio::test(start_paused = true)]
async fn a_long_feed_is_read_a_page_at_a_time() {
    let scene = Scene::new();
    scene.create(120).await;
    let mut events = scene.events(Some(5)).await;
    let page = |first, last| (first..=last).collect::<Vec<i64>>();
    assert_eq!(ids(&next(&mut events).await), page(6, 55));
    assert_eq!(ids(&next(&mut events).await), page(56, 105));
    assert_eq!(ids(&next(&mut events).await), page(106, 120));
}

#[tokio::test(start_paused = true)]
async fn a_hint_is_followed_at_once_and_a_lost_one_in_time() {
    let scene = Scene::new();
    let mut events = scene.events(None).await;
    let started = Instant::now();
    scene.create(1).await;
    scene.hint.unbounded_send(()).unwrap();
    assert_eq!(ids(&next(&mut events).await), [1]);
    assert_eq!(started.elapsed(), Duration::ZERO);
    scene.create(1).await;
    let mut chunk = next(&mut events).await;
    if chunk.starts_with(':') {
        chunk = next(&mut events).await;
    }
    assert_eq!(ids(&chunk), [2]);
    assert_eq!(started.elapsed(), LOOK_AGAIN);
}

#[tokio::test(start_paused = true)]
async fn hints_without_a_change_send_nothing() {
    let scene = Scene::new();
    let mut events = scene.events(None).await;
    for _ in 0..3 {
        scene.hint.unbounded_send(()).unwrap();
        assert!(events.next().now_or_never().is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn a_comment_is_sent_every_15_seconds() {
    let scene = Scene::new();
    let mut events = scene.events(None).await;
    let started = Instant::now();
    for number in 1..=4 {
        let comment = next(&mut events).await;
        assert!(comment.starts_with(':') && comment.ends_with("\n\n"));
        assert_eq!(started.elapsed(), COMMENT_EVERY * number);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_with_its_token_and_the_leeway() {
    let scene = Scene::new();
    let (gate, lifetime) = (gate(|| Ok(GOOD)), Duration::from_mins(2));
    let events = scene.events_for(None, gate, lifetime).await;
    assert_eq!(time_to_end(events).await, Duration::from_secs(125));
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_when_the_token_is_revoked() {
    let scene = Scene::new();
    let started = Instant::now();
    let gate = gate(move || {
        let revoked = started.elapsed() > Duration::from_millis(20_500);
        let not_before = revoked.then(|| instant(0));
        Ok(AccessStatus { not_before, ..GOOD })
    });
    let events = scene.events_for(None, gate, Duration::from_hours(1)).await;
    assert_eq!(time_to_end(events).await, Duration::from_secs(21));
}

#[tokio::test(start_paused = true)]
async fn a_standing_that_cannot_be_had_ends_no_stream() {
    let scene = Scene::new();
    let gate = gate(|| Err(StoreError::unavailable("a pretended outage")));
    let events = scene.events_for(None, gate, Duration::from_mins(2)).await;
    assert_eq!(time_to_end(events).await, Duration::from_secs(125));
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_when_the_server_stops() {
    let scene = Scene::new();
    let events = scene.events(None).await;
    let closing = scene.closing.clone();
    tokio::spawn(async move {
        sleep(Duration::from_secs(7)).await;
        closing.begin();
    });
    assert_eq!(time_to_end(events).await, Duration::from_secs(7));
    let late = scene.closing.begun().now_or_never();
    assert!(late.is_some(), "a late subscriber sees it too");
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_waited_out_and_loses_nothing() {
    let scene = Scene::new();
    let mut events = scene.events(None).await;
    scene.create(1).await;
    scene.store.set_outage(true);
    scene.hint.unbounded_send(()).unwrap();
    assert!(next(&mut events).await.starts_with(':'));
    scene.store.set_outage(false);
    assert_eq!(ids(&next(&mut events).await), [1]);
}

#[tokio::test(start_paused = true)]
async fn a_feed_that_was_purged_meanwhile_ends_the_stream() {
    let scene = Scene::new();
    scene.create(60).await;
    let mut events = scene.events(Some(1)).await;
    let page = scene
        .tasks
        .changes(scene.owner.owner(), revision(59).into(), feed_limit(1))
        .await;
    let newest = page.unwrap().changes[0].id();
    let deleted = scene.tasks.delete(
        scene.owner.owner(),
        &scene.owner,
        newest,
        Precondition::None,
    );
    deleted.await.unwrap();
    let future: Timestamp = instant(1);
    scene.store.purge(future, 10).await.unwrap();
    assert_eq!(ids(&next(&mut events).await).len(), 50);
    assert!(events.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_resume_point_that_cannot_be_served_begins_no_stream() {
    let store = MemoryStore::default();
    let tasks = TaskService::new(
        Arc::new(store),
        Arc::new(RecordedNotifications::default()),
        Arc::new(FixedClock::at(instant(0))),
        Arc::new(SequentialIds::default()),
        WriteRules::default(),
    );
    let ahead = Follower::begin(
        tasks,
        a_federated_actor().id.into(),
        Kinds::default(),
        Some(revision(1).into()),
    )
    .await;
    assert!(matches!(ahead.err(), Some(FeedError::Ahead { current }) if current == Revision::ZERO));
}
