//! Wrong passwords are counted wherever a password is checked, against the in-memory store.

use std::sync::Arc;

use futures::executor::block_on;

use super::{KEY, POLICY, a_password};
use tasklane_domain::port::NoMail;
use tasklane_domain::service::{
    AccountPorts, AccountService, EraseError, LoginError, PasswordError, Registration, UserService,
};
use tasklane_domain::user::{Actor, Client, Email, PasswordAttempt};
use tasklane_domain_testkit::builders::{an_email, instant};
use tasklane_domain_testkit::{
    DirectRevocationCheck, FixedClock, MemoryStore, PlainHasher, PlainTokens, SequentialIds,
    SequentialSecrets,
};

const HOME: &str = "203.0.113.1";

fn at(address: &str) -> Client<'static> {
    Client {
        user_agent: None,
        address: Some(address.parse().unwrap()),
    }
}

fn wrong() -> Option<PasswordAttempt> {
    PasswordAttempt::new("wrong horse")
}

fn right() -> PasswordAttempt {
    a_password().as_candidate().clone()
}

/// Somebody with an account that they made at home.
struct Scene {
    accounts: AccountService,
    users: UserService,
    clock: Arc<FixedClock>,
    email: Email,
    owner: Actor,
}

impl Scene {
    fn new() -> Self {
        let store = Arc::new(MemoryStore::default());
        let clock = Arc::new(FixedClock::at(instant(0)));
        let revocations = Arc::new(DirectRevocationCheck::to(store.clone()));
        let ports = AccountPorts {
            accounts: store.clone(),
            sessions: store.clone(),
            hasher: Arc::new(PlainHasher),
            tokens: Arc::new(PlainTokens),
            revocations: revocations.clone(),
            ids: Arc::new(SequentialIds::default()),
            secrets: Arc::new(SequentialSecrets::default()),
            keyed_hash: Arc::new(KEY),
            mail: Arc::new(NoMail),
            clock: clock.clone(),
        };
        let accounts = AccountService::new(ports, POLICY);
        let email = an_email();
        let registration = Registration {
            email: email.clone(),
            password: a_password(),
            name: None,
        };
        let signed_in = block_on(accounts.register(registration, at(HOME))).unwrap();
        Self {
            users: UserService::new(store, accounts.clone(), revocations, clock.clone()),
            accounts,
            clock,
            email,
            owner: Actor::local(signed_in.user.id),
        }
    }

    fn login(&self, attempt: Option<PasswordAttempt>, address: &str) -> Result<(), LoginError> {
        block_on(self.accounts.login(&self.email, attempt, at(address))).map(drop)
    }

    /// Sixty wrong passwords from as many addresses: how many are checked.
    fn flood(&self) -> usize {
        let guess = |number| self.login(wrong(), &format!("192.0.2.{number}"));
        (0..60)
            .map(guess)
            .filter(|answer| matches!(answer, Err(LoginError::InvalidCredentials)))
            .count()
    }
}

#[test]
fn strangers_guess_slowly_and_the_owner_signs_in_where_they_have_before() {
    let scene = Scene::new();
    assert_eq!(scene.flood(), 20);
    scene.login(Some(right()), HOME).unwrap();
    let elsewhere = scene.login(Some(right()), "198.51.100.1");
    assert!(
        matches!(elsewhere, Err(LoginError::TooManyGuesses(_))),
        "{elsewhere:?}"
    );
    scene.clock.set(instant(3));
    scene.login(Some(right()), "198.51.100.1").unwrap();
    assert_eq!(scene.flood(), 1, "a right password takes nothing away");
    scene.login(Some(right()), "198.51.100.1").unwrap();
}

#[test]
fn an_address_is_unknown_again_thirty_days_after_the_last_sign_in() {
    let scene = Scene::new();
    let month = 30 * 24 * 3600;
    scene.clock.set(instant(month - 1));
    scene.flood();
    scene.login(Some(right()), HOME).unwrap();
    scene.clock.set(instant(2 * month - 1));
    scene.flood();
    let forgotten = scene.login(Some(right()), HOME);
    assert!(
        matches!(forgotten, Err(LoginError::TooManyGuesses(_))),
        "{forgotten:?}"
    );
}

#[test]
fn an_unknown_account_is_limited_like_a_known_one() {
    let scene = Scene::new();
    let unknown = Scene {
        email: an_email(),
        ..Scene::new()
    };
    assert_eq!(unknown.flood(), scene.flood());
}

#[test]
fn a_change_of_password_and_an_erasure_count_their_wrong_passwords() {
    let scene = Scene::new();
    let change = || {
        let new = a_password();
        let accounts = &scene.accounts;
        block_on(accounts.change_password(scene.owner.id, wrong(), &new, None, at(HOME)))
    };
    let erase = || block_on(scene.users.erase(&scene.owner, wrong(), at(HOME)));
    for _ in 0..10 {
        assert!(matches!(change(), Err(PasswordError::Incorrect)));
        let erased = erase();
        assert!(
            matches!(erased, Err(EraseError::Password(PasswordError::Incorrect))),
            "{erased:?}"
        );
    }
    let refused = change();
    assert!(
        matches!(refused, Err(PasswordError::TooManyGuesses(_))),
        "{refused:?}"
    );
    let refused = erase();
    assert!(
        matches!(
            refused,
            Err(EraseError::Password(PasswordError::TooManyGuesses(_)))
        ),
        "{refused:?}"
    );
}
