//! Writes beside each other: what one of them does, the others do not feel.

use futures::future::join_all;

use super::*;

#[tokio::test]
async fn a_write_that_fails_or_panics_undoes_itself_alone() {
    let fixture = fixture(PATIENT).await;
    let (release, busy) = fixture.occupy_writer().await;
    let commits = fixture.store.writer_stats().commits;
    let requests = fixture.queue(1..=30, |_, number| match number % 3 {
        0 => Err(TxError(StoreError::corrupt("row", "made to fail"))),
        1 => Ok(()),
        _ => panic!("made to panic"),
    });
    let requests = requests.await;
    drop(release);
    busy.await.unwrap().unwrap();
    for (number, answer) in (1..=30).zip(join_all(requests).await) {
        match (number % 3, answer.unwrap()) {
            (0, Err(StoreError::Corrupt("row", _)))
            | (1, Ok(()))
            | (2, Err(StoreError::Unavailable(_))) => {}
            (_, other) => panic!("{number}: {other:?}"),
        }
    }
    // The one that kept the writer busy, and all the others together.
    assert_eq!(fixture.store.writer_stats().commits, commits + 2);
    let made: Vec<_> = (1..=30).filter(|number| number % 3 == 1).collect();
    assert_eq!(fixture.users().await, made);
    fixture.insert(100).await.unwrap();
}

#[tokio::test]
async fn a_request_that_was_given_up_disturbs_nobody() {
    let fixture = fixture(PATIENT).await;
    let (release, busy) = fixture.occupy_writer().await;
    let given_up = fixture.queue(1..=10, |_, _| Ok(())).await;
    given_up.iter().for_each(JoinHandle::abort);
    join_all(given_up).await;
    drop(release);
    busy.await.unwrap().unwrap();
    fixture.insert(11).await.unwrap();
    assert_eq!(fixture.users().await, [11]);
}

#[tokio::test]
async fn an_answer_that_nobody_takes_any_more_does_not_undo_the_write() {
    let fixture = fixture(PATIENT).await;
    let (begin, at_work) = oneshot::channel();
    let (release, released) = mpsc::channel::<()>();
    let request = fixture.begin(move |connection| {
        begin.send(()).unwrap();
        released.recv().ok();
        Ok(insert_user(connection, 1)?)
    });
    at_work.await.unwrap();
    request.abort();
    assert!(request.await.unwrap_err().is_cancelled());
    drop(release);
    fixture.insert(2).await.unwrap();
    assert_eq!(fixture.users().await, [1, 2]);
}

#[tokio::test]
async fn a_full_queue_is_an_outage_after_the_wait() {
    let fixture = fixture(HASTY).await;
    let (release, busy) = fixture.occupy_writer().await;
    let waiting = fixture.queue(1..=1024, |_, _| Ok(())).await;
    assert_unavailable(&fixture.insert(2000).await);
    drop(release);
    busy.await.unwrap().unwrap();
    for answer in join_all(waiting).await {
        answer.unwrap().unwrap();
    }
    assert_eq!(fixture.users().await, (1..=1024).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_write_that_takes_the_whole_transaction_down_fails_its_group_and_nothing_else() {
    let fixture = fixture(PATIENT).await;
    let (release, busy) = fixture.occupy_writer().await;
    let requests = fixture.queue(1..=9, |connection, number| {
        if number == 5 {
            // As SQLite does on its own when, say, it cannot read a page.
            connection.batch_execute("ROLLBACK")?;
        }
        Ok(())
    });
    let requests = requests.await;
    drop(release);
    busy.await.unwrap().unwrap();
    for answer in join_all(requests).await {
        assert_unavailable(&answer.unwrap());
    }
    assert_eq!(fixture.users().await, [0; 0]);
    fixture.insert(10).await.unwrap();
    assert_eq!(fixture.users().await, [10]);
}

#[tokio::test]
async fn what_is_queued_is_done_before_the_store_closes() {
    let fixture = fixture(PATIENT).await;
    let path = fixture.folder.path().join("tasklane.db");
    let (release, busy) = fixture.occupy_writer().await;
    let requests = fixture.queue(1..=300, |_, _| Ok(())).await;
    let Fixture { store, folder } = fixture;
    drop(store);
    drop(release);
    busy.await.unwrap().unwrap();
    for answer in join_all(requests).await {
        answer.unwrap().unwrap();
    }
    let again = SqliteStore::open(&settings(path, PATIENT)).unwrap();
    assert_eq!(
        Fixture {
            store: again,
            folder
        }
        .users()
        .await
        .len(),
        300
    );
}
