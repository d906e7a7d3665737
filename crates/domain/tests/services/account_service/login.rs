use futures::executor::block_on;
use mockall::predicate::{always, eq};

use super::super::outage;
use super::{
    Mocks, an_account, candidate, client, new_session, old_hash, session_id, signed_in, user,
};
use tasklane_domain::port::HashError;
use tasklane_domain::service::LoginError;
use tasklane_domain::user::Email;

fn email() -> Email {
    an_account().user.email.unwrap()
}

#[test]
fn the_right_password_opens_a_session() {
    let (email, account) = (email(), an_account());
    let service = Mocks::default()
        .with_address(&email, Some(account.clone()))
        .verifying(true)
        .signing(user(), session_id(1))
        .opening(new_session(1, Some("curl")), Some(old_hash()), true)
        .into_service();
    let answer = block_on(service.login(&email, candidate(), client(Some("curl")))).unwrap();
    assert_eq!(answer, signed_in(account.user, session_id(1)));
}

#[test]
fn a_wrong_password_opens_no_session_and_signs_nothing() {
    let email = email();
    let mocks = Mocks::default()
        .with_address(&email, Some(an_account()))
        .verifying(false);
    let answer = block_on(
        mocks
            .into_service()
            .login(&email, candidate(), client(None)),
    );
    assert!(
        matches!(answer, Err(LoginError::InvalidCredentials)),
        "{answer:?}"
    );
}

#[test]
fn an_unknown_address_costs_the_same_work() {
    let email = email();
    let mut mocks = Mocks::default().with_address(&email, None);
    mocks
        .hasher
        .expect_verify()
        .with(eq(candidate().unwrap()), eq(None), always())
        .times(1)
        .return_once(|_, _, _| Ok(false));
    let answer = block_on(
        mocks
            .into_service()
            .login(&email, candidate(), client(None)),
    );
    assert!(
        matches!(answer, Err(LoginError::InvalidCredentials)),
        "{answer:?}"
    );
}

#[test]
fn a_password_too_long_to_be_anybodys_costs_the_same_work() {
    let email = email();
    for account in [Some(an_account()), None] {
        let mut mocks = Mocks::default().with_address(&email, account);
        mocks
            .hasher
            .expect_verify()
            .withf(|_, hash, _| hash.is_none())
            .times(1)
            .return_once(|_, _, _| Ok(false));
        let answer = block_on(mocks.into_service().login(&email, None, client(None)));
        assert!(
            matches!(answer, Err(LoginError::InvalidCredentials)),
            "{answer:?}"
        );
    }
}

#[test]
fn a_user_who_is_erased_or_whose_password_changes_meanwhile_is_not_signed_in() {
    let email = email();
    let mocks = Mocks::default()
        .with_address(&email, Some(an_account()))
        .verifying(true)
        .signing(user(), session_id(1))
        .opening(new_session(1, None), Some(old_hash()), false);
    let answer = block_on(
        mocks
            .into_service()
            .login(&email, candidate(), client(None)),
    );
    assert!(
        matches!(answer, Err(LoginError::InvalidCredentials)),
        "{answer:?}"
    );
}

#[test]
fn a_store_that_fails_costs_no_hashing() {
    let email = email();
    let mut mocks = Mocks::default();
    mocks
        .accounts
        .expect_account_by_email()
        .times(1)
        .return_once(|_| Err(outage()));
    let answer = block_on(
        mocks
            .into_service()
            .login(&email, candidate(), client(None)),
    );
    assert!(matches!(answer, Err(LoginError::Store(_))), "{answer:?}");
}

#[test]
fn a_password_that_cannot_be_checked_opens_no_session() {
    let email = email();
    let mut mocks = Mocks::default().with_address(&email, Some(an_account()));
    mocks
        .hasher
        .expect_verify()
        .times(1)
        .return_once(|_, _, _| Err(HashError::Busy));
    let answer = block_on(
        mocks
            .into_service()
            .login(&email, candidate(), client(None)),
    );
    assert!(
        matches!(answer, Err(LoginError::Hash(HashError::Busy))),
        "{answer:?}"
    );
}

#[test]
fn an_operator_signs_in_for_an_account_without_its_password() {
    let email = email();
    for erased_meanwhile in [false, true] {
        let mocks = Mocks::default()
            .with_address(&email, Some(an_account()))
            .signing(user(), session_id(1))
            .opening(new_session(1, Some("console")), None, !erased_meanwhile);
        let service = mocks.into_service();
        let answer = block_on(service.sign_in_as(&email, client(Some("console"))));
        assert_eq!(answer.is_err(), erased_meanwhile, "{answer:?}");
    }
    let unknown = Mocks::default().with_address(&email, None).into_service();
    let answer = block_on(unknown.sign_in_as(&email, client(None)));
    assert!(
        matches!(answer, Err(LoginError::InvalidCredentials)),
        "{answer:?}"
    );
}
