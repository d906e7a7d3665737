//! A machine's clock that jumps while the service runs, or has jumped before.

#![cfg(target_os = "linux")]

use std::collections::BTreeSet;

use macro_rules_attribute::apply;
use serde_json::{Value, json};
use tasklane_tests::both_stores;
use tasklane_tests::shifted_clock::ShiftedClock;
use tasklane_tests::store::{Kind, Store};
use tasklane_tests::task::Task;
use tasklane_tests::user::User;

use crate::doctor::{assert_failed, assert_ok, assert_warned, doctor};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

async fn changes(user: &User, since: i64) -> Vec<String> {
    let path = format!("/api/changes?since={since}");
    let page = user.get(&path).await.is(200).json();
    let changes = page["changes"].as_array().unwrap().iter();
    changes
        .map(|change| change["item"]["title"].as_str().unwrap().to_owned())
        .collect()
}

fn instant(task: &Task, member: &str) -> String {
    task[member].as_str().unwrap().to_owned()
}

#[apply(both_stores)]
async fn order_and_synchronisation_do_not_depend_on_the_clock(store: &Store) {
    let clock = ShiftedClock::new();
    let server = clock.shown_to(store.program()).serve().await;
    let ada = server.user("ada").await;
    let before = ada.create_titled("Before").await;
    clock.set(2 * DAY);
    let ada = ada.login().await;
    let ahead = ada.create_titled("Ahead").await;
    clock.set(-HOUR);
    let ada = ada.login().await;
    let behind = ada.create_titled("Behind").await;
    assert!(instant(&behind, "created_at") < instant(&before, "created_at"));
    assert!(instant(&before, "created_at") < instant(&ahead, "created_at"));

    let revisions = [&before, &ahead, &behind].map(Task::revision);
    assert_eq!(revisions, [1, 2, 3]);
    assert_eq!(changes(&ada, 0).await, ["Before", "Ahead", "Behind"]);
    assert_eq!(changes(&ada, 2).await, ["Behind"]);
    let pages = ada.walk("/api/tasks?limit=1").await;
    let ids: Vec<&str> = pages.iter().map(Task::id).collect();
    assert_eq!(ids, [ahead.id(), before.id(), behind.id()], "newest first");

    // What was changed by a clock that was ahead is changed again by one that is behind.
    let title = json!({ "title": "Ahead, changed" });
    let changed = ada.patch(&ahead.path(), &title).if_match(&ahead.etag());
    let changed = changed.await.is(200).task();
    assert_eq!(changed.revision(), 4);
    assert_eq!(
        instant(&changed, "created_at"),
        instant(&ahead, "created_at")
    );
    assert_eq!(changes(&ada, 3).await, ["Ahead, changed"]);
    let stale = ada.patch(&ahead.path(), &title).if_match(&ahead.etag());
    stale.await.problem(412, "precondition_failed");
}

#[apply(both_stores)]
async fn a_page_goes_on_where_it_was_whatever_the_clock_does(store: &Store) {
    let clock = ShiftedClock::new();
    let server = clock.shown_to(store.program()).serve().await;
    let mut ada = server.user("ada").await;
    let mut created = BTreeSet::new();
    for number in 0..3 {
        created.insert(ada.create_titled(&number.to_string()).await.id().to_owned());
    }
    let mut seen = Vec::new();
    let mut path = "/api/tasks?limit=1".to_owned();
    for jump in [DAY, -DAY, 0] {
        clock.set(jump);
        ada = ada.login().await;
        let page = ada.get(&path).await.is(200).json();
        seen.push(page["items"][0]["id"].as_str().unwrap().to_owned());
        if let Some(cursor) = page["next_cursor"].as_str() {
            path = format!("/api/tasks?limit=1&cursor={cursor}");
        }
    }
    assert_eq!(seen.len(), 3);
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), created);
}

#[apply(both_stores)]
async fn who_is_shut_out_by_a_jump_signs_in_anew(store: &Store) {
    let clock = ShiftedClock::new();
    let server = clock.shown_to(store.program()).serve().await;
    let ada = server.user("ada").await;
    clock.set(HOUR);
    let expired = ada.get("/api/users/me").await;
    expired.problem(401, "token_expired");
    let ahead = ada.login().await;
    ahead.get("/api/users/me").await.is(200);

    clock.set(-HOUR);
    for from_the_future in [&ada, &ahead] {
        let refused = from_the_future.get("/api/users/me").await;
        refused.problem(401, "invalid_token");
    }
    let behind = ahead.login().await;
    behind.get("/api/users/me").await.is(200);
    // A session lasts through it: its refresh token is no matter of issuing times.
    let refresh = json!({ "refresh_token": ahead.refresh_token() });
    let refreshed = server.anonymous().post("/api/auth/refresh", &refresh).await;
    let again = User::signed_in(&server.anonymous(), &refreshed.is(200));
    again.get("/api/users/me").await.is(200);

    clock.set(0);
    behind.login().await.get("/api/users/me").await.is(200);
    ada.get("/api/users/me").await.is(200);
}

#[apply(both_stores)]
async fn the_doctor_sees_what_a_clock_that_was_ahead_has_left(store: &Store) {
    let clock = ShiftedClock::new();
    clock.set(9 * DAY);
    let server = clock.shown_to(store.program()).serve().await;
    let ada = server.user("ada").await;
    ada.create_titled("From the future").await;
    server.stop().await;

    let program = store.program();
    let finished = doctor(&program).await;
    assert_warned(&finished, "clock", &["days later", "NTP"]);
    let server = program.serve().await;
    let ada = ada.at(server.url()).login().await;
    let listed: Vec<Value> = ada
        .tasks()
        .await
        .into_iter()
        .map(Task::into_document)
        .collect();
    assert_eq!(listed[0]["title"], "From the future");
    assert_eq!(ada.create_titled("Now").await.revision(), 2);

    clock.set(-50 * 365 * DAY);
    let finished = doctor(&clock.shown_to(store.program())).await;
    assert_failed(&finished, "clock", &["written later", "NTP"]);
}

#[apply(both_stores)]
async fn the_doctor_holds_the_clock_against_the_database_server(store: &Store) {
    let clock = ShiftedClock::new();
    let program = clock.shown_to(store.program());
    program.run(&["migrate"]).await.succeeded();
    clock.set(3 * HOUR + HOUR / 2);
    let finished = doctor(&program).await;
    match store.kind() {
        // A file has no clock.
        Kind::Sqlite => assert_ok(&finished, "clock", &[]),
        Kind::Postgres => {
            let words = ["database server's clock", "3 hours behind"];
            assert_warned(&finished, "clock", &words);
        }
    }
}
