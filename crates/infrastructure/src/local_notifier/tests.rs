use futures::FutureExt;
use tasklane_domain_testkit::builders::revision;
use tasklane_domain_testkit::random_uuid;

use super::*;

fn an_owner() -> OwnerId {
    OwnerId::new(random_uuid())
}

/// Whether a hint is there already.
fn is_woken(hints: &mut NotificationStream) -> bool {
    hints.next().now_or_never().is_some()
}

#[test]
fn many_announcements_while_nobody_looks_are_one_hint() {
    let (hub, owner) = (LocalNotifier::default(), an_owner());
    let mut hints = hub.subscribe(owner);
    assert!(!is_woken(&mut hints));
    for number in 1..=5 {
        hub.announce(owner, revision(number));
    }
    assert!(is_woken(&mut hints));
    assert!(!is_woken(&mut hints));
    hub.announce(owner, revision(6));
    assert!(is_woken(&mut hints));
}

#[test]
fn every_follower_of_the_owner_is_woken_and_nobody_else() {
    let (hub, owner) = (LocalNotifier::default(), an_owner());
    let mut followers = [hub.subscribe(owner), hub.subscribe(owner)];
    let mut other = hub.subscribe(an_owner());
    hub.announce(owner, revision(1));
    assert!(followers.iter_mut().all(is_woken));
    assert!(!is_woken(&mut other));
}

#[test]
fn what_was_announced_before_is_no_news() {
    let (hub, owner) = (LocalNotifier::default(), an_owner());
    let mut first = hub.subscribe(owner);
    hub.announce(owner, revision(2));
    let mut second = hub.subscribe(owner);
    assert!(!is_woken(&mut second));
    assert!(is_woken(&mut first));
    for old in [revision(2), revision(1)] {
        hub.announce(owner, old);
        assert!(!is_woken(&mut first) && !is_woken(&mut second));
    }
}

#[test]
fn everybody_can_be_woken_at_once() {
    let hub = LocalNotifier::default();
    let mut followers = [hub.subscribe(an_owner()), hub.subscribe(an_owner())];
    hub.wake_all();
    assert!(followers.iter_mut().all(is_woken));
}

#[test]
fn an_entry_vanishes_with_its_last_follower() {
    let (hub, owner) = (LocalNotifier::default(), an_owner());
    assert!(!hub.has_followers());
    hub.announce(owner, revision(1));
    assert!(!hub.has_followers());
    let (one, two) = (hub.subscribe(owner), hub.subscribe(owner));
    drop(one);
    assert!(hub.has_followers());
    drop(two);
    assert!(hub.0.channels().is_empty());
}

#[tokio::test]
async fn who_waits_until_nobody_follows_is_told() {
    let (hub, owner) = (LocalNotifier::default(), an_owner());
    hub.deserted().await;
    let (one, two) = (hub.subscribe(owner), hub.subscribe(owner));
    let mut waiting = Box::pin(hub.deserted());
    assert!(waiting.as_mut().now_or_never().is_none());
    drop(one);
    assert!(waiting.as_mut().now_or_never().is_none());
    drop(two);
    assert!(waiting.as_mut().now_or_never().is_some());
}

#[tokio::test]
async fn a_follower_that_waits_is_woken() {
    let (hub, owner) = (LocalNotifier::default(), an_owner());
    let mut hints = hub.subscribe(owner);
    let waiting = tokio::spawn(async move { hints.next().await });
    tokio::task::yield_now().await;
    hub.announce(owner, revision(1));
    assert_eq!(waiting.await.unwrap(), Some(()));
}
