use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

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

fn candidate(text: &str) -> PasswordAttempt {
    PasswordAttempt::new(text).unwrap()
}

#[tokio::test]
async fn a_password_is_known_again_and_no_other_is() {
    let hasher = hasher(2, 4);
    let hash = hasher.hash(&password()).await.unwrap();
    assert!(
        hash.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        "{}",
        hash.expose()
    );
    assert!(
        hasher
            .verify(&candidate("correct horse"), Some(hash.clone()))
            .await
            .unwrap()
    );
    for wrong in ["Correct horse", "correct horse ", "", "correct hors"] {
        assert!(
            !hasher
                .verify(&candidate(wrong), Some(hash.clone()))
                .await
                .unwrap(),
            "{wrong}"
        );
    }
    let again = hasher.hash(&password()).await.unwrap();
    assert_ne!(hash.expose(), again.expose(), "the salt is the same");
}

#[tokio::test]
async fn a_broken_hash_is_a_failure_and_no_wrong_password() {
    for phc in ["", "plain", "$argon2id$", "$bcrypt$x"] {
        let hash = PasswordHash::new(phc.to_owned());
        let answer = hasher(1, 0).verify(&candidate("x"), Some(hash)).await;
        assert!(
            matches!(answer, Err(HashError::Failed(_))),
            "{phc}: {answer:?}"
        );
    }
}

#[tokio::test]
async fn nobodys_password_is_checked_with_the_same_work_as_anybodys() {
    let hasher = hasher(1, 0);
    let hash = hasher.hash(&password()).await.unwrap();
    let parameters = |hash: &PasswordHash| {
        let parts: Vec<_> = hash.expose().split('$').map(str::to_owned).collect();
        (parts[..4].to_vec(), parts[4].len(), parts[5].len())
    };
    assert_eq!(parameters(&hasher.nobodys), parameters(&hash));
    let start = Instant::now();
    assert!(
        !hasher
            .verify(&candidate("wrong horse"), None)
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
        .map(|_| {
            let hasher = Arc::clone(&hasher);
            tokio::spawn(async move { hasher.verify(&candidate("wrong"), None).await })
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
            Err(HashError::Failed(error)) => panic!("{error}"),
        }
    }
    assert!(
        checked >= 3 && busy > 0,
        "{checked} checked, {busy} sent away"
    );
    assert!(
        hasher.verify(&candidate("wrong"), None).await.is_ok(),
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
        abandoned.run(work).await
    });
    while has_started.try_recv().is_err() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    let answer = hasher.verify(&candidate("wrong"), None).await;
    assert!(matches!(answer, Err(HashError::Busy)), "{answer:?}");
    finish.send(()).unwrap();
    while hasher.places.available_permits() == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(hasher.verify(&candidate("wrong"), None).await.is_ok());
}

#[tokio::test]
async fn no_more_are_computed_at_once_than_allowed() {
    let hasher = hasher(2, 20);
    let running = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let (hasher, running) = (Arc::clone(&hasher), Arc::clone(&running));
            tokio::spawn(async move {
                let work = move |_: &Argon2<'static>| {
                    let at_once = running.fetch_add(1, Ordering::SeqCst) + 1;
                    std::thread::sleep(Duration::from_millis(5));
                    running.fetch_sub(1, Ordering::SeqCst);
                    Ok(at_once)
                };
                hasher.run(work).await.unwrap()
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
            hasher.verify(&candidate("wrong"), None).await.unwrap();
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
    let name = hasher.run(|_| Ok(Span::current().metadata().map(tracing::Metadata::name)));
    let name = tracing::Instrument::instrument(name, tracing::info_span!("login"));
    assert_eq!(name.await.unwrap(), Some("login"));
}

#[test]
fn limits_are_never_less_than_one_at_a_time() {
    assert!(HasherLimits::default().concurrent >= 1);
    assert_eq!(hasher(0, 0).slots.available_permits(), 1);
    assert_eq!(
        hasher(1, usize::MAX).places.available_permits(),
        Semaphore::MAX_PERMITS
    );
}
