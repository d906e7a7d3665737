//! Hints between processes: what one announces wakes those who follow in another.

#![cfg(feature = "postgres")]
#![allow(clippy::unwrap_used, reason = "a test says by panicking what is wrong")]

mod support;

use std::future::poll_fn;
use std::time::Duration;

use diesel_async::SimpleAsyncConnection;
use futures::StreamExt;
use support::eventually;
use tasklane_domain::id::OwnerId;
use tasklane_domain::port::{ChangeNotifier, NotificationStream};
use tasklane_domain_testkit::builders::revision;
use tasklane_domain_testkit::random_uuid;
use tasklane_infrastructure::postgres::testing::TestDatabase;
use tasklane_infrastructure::postgres::{PostgresNotifier, PostgresSettings, PostgresStore};
use tokio::time::timeout;
use tokio_postgres::{AsyncMessage, NoTls};

const LISTENERS: &str = "FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE 'LISTEN%'";

fn an_owner() -> OwnerId {
    OwnerId::new(random_uuid())
}

/// What one process has of the database.
fn process(database: &TestDatabase) -> PostgresNotifier {
    database.store().notifier()
}

async fn is_woken(hints: &mut NotificationStream, within: Duration) -> bool {
    timeout(within, hints.next()).await.is_ok()
}

/// Follows an owner, and waits until nothing can be missed any more.
async fn follow(process: &PostgresNotifier, owner: OwnerId) -> NotificationStream {
    let mut hints = process.subscribe(owner);
    let listens = is_woken(&mut hints, Duration::from_secs(10)).await;
    assert!(listens, "a follower is woken once the process listens");
    hints
}

#[tokio::test]
async fn an_announcement_reaches_other_processes_within_a_second() {
    let database = TestDatabase::create_empty().await;
    let (here, there) = (process(&database), process(&database));
    let (ada, bob) = (an_owner(), an_owner());
    let mut of_ada = follow(&there, ada).await;
    let mut of_bob = there.subscribe(bob);
    for number in 1..=3 {
        here.announce(ada, revision(number));
        assert!(is_woken(&mut of_ada, Duration::from_secs(1)).await);
    }
    let quiet = Duration::from_millis(200);
    assert!(!is_woken(&mut of_bob, quiet).await);
    assert!(!is_woken(&mut of_ada, quiet).await);
}

#[tokio::test]
async fn who_announces_wakes_their_own_followers_once() {
    let database = TestDatabase::create_empty().await;
    let here = process(&database);
    let owner = an_owner();
    let mut hints = follow(&here, owner).await;
    here.announce(owner, revision(1));
    assert!(is_woken(&mut hints, Duration::ZERO).await);
    let echo = is_woken(&mut hints, Duration::from_millis(300)).await;
    assert!(!echo, "the notification comes back, and is no news");
}

#[tokio::test]
async fn a_connection_listens_while_somebody_follows() {
    let database = TestDatabase::create_empty().await;
    let mut beside = database.connect().await;
    let none = format!("SELECT NOT EXISTS (SELECT {LISTENERS})");
    let one = format!("SELECT count(*) = 1 {LISTENERS}");
    let here = process(&database);
    eventually(&mut beside, &none).await;
    for _ in 0..2 {
        let followers = [follow(&here, an_owner()).await, here.subscribe(an_owner())];
        eventually(&mut beside, &one).await;
        let [first, second] = followers;
        drop(first);
        tokio::time::sleep(Duration::from_millis(100)).await;
        eventually(&mut beside, &one).await;
        drop(second);
        eventually(&mut beside, &none).await;
    }
}

#[tokio::test]
async fn a_lost_connection_is_made_again_and_everybody_is_woken() {
    let database = TestDatabase::create_empty().await;
    let mut beside = database.connect().await;
    let (here, there) = (process(&database), process(&database));
    let owner = an_owner();
    let mut hints = follow(&there, owner).await;
    for number in 1..=2 {
        let end = format!("SELECT pg_terminate_backend(pid) {LISTENERS}");
        beside.batch_execute(&end).await.unwrap();
        let again = is_woken(&mut hints, Duration::from_secs(5)).await;
        assert!(again, "what was announced meanwhile was missed");
        here.announce(owner, revision(number));
        assert!(is_woken(&mut hints, Duration::from_secs(1)).await);
    }
}

#[tokio::test]
async fn many_announcements_are_few_notifications() {
    let database = TestDatabase::create_empty().await;
    let (client, mut connection) = tokio_postgres::connect(database.url(), NoTls)
        .await
        .unwrap();
    let (sender, mut received) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
            if let AsyncMessage::Notification(notification) = message {
                sender.send(notification.payload().to_owned()).unwrap();
            }
        }
    });
    client
        .batch_execute("LISTEN tasklane_changes")
        .await
        .unwrap();

    let here = process(&database);
    let (ada, bob) = (an_owner(), an_owner());
    for number in 1..=1000 {
        here.announce(ada, revision(number));
        here.announce(bob, revision(number));
        if number % 100 == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    let last = |owner: OwnerId| format!("{}:1000", owner.as_uuid());
    let mut payloads = Vec::new();
    while !(payloads.contains(&last(ada)) && payloads.contains(&last(bob))) {
        let payload = timeout(Duration::from_secs(5), received.recv()).await;
        payloads.push(payload.unwrap().unwrap());
    }
    assert!(payloads.len() <= 24, "{} notifications", payloads.len());
    let more = timeout(Duration::from_millis(300), received.recv()).await;
    assert!(more.is_err(), "nothing is sent while nobody writes");
}

#[tokio::test]
async fn a_pooler_without_a_way_around_is_not_listened_through() {
    let database = TestDatabase::create_empty().await;
    let mut beside = database.connect().await;
    let pooled = PostgresSettings {
        statement_cache: false,
        ..database.settings()
    };
    let hints = PostgresStore::open(&pooled).unwrap().notifier();
    let owner = an_owner();
    let mut follower = hints.subscribe(owner);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let none = format!("SELECT NOT EXISTS (SELECT {LISTENERS})");
    eventually(&mut beside, &none).await;
    hints.announce(owner, revision(1));
    assert!(is_woken(&mut follower, Duration::ZERO).await);

    let direct = PostgresSettings {
        direct_url: Some(database.url().to_owned().into()),
        ..pooled
    };
    let (here, there) = (hints, PostgresStore::open(&direct).unwrap().notifier());
    let mut follower = follow(&there, owner).await;
    here.announce(owner, revision(2));
    assert!(is_woken(&mut follower, Duration::from_secs(10)).await);
}
