use futures::executor::block_on;
use mockall::predicate::eq;

use super::{Mocks, a_password, candidate, client, new_hash, old_hash, session_id, user};
use tasklane_domain::port::HashError;
use tasklane_domain::service::PasswordError;
use tasklane_domain::user::PasswordAttempt;
use tasklane_domain_testkit::builders::instant;

fn changing(changed: bool) -> Mocks {
    let mut mocks = Mocks::default()
        .with_account(user())
        .verifying(true)
        .hashing();
    let keep = Some(session_id(5));
    mocks
        .accounts
        .expect_change_password()
        .with(
            eq(user()),
            eq(old_hash()),
            eq(new_hash()),
            eq(keep),
            eq(instant(0)),
        )
        .times(1)
        .return_once(move |_, _, _, _, _| Ok(changed));
    mocks.forgetting(user())
}

async fn change(mocks: Mocks, current: Option<PasswordAttempt>) -> Result<(), PasswordError> {
    let service = mocks.into_service();
    service
        .change_password(
            user(),
            current,
            &a_password(),
            Some(session_id(5)),
            client(None),
        )
        .await
}

#[test]
fn the_right_password_is_replaced_and_what_is_remembered_of_the_user_dropped() {
    block_on(change(changing(true), candidate())).unwrap();
}

#[test]
fn a_password_that_was_changed_meanwhile_is_incorrect() {
    let answer = block_on(change(changing(false), candidate()));
    assert!(
        matches!(answer, Err(PasswordError::Incorrect)),
        "{answer:?}"
    );
}

#[test]
fn a_wrong_password_hashes_no_new_one_and_stores_nothing() {
    let mocks = Mocks::default().with_account(user()).verifying(false);
    let answer = block_on(change(mocks, candidate()));
    assert!(
        matches!(answer, Err(PasswordError::Incorrect)),
        "{answer:?}"
    );
}

#[test]
fn a_password_too_long_to_be_anybodys_is_incorrect_without_hashing() {
    let answer = block_on(change(Mocks::default().with_account(user()), None));
    assert!(
        matches!(answer, Err(PasswordError::Incorrect)),
        "{answer:?}"
    );
}

#[test]
fn who_has_no_account_has_no_password() {
    let nobody = || {
        let mut mocks = Mocks::default();
        mocks
            .accounts
            .expect_account_of()
            .times(1)
            .return_once(|_| Ok(None));
        mocks
    };
    let answer = block_on(change(nobody(), candidate()));
    assert!(
        matches!(answer, Err(PasswordError::NoAccount)),
        "{answer:?}"
    );
    let answer = block_on(nobody().into_service().confirm_password(
        user(),
        candidate(),
        client(None),
    ));
    assert!(
        matches!(answer, Err(PasswordError::NoAccount)),
        "{answer:?}"
    );
}

#[test]
fn a_password_that_cannot_be_checked_changes_nothing() {
    let mut mocks = Mocks::default().with_account(user());
    mocks
        .hasher
        .expect_verify()
        .times(1)
        .return_once(|_, _, _| Err(HashError::Busy));
    let answer = block_on(change(mocks, candidate()));
    assert!(
        matches!(answer, Err(PasswordError::Hash(HashError::Busy))),
        "{answer:?}"
    );
}

#[test]
fn a_password_is_confirmed_by_comparing_it_once() {
    for right in [true, false] {
        let mocks = Mocks::default().with_account(user()).verifying(right);
        let service = mocks.into_service();
        let answer = block_on(service.confirm_password(user(), candidate(), client(None)));
        assert_eq!(answer.is_ok(), right, "{answer:?}");
    }
}
