//! Copies that take a while: killed and resumed, in bounded memory, with signs of life.

use std::time::Duration;

use rand::RngExt;
use serde_json::json;
use tasklane_tests::running::Running;

use crate::copy::{Installation, fill};

const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Waits until the copy has brought more users than there were, or has ended.
async fn brought_more(moving: &Installation, running: &mut Running, before: i64) -> bool {
    while !running.has_ended() {
        if moving.users_at_target().await > before {
            return true;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    false
}

async fn a_moment() {
    let pause = rand::rng().random_range(0..250);
    tokio::time::sleep(Duration::from_millis(pause)).await;
}

#[tokio::test]
async fn a_copy_that_is_killed_again_and_again_is_completed() {
    const USERS: i64 = 4_000;
    let moving = Installation::create().await;
    let server = moving.serve_source().await;
    let ada = server.user("ada").await;
    let task = ada.create_titled("Survives").await;
    server.stop().await;
    moving.at_source(&fill(u32::try_from(USERS).unwrap(), 5, 200));

    // The first one is killed wherever it is, which may be in the migration.
    let running = moving.start_copy(&[]);
    a_moment().await;
    assert!(
        running.kill().await,
        "a copy of that many rows takes longer"
    );
    let mut halves = 0;
    for _ in 0..4 {
        let before = moving.users_at_target().await;
        let mut running = moving.start_copy(&["--resume"]);
        if !brought_more(&moving, &mut running, before).await {
            break;
        }
        a_moment().await;
        let was_killed = running.kill().await;
        let users = moving.users_at_target().await;
        if was_killed && users > 0 && users <= USERS {
            halves += 1;
            let half = "a user is there wholly or not at all";
            assert_eq!(moving.users_without_all_tasks().await, 0, "{half}");
        }
    }
    assert!(halves >= 2, "{halves} copies were killed half-way");
    let copied = moving.copy(&["--resume"]).await.succeeded();
    for line in ["users: 4001\n", "tasks: 20001\n", "were there already"] {
        assert!(copied.stdout.contains(line), "{}", copied.stdout);
    }

    let server = moving.serve_target().await;
    let ada = ada.at(server.url());
    assert_eq!(ada.tasks().await, [task]);
    let refresh = json!({ "refresh_token": ada.refresh_token() });
    let anonymous = server.anonymous();
    anonymous.post("/api/auth/refresh", &refresh).await.is(200);
    ada.login().await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_large_copy_takes_no_more_memory_than_a_small_one() {
    const MOST: usize = 256 << 20;
    /// What may be different for reasons other than the number of rows.
    const MARGIN: usize = 24 << 20;
    let mut peaks = Vec::new();
    for tasks in [1_000, 60_000] {
        let moving = Installation::create().await;
        moving.source_console(&["migrate"]).await;
        // One user, so that it is one transaction.
        moving.at_source(&fill(1, tasks, 1_000));
        let (finished, peak) = moving.start_copy(&[]).finished_with_peak().await;
        let finished = finished.succeeded();
        let line = format!("tasks: {tasks}\n");
        assert!(finished.stdout.contains(&line), "{}", finished.stdout);
        // Somebody watches from the first row on.
        let rows = tasks + 1;
        let begun = format!("\"rows\":{rows}");
        assert!(finished.stderr.contains(&begun), "{}", finished.stderr);
        peaks.push(peak);
    }
    let [small, large] = peaks[..] else {
        panic!("{peaks:?}")
    };
    // The rows of the large one, kept, would be 120 MB.
    assert!(
        0 < small && large < small + MARGIN && large < MOST,
        "{small} and {large} bytes"
    );
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_terminal_gets_a_bar_instead_of_lines() {
    let moving = Installation::create().await;
    moving.source_console(&["migrate"]).await;
    moving.at_source(&fill(1, 3_000, 100));
    // What the program shows on a terminal of its own comes out of this.
    let on_terminal = moving
        .target_program()
        .variable("TERM", "xterm")
        .after("exec script -qec \"$0 $*\" /dev/null");
    let from = moving.source_url();
    let shown = on_terminal
        .run(&["copy", "--from", &from])
        .await
        .succeeded();
    let shown = shown.stdout;
    assert!(shown.contains("of 3,001 rows, "), "{shown}");
    assert!(!shown.contains("copying"), "{shown}");
    assert!(shown.contains("tasks: 3000"), "{shown}");
}
