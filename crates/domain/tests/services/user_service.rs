use std::sync::Arc;

use futures::executor::block_on;
use mockall::predicate::eq;

use super::account_service::{Mocks, an_account, candidate};
use super::outage;
use tasklane_domain::id::UserId;
use tasklane_domain::port::{MockRevocationCheck, MockUserRepository};
use tasklane_domain::service::{EraseError, PasswordError, UserService};
use tasklane_domain::user::{Actor, Client, Origin, User};
use tasklane_domain_testkit::builders::{a_federated_actor, a_name, instant};
use tasklane_domain_testkit::{FixedClock, random_uuid};

fn service(
    users: MockUserRepository,
    accounts: Mocks,
    revocations: MockRevocationCheck,
) -> UserService {
    let clock = FixedClock::at(instant(0));
    UserService::new(
        Arc::new(users),
        accounts.into_service(),
        Arc::new(revocations),
        Arc::new(clock),
    )
}

fn profiles(users: MockUserRepository) -> UserService {
    service(users, Mocks::default(), MockRevocationCheck::new())
}

fn a_local_actor() -> Actor {
    Actor::local(UserId::new(random_uuid()))
}

fn expect_erasure(users: &mut MockUserRepository, owner: &Actor) {
    users
        .expect_erase()
        .with(eq(owner.clone()), eq(instant(0)))
        .times(1)
        .return_once(|_, _| Ok(true));
}

fn forgetting(user: UserId) -> MockRevocationCheck {
    let mut revocations = MockRevocationCheck::new();
    revocations
        .expect_forget()
        .with(eq(user))
        .times(1)
        .return_const(());
    revocations
}

#[test]
fn a_stored_profile_wins_over_the_token() {
    let owner = a_federated_actor();
    let stored = User {
        id: owner.id,
        ..an_account().user
    };
    let found = stored.clone();
    let mut users = MockUserRepository::new();
    users
        .expect_find()
        .with(eq(owner.id))
        .times(1)
        .return_once(|_| Ok(Some(found)));
    assert_eq!(
        block_on(profiles(users).profile(&owner)).unwrap(),
        Some(stored)
    );
}

#[test]
fn a_federated_user_who_has_written_nothing_is_shown_from_the_token() {
    let owner = a_federated_actor();
    let Origin::Federated(issued) = owner.origin.clone() else {
        unreachable!()
    };
    let mut users = MockUserRepository::new();
    users.expect_find().times(1).return_once(|_| Ok(None));
    let shown = block_on(profiles(users).profile(&owner)).unwrap().unwrap();
    let expected = User {
        id: owner.id,
        issuer: issued.alias,
        email: issued.email,
        email_verified: issued.email_verified,
        name: issued.name,
        created_at: None,
        updated_at: None,
    };
    assert_eq!(shown, expected);
}

#[test]
fn a_local_user_who_does_not_exist_has_no_profile() {
    let mut users = MockUserRepository::new();
    users.expect_find().times(1).return_once(|_| Ok(None));
    assert_eq!(
        block_on(profiles(users).profile(&a_local_actor())).unwrap(),
        None
    );
}

#[test]
fn a_profile_that_cannot_be_read_is_not_made_up_from_the_token() {
    let mut users = MockUserRepository::new();
    users.expect_find().times(1).return_once(|_| Err(outage()));
    assert!(block_on(profiles(users).profile(&a_federated_actor())).is_err());
}

#[test]
fn a_renaming_is_one_write_at_the_present_instant() {
    let owner = a_federated_actor();
    for name in [Some(a_name("Ada")), None] {
        let mut users = MockUserRepository::new();
        let user = an_account().user;
        let renamed = user.clone();
        users
            .expect_rename()
            .with(eq(owner.clone()), eq(name.clone()), eq(instant(0)))
            .times(1)
            .return_once(|_, _, _| Ok(Some(renamed)));
        assert_eq!(
            block_on(profiles(users).rename(&owner, name)).unwrap(),
            Some(user)
        );
    }
}

#[test]
fn a_local_user_who_gives_their_password_is_erased_and_forgotten() {
    let owner = a_local_actor();
    let mut users = MockUserRepository::new();
    expect_erasure(&mut users, &owner);
    let accounts = Mocks::default().with_account(owner.id).verifying(true);
    let service = service(users, accounts, forgetting(owner.id));
    block_on(service.erase(&owner, candidate(), Client::default())).unwrap();
}

#[test]
fn a_wrong_password_erases_nobody() {
    let owner = a_local_actor();
    let accounts = Mocks::default().with_account(owner.id).verifying(false);
    let service = service(
        MockUserRepository::new(),
        accounts,
        MockRevocationCheck::new(),
    );
    let answer = block_on(service.erase(&owner, candidate(), Client::default()));
    assert!(
        matches!(answer, Err(EraseError::Password(PasswordError::Incorrect))),
        "{answer:?}"
    );
}

#[test]
fn a_missing_password_erases_nobody_and_costs_no_hashing() {
    let owner = a_local_actor();
    let accounts = Mocks::default().with_account(owner.id);
    let service = service(
        MockUserRepository::new(),
        accounts,
        MockRevocationCheck::new(),
    );
    let answer = block_on(service.erase(&owner, None, Client::default()));
    assert!(
        matches!(answer, Err(EraseError::Password(PasswordError::Incorrect))),
        "{answer:?}"
    );
}

#[test]
fn a_federated_user_is_erased_without_a_password() {
    let owner = a_federated_actor();
    let mut users = MockUserRepository::new();
    expect_erasure(&mut users, &owner);
    let service = service(users, Mocks::default(), forgetting(owner.id));
    block_on(service.erase(&owner, None, Client::default())).unwrap();
}

#[test]
fn an_erasure_that_failed_is_reported() {
    let owner = a_federated_actor();
    let mut users = MockUserRepository::new();
    users
        .expect_erase()
        .times(1)
        .return_once(|_, _| Err(outage()));
    let service = service(users, Mocks::default(), MockRevocationCheck::new());
    let answer = block_on(service.erase(&owner, None, Client::default()));
    assert!(matches!(answer, Err(EraseError::Store(_))), "{answer:?}");
}

#[test]
fn what_is_remembered_of_a_user_is_dropped_when_they_are_disabled_or_enabled() {
    let user = a_local_actor().id;
    let mut users = MockUserRepository::new();
    users
        .expect_disable()
        .with(eq(user), eq(instant(0)))
        .times(1)
        .return_once(|_, _| Ok(true));
    let disabling = service(users, Mocks::default(), forgetting(user));
    assert!(block_on(disabling.disable(user)).unwrap());

    let mut users = MockUserRepository::new();
    users
        .expect_enable()
        .with(eq(user))
        .times(1)
        .return_once(|_| Ok(false));
    let enabling = service(users, Mocks::default(), forgetting(user));
    assert!(!block_on(enabling.enable(user)).unwrap());
}
