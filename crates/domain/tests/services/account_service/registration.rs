use futures::executor::block_on;
use mockall::predicate::eq;

use super::super::outage;
use super::{Mocks, POLICY, a_password, client, new_hash, new_session, session_id, signed_in};
use tasklane_domain::id::UserId;
use tasklane_domain::port::{HashError, RegisterError};
use tasklane_domain::service::{AccountPolicy, Registration, RegistrationError};
use tasklane_domain::user::{Email, NewAccount};
use tasklane_domain_testkit::SequentialIds;
use tasklane_domain_testkit::builders::{a_name, instant};

fn registration() -> Registration {
    let email = Email::parse("ada@example.com").unwrap();
    Registration {
        email,
        password: a_password(),
        name: Some(a_name("Ada")),
    }
}

fn new_account() -> NewAccount {
    let Registration { email, name, .. } = registration();
    let id = UserId::new(SequentialIds::nth(1));
    NewAccount {
        id,
        email,
        name,
        password: new_hash(),
        at: instant(0),
    }
}

fn registering(user_agent: Option<&str>, answer: Result<(), RegisterError>) -> Mocks {
    let mut mocks = Mocks::default()
        .hashing()
        .signing(new_account().id, session_id(2));
    mocks
        .accounts
        .expect_register()
        .with(eq(new_account()), eq(new_session(2, user_agent)))
        .times(1)
        .return_once(|_, _| answer);
    mocks
}

#[test]
fn a_registration_makes_account_and_session_and_signs_in() {
    let service = registering(Some("curl"), Ok(())).into_service();
    let answer = block_on(service.register(registration(), client(Some("curl")))).unwrap();
    assert_eq!(answer, signed_in(new_account().to_user(), session_id(2)));
}

#[test]
fn a_disabled_registration_hashes_nothing_and_stores_nothing() {
    let closed = AccountPolicy {
        registration_open: false,
        ..POLICY
    };
    let service = Mocks::default().under(closed);
    let answer = block_on(service.register(registration(), client(None)));
    assert!(
        matches!(answer, Err(RegistrationError::Disabled)),
        "{answer:?}"
    );
}

#[test]
fn a_taken_address_is_told_and_opens_no_session() {
    let service = registering(None, Err(RegisterError::EmailTaken)).into_service();
    let answer = block_on(service.register(registration(), client(None)));
    assert!(
        matches!(answer, Err(RegistrationError::EmailTaken)),
        "{answer:?}"
    );
}

#[test]
fn a_store_that_fails_registers_nobody() {
    let service = registering(None, Err(outage().into())).into_service();
    let answer = block_on(service.register(registration(), client(None)));
    assert!(
        matches!(answer, Err(RegistrationError::Store(_))),
        "{answer:?}"
    );
}

#[test]
fn a_password_that_cannot_be_hashed_stores_nothing() {
    let mut mocks = Mocks::default();
    mocks
        .hasher
        .expect_hash()
        .times(1)
        .return_once(|_, _| Err(HashError::Busy));
    let answer = block_on(mocks.into_service().register(registration(), client(None)));
    assert!(
        matches!(answer, Err(RegistrationError::Hash(HashError::Busy))),
        "{answer:?}"
    );
}

#[test]
fn the_name_of_the_client_is_cut_to_255_characters() {
    let (long, kept) = ("🦀".repeat(300), "🦀".repeat(255));
    let service = registering(Some(&kept), Ok(())).into_service();
    block_on(service.register(registration(), client(Some(&long)))).unwrap();
}
