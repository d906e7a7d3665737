use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tasklane_domain::user::Network;

use super::*;

fn hasher(concurrent: usize, waiting: usize) -> Arc<Argon2Hasher> {
    Arc::new(
        Argon2Hasher::new(HasherLimits {
            concurrent,
            waiting,
        })
        .unwrap(),
    )
}

fn password() -> Password {
    Password::parse("correct horse", None).unwrap()
}

/// Somebody with an account and a network of their own.
fn somebody(number: u8) -> Requester {
    Requester {
        account: format!("user {number}"),
        network: Some(Network::of([192, 0, 2, number].into())),
    }
}

fn candidate(text: &str) -> PasswordAttempt {
    PasswordAttempt::new(text).unwrap()
}

#[tokio::test]
async fn a_password_is_known_again_and_no_other_is() {
    let hasher = hasher(2, 4);
    let hash = hasher.hash(&password(), &somebody(1)).await.unwrap();
    assert!(
        hash.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        "{}",
        hash.expose()
    );
    assert!(
        hasher
            .verify(
                &candidate("correct horse"),
                Some(hash.clone()),
                &somebody(1)
            )
            .await
            .unwrap()
    );
    for wrong in ["Correct horse", "correct horse ", "", "correct hors"] {
        assert!(
            !hasher
                .verify(&candidate(wrong), Some(hash.clone()), &somebody(1))
                .await
                .unwrap(),
            "{wrong}"
        );
    }
    let again = hasher.hash(&password(), &somebody(1)).await.unwrap();
    assert_ne!(hash.expose(), again.expose(), "the salt is the same");
}

#[tokio::test]
async fn a_broken_hash_is_a_failure_and_no_wrong_password() {
    for phc in ["", "plain", "$argon2id$", "$bcrypt$x"] {
        let hash = PasswordHash::new(phc.to_owned());
        let answer = hasher(1, 0)
            .verify(&candidate("x"), Some(hash), &somebody(1))
            .await;
        assert!(
            matches!(answer, Err(HashError::Failed(_))),
            "{phc}: {answer:?}"
        );
    }
}

#[tokio::test]
async fn nobodys_password_is_checked_with_the_same_work_as_anybodys() {
    let hasher = hasher(1, 0);
    let hash = hasher.hash(&password(), &somebody(1)).await.unwrap();
    let parameters = |hash: &PasswordHash| {
        let parts: Vec<_> = hash.expose().split('$').map(str::to_owned).collect();
        (parts[..4].to_vec(), parts[4].len(), parts[5].len())
    };
    assert_eq!(parameters(&hasher.nobodys), parameters(&hash));
    let start = Instant::now();
    assert!(
        !hasher
            .verify(&candidate("wrong horse"), None, &somebody(1))
            .await
            .unwrap()
    );
    assert!(
        start.elapsed() > Duration::from_millis(3),
        "no work was done"
    );
}

