use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use tokio::sync::Semaphore;
use uuid::Uuid;

use tasklane_domain::user::{Actor, Name, User};

use super::*;
use crate::testing::now;

/// A store of which a test decides when it looks, when it answers, and what.
struct Store {
    live: AtomicBool,
    fails: AtomicBool,
    questions: AtomicUsize,
    /// Answers that may leave; the store has looked before it waits for one.
    answers: Semaphore,
    seen: Mutex<Vec<(UserId, Option<SessionId>)>>,
}

impl Store {
    fn new(answers: usize) -> Arc<Self> {
        Arc::new(Self {
            live: AtomicBool::new(true),
            fails: AtomicBool::new(false),
            questions: AtomicUsize::new(0),
            answers: Semaphore::new(answers),
            seen: Mutex::default(),
        })
    }

    fn questions(&self) -> usize {
        self.questions.load(Ordering::SeqCst)
    }

    async fn until_asked(&self, times: usize) {
        while self.questions() < times {
            tokio::task::yield_now().await;
        }
    }
}

#[async_trait]
impl UserRepository for Store {
    async fn find(&self, _: UserId) -> Result<Option<User>, StoreError> {
        unreachable!("the check asks for nothing else")
    }

    async fn rename(
        &self,
        _: &Actor,
        _: Option<Name>,
        _: Timestamp,
    ) -> Result<Option<User>, StoreError> {
        unreachable!("the check asks for nothing else")
    }

    async fn erase(&self, _: &Actor, _: Timestamp) -> Result<bool, StoreError> {
        unreachable!("the check asks for nothing else")
    }

    async fn disable(&self, _: UserId, _: Timestamp) -> Result<bool, StoreError> {
        unreachable!("the check asks for nothing else")
    }

    async fn enable(&self, _: UserId) -> Result<bool, StoreError> {
        unreachable!("the check asks for nothing else")
    }

    async fn access_status(
        &self,
        user: UserId,
        session: Option<SessionId>,
        _: Timestamp,
    ) -> Result<AccessStatus, StoreError> {
        let exists = self.live.load(Ordering::SeqCst);
        self.seen.lock().unwrap().push((user, session));
        self.questions.fetch_add(1, Ordering::SeqCst);
        self.answers.acquire().await.unwrap().forget();
        if self.fails.load(Ordering::SeqCst) {
            return Err(StoreError::unavailable("down"));
        }
        Ok(AccessStatus {
            exists,
            not_before: None,
            disabled: false,
            session_live: exists && session.is_some(),
        })
    }
}

fn user(number: u128) -> UserId {
    UserId::new(Uuid::from_u128(number))
}

fn session(number: u128) -> SessionId {
    SessionId::new(Uuid::from_u128(number))
}

#[tokio::test]
async fn the_store_is_asked_once_for_each_user_and_session() {
    let store = Store::new(100);
    let check = CachedRevocationCheck::new(store.clone());
    let all = [
        (1, None),
        (1, Some(session(1))),
        (1, Some(session(2))),
        (2, Some(session(1))),
    ];
    for _ in 0..5 {
        for (number, session) in all {
            let access_status = check
                .access_status(user(number), session, now())
                .await
                .unwrap();
            assert_eq!(
                (access_status.exists, access_status.session_live),
                (true, session.is_some())
            );
        }
    }
    assert_eq!(
        *store.seen.lock().unwrap(),
        all.map(|(number, session)| (user(number), session))
    );
}

#[tokio::test]
async fn many_at_once_ask_once() {
    let store = Store::new(0);
    let check = Arc::new(CachedRevocationCheck::new(store.clone()));
    let waiting: Vec<_> = (0..50)
        .map(|_| {
            let check = Arc::clone(&check);
            tokio::spawn(async move { check.access_status(user(1), Some(session(1)), now()).await })
        })
        .collect();
    store.until_asked(1).await;
    store.answers.add_permits(1);
    for one in waiting {
        assert!(one.await.unwrap().unwrap().session_live);
    }
    assert_eq!(store.questions(), 1);
}

