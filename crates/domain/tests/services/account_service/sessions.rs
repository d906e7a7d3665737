use futures::executor::block_on;
use mockall::predicate::eq;
use tasklane_domain_testkit::builders::instant;

use super::{Mocks, session_id, user};

#[test]
fn sessions_are_listed_as_of_now() {
    let mut mocks = Mocks::default();
    mocks
        .sessions
        .expect_list()
        .with(eq(user()), eq(instant(0)))
        .times(1)
        .return_once(|_, _| Ok(vec![]));
    assert_eq!(block_on(mocks.into_service().sessions(user())).unwrap(), []);
}

#[test]
fn what_is_remembered_of_a_user_whose_session_ends_is_dropped() {
    for ended in [true, false] {
        let mut mocks = Mocks::default().forgetting(user());
        mocks
            .sessions
            .expect_end()
            .with(eq(user()), eq(session_id(5)), eq(instant(0)))
            .times(1)
            .return_once(move |_, _, _| Ok(ended));
        let answer = block_on(mocks.into_service().end_session(user(), session_id(5)));
        assert_eq!(answer.unwrap(), ended);
    }
}

#[test]
fn what_is_remembered_of_a_user_whose_other_sessions_end_is_dropped() {
    for keep in [Some(session_id(5)), None] {
        let mut mocks = Mocks::default().forgetting(user());
        mocks
            .sessions
            .expect_end_others()
            .with(eq(user()), eq(keep))
            .times(1)
            .return_once(|_, _| Ok(()));
        block_on(mocks.into_service().end_other_sessions(user(), keep)).unwrap();
    }
}