#[tokio::test]
async fn who_comes_after_the_queue_is_sent_away() {
    let hasher = hasher(1, 2);
    let tasks: Vec<_> = (0..50)
        .map(|number| {
            let hasher = Arc::clone(&hasher);
            tokio::spawn(async move {
                let requester = somebody(number);
                hasher.verify(&candidate("wrong"), None, &requester).await
            })
        })
        .collect();
    let (mut checked, mut busy) = (0, 0);
    for task in tasks {
        match task.await.unwrap() {
            Ok(right) => {
                assert!(!right);
                checked += 1;
            }
            Err(HashError::Busy) => busy += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(
        checked >= 3 && busy > 0,
        "{checked} checked, {busy} sent away"
    );
    assert!(
        hasher
            .verify(&candidate("wrong"), None, &somebody(1))
            .await
            .is_ok(),
        "the queue is empty again"
    );
}

#[tokio::test]
async fn work_counts_until_it_is_done_also_when_nobody_waits() {
    let hasher = hasher(1, 0);
    let (start, has_started) = mpsc::channel();
    let (finish, may_finish) = mpsc::channel::<()>();
    let abandoned = Arc::clone(&hasher);
    let task = tokio::spawn(async move {
        let work = move |_: &Argon2<'static>| {
            start.send(()).unwrap();
            may_finish.recv().unwrap();
            Ok(())
        };
        abandoned.run(&somebody(2), work).await
    });
    while has_started.try_recv().is_err() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    let answer = hasher.verify(&candidate("wrong"), None, &somebody(1)).await;
    assert!(matches!(answer, Err(HashError::Busy)), "{answer:?}");
    finish.send(()).unwrap();
    while let Err(HashError::Busy) = hasher.verify(&candidate("wrong"), None, &somebody(1)).await {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn no_more_are_computed_at_once_than_allowed() {
    let hasher = hasher(2, 20);
    let running = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..20)
        .map(|number| {
            let (hasher, running) = (Arc::clone(&hasher), Arc::clone(&running));
            tokio::spawn(async move {
                let work = move |_: &Argon2<'static>| {
                    let at_once = running.fetch_add(1, Ordering::SeqCst) + 1;
                    std::thread::sleep(Duration::from_millis(5));
                    running.fetch_sub(1, Ordering::SeqCst);
                    Ok(at_once)
                };
                hasher.run(&somebody(number), work).await.unwrap()
            })
        })
        .collect();
    let mut most = 0;
    for task in tasks {
        most = most.max(task.await.unwrap());
    }
    assert_eq!(most, 2);
}

#[tokio::test]
async fn other_work_goes_on_meanwhile() {
    let hasher = hasher(1, 8);
    let hashing = tokio::spawn(async move {
        for _ in 0..3 {
            hasher
                .verify(&candidate("wrong"), None, &somebody(1))
                .await
                .unwrap();
        }
    });
    let mut turns = 0;
    while !hashing.is_finished() {
        tokio::time::sleep(Duration::from_millis(1)).await;
        turns += 1;
    }
    assert!(turns > 5, "{turns}");
}

#[tokio::test]
async fn the_span_is_kept() {
    // Without a subscriber there are no spans. Another test of this process may have brought one.
    let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry());
    let hasher = hasher(1, 0);
    let requester = somebody(1);
    let name = hasher.run(&requester, |_| {
        Ok(Span::current().metadata().map(tracing::Metadata::name))
    });
    let name = tracing::Instrument::instrument(name, tracing::info_span!("login"));
    assert_eq!(name.await.unwrap(), Some("login"));
}

#[tokio::test]
async fn limits_are_never_less_than_one_at_a_time() {
    assert!(HasherLimits::default().concurrent >= 1);
    let hash = hasher(0, 0).hash(&password(), &somebody(1)).await;
    assert!(hash.is_ok(), "{hash:?}");
}

#[tokio::test]
async fn a_flood_by_one_account_keeps_nobody_else_waiting() {
    let hasher = hasher(1, 63);
    let flood: Vec<_> = (0..60)
        .map(|_| {
            let hasher = Arc::clone(&hasher);
            tokio::spawn(async move {
                let (attempt, mallory) = (candidate("wrong"), somebody(66));
                hasher.verify(&attempt, None, &mallory).await
            })
        })
        .collect();
    tokio::task::yield_now().await;
    let other = hasher.verify(&candidate("wrong"), None, &somebody(1)).await;
    assert!(other.is_ok(), "{other:?}");
    let pending = flood.iter().filter(|one| !one.is_finished()).count();
    assert!(pending >= 10, "only {pending} of the flood still wait");
    let mut refused = 0;
    for one in flood {
        refused += usize::from(matches!(one.await.unwrap(), Err(HashError::TooMany)));
    }
    assert_eq!(refused, 60 - 16, "a quarter of the places is one account's");
}