#[tokio::test]
async fn a_forgotten_user_is_asked_about_again() {
    let store = Store::new(100);
    let check = CachedRevocationCheck::new(store.clone());
    assert!(
        check
            .access_status(user(1), Some(session(1)), now())
            .await
            .unwrap()
            .session_live
    );
    store.live.store(false, Ordering::SeqCst);
    assert!(
        check
            .access_status(user(1), Some(session(1)), now())
            .await
            .unwrap()
            .session_live
    );
    check.forget(user(1));
    assert!(
        !check
            .access_status(user(1), Some(session(1)), now())
            .await
            .unwrap()
            .session_live
    );
    assert!(
        !check
            .access_status(user(1), None, now())
            .await
            .unwrap()
            .exists
    );
}

#[tokio::test]
async fn an_answer_on_its_way_is_worth_nothing_after_a_forget() {
    let store = Store::new(0);
    let check = Arc::new(CachedRevocationCheck::new(store.clone()));
    let early = {
        let check = Arc::clone(&check);
        tokio::spawn(async move { check.access_status(user(1), Some(session(1)), now()).await })
    };
    store.until_asked(1).await;
    // The store has looked, and found the session live; now it ends.
    store.live.store(false, Ordering::SeqCst);
    check.forget(user(1));
    store.answers.add_permits(10);
    let late = check
        .access_status(user(1), Some(session(1)), now())
        .await
        .unwrap();
    assert!(
        !late.session_live,
        "the answer from before was given to a later question"
    );
    assert!(
        !early.await.unwrap().unwrap().session_live,
        "it was given to the one who waited"
    );
    assert!(
        !check
            .access_status(user(1), Some(session(1)), now())
            .await
            .unwrap()
            .session_live
    );
    assert_eq!(store.questions(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_hears_of_the_time_before_a_forget() {
    let store = Store::new(Semaphore::MAX_PERMITS / 2);
    let check = Arc::new(CachedRevocationCheck::new(store.clone()));
    for round in 0..200 {
        let user = user(round);
        store.live.store(true, Ordering::SeqCst);
        let revoked = Arc::new(AtomicBool::new(false));
        let readers: Vec<_> = (0..4)
            .map(|_| {
                let (check, revoked) = (Arc::clone(&check), Arc::clone(&revoked));
                tokio::spawn(async move {
                    for _ in 0..20 {
                        let over = revoked.load(Ordering::SeqCst);
                        let access_status = check
                            .access_status(user, Some(session(1)), now())
                            .await
                            .unwrap();
                        assert!(!(over && access_status.session_live), "round {round}");
                        tokio::task::yield_now().await;
                    }
                })
            })
            .collect();
        tokio::task::yield_now().await;
        store.live.store(false, Ordering::SeqCst);
        check.forget(user);
        revoked.store(true, Ordering::SeqCst);
        for reader in readers {
            reader.await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_failure_of_the_store_is_told_to_all_and_not_remembered() {
    let store = Store::new(0);
    store.fails.store(true, Ordering::SeqCst);
    let check = Arc::new(CachedRevocationCheck::new(store.clone()));
    let waiting: Vec<_> = (0..5)
        .map(|_| {
            let check = Arc::clone(&check);
            tokio::spawn(async move { check.access_status(user(1), None, now()).await })
        })
        .collect();
    store.until_asked(1).await;
    store.answers.add_permits(10);
    for one in waiting {
        let error = one.await.unwrap().unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    }
    store.fails.store(false, Ordering::SeqCst);
    assert!(
        check
            .access_status(user(1), None, now())
            .await
            .unwrap()
            .exists
    );
}

#[tokio::test]
async fn an_answer_is_believed_for_less_than_five_seconds() {
    let store = Store::new(100);
    let check = CachedRevocationCheck::new(store.clone());
    check.access_status(user(1), None, now()).await.unwrap();
    store.live.store(false, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(4500)).await;
    for _ in 0..10 {
        assert!(
            !check
                .access_status(user(1), None, now())
                .await
                .unwrap()
                .exists
        );
    }
    assert_eq!(store.questions(), 2, "the second answer was not remembered");
}

#[tokio::test]
async fn memory_is_bounded() {
    let store = Store::new(1000);
    let check = CachedRevocationCheck::with_capacity(store.clone(), 20);
    for number in 0..500 {
        check
            .access_status(user(number), None, now())
            .await
            .unwrap();
    }
    check.answers.run_pending_tasks().await;
    assert!(
        check.answers.entry_count() <= 20,
        "{}",
        check.answers.entry_count()
    );
}
