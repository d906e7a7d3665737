use std::sync::Arc;
use std::time::Duration;

use futures::executor::block_on;
use mockall::predicate::eq;

use super::outage;
use crate::id::{SessionId, UserId};
use crate::port::{
    HashError, MockAccessGate, MockAccountStore, MockPasswordHasher, MockSessionStore,
    MockTokenIssuer, RegisterError,
};
use crate::service::{
    AccountPolicy, AccountPorts, AccountService, LoginError, PasswordError, RefreshError,
    Registration, RegistrationError, SignedIn,
};
use crate::testing::builders::{a_name, a_new_account, instant};
use crate::testing::{FixedClock, SequentialIds, SequentialSecrets};
use crate::user::{
    AccessToken, Account, Candidate, Email, NewAccount, NewSession, Password, PasswordHash,
    RefreshToken, Rotation,
};

const POLICY: AccountPolicy = AccountPolicy {
    registration_open: true,
    access_lifetime: Duration::from_secs(900),
    session_lifetime: Duration::from_secs(86_400),
};

/// Mocks of the ports. Each fails when it is called without being told so.
#[derive(Default)]
pub(super) struct Mocks {
    accounts: MockAccountStore,
    sessions: MockSessionStore,
    hasher: MockPasswordHasher,
    tokens: MockTokenIssuer,
    gate: MockAccessGate,
}

impl Mocks {
    pub(super) fn into_service(self) -> AccountService {
        self.under(POLICY)
    }

    fn under(self, policy: AccountPolicy) -> AccountService {
        let ports = AccountPorts {
            accounts: Arc::new(self.accounts),
            sessions: Arc::new(self.sessions),
            hasher: Arc::new(self.hasher),
            tokens: Arc::new(self.tokens),
            gate: Arc::new(self.gate),
            ids: Arc::new(SequentialIds::default()),
            secrets: Arc::new(SequentialSecrets::default()),
            clock: Arc::new(FixedClock::at(instant(0))),
        };
        AccountService::new(ports, policy)
    }

    /// The user has an account, which is looked up once.
    pub(super) fn with_account(mut self, user: UserId) -> Self {
        self.accounts
            .expect_find_account()
            .with(eq(user))
            .times(1)
            .return_once(|_| Ok(Some(an_account())));
        self
    }

    /// The address is looked up once.
    fn with_address(mut self, email: &Email, account: Option<Account>) -> Self {
        self.accounts
            .expect_find_by_email()
            .with(eq(email.clone()))
            .times(1)
            .return_once(|_| Ok(account));
        self
    }

    /// One password is compared with the account's.
    pub(super) fn verifying(mut self, right: bool) -> Self {
        self.hasher
            .expect_verify()
            .with(eq(candidate().unwrap()), eq(Some(old_hash())))
            .times(1)
            .return_once(move |_, _| Ok(right));
        self
    }

    /// One new password is hashed.
    fn hashing(mut self) -> Self {
        self.hasher
            .expect_hash()
            .with(eq(a_password()))
            .times(1)
            .return_once(|_| Ok(new_hash()));
        self
    }

    /// One access token is signed.
    fn signing(mut self, user: UserId, session: SessionId) -> Self {
        self.tokens
            .expect_issue()
            .with(
                eq(user),
                eq(session),
                eq(instant(0)),
                eq(POLICY.access_lifetime),
            )
            .times(1)
            .return_once(|_, _, _, _| access_token());
        self
    }

    /// One session of that kind is opened.
    fn opening(mut self, user: UserId, session: NewSession, opened: bool) -> Self {
        self.sessions
            .expect_open()
            .with(eq(user), eq(session))
            .times(1)
            .return_once(move |_, _| Ok(opened));
        self
    }

    /// What is remembered of the user is dropped once.
    fn forgetting(mut self, user: UserId) -> Self {
        self.gate
            .expect_forget()
            .with(eq(user))
            .times(1)
            .return_const(());
        self
    }
}

pub(super) fn an_account() -> Account {
    let new = NewAccount {
        id: user(),
        ..a_new_account(instant(-9))
    };
    Account {
        user: new.to_user(),
        password: old_hash(),
    }
}

pub(super) fn candidate() -> Option<Candidate> {
    Candidate::new("correct horse")
}

fn user() -> UserId {
    UserId::new(uuid::Uuid::from_u128(77))
}

fn a_password() -> Password {
    Password::parse("battery staple", None).unwrap()
}

fn old_hash() -> PasswordHash {
    PasswordHash::new("old".to_owned())
}

fn new_hash() -> PasswordHash {
    PasswordHash::new("new".to_owned())
}

fn access_token() -> AccessToken {
    AccessToken {
        text: "signed".to_owned(),
        lifetime: POLICY.access_lifetime,
    }
}

/// The session that is made with the `number`th id.
fn session_id(number: u64) -> SessionId {
    SessionId::new(SequentialIds::nth(number))
}

fn new_session(number: u64, user_agent: Option<&str>) -> NewSession {
    NewSession {
        id: session_id(number),
        secret: SequentialSecrets::nth(1).hash(),
        at: instant(0),
        expires_at: instant(0).after(POLICY.session_lifetime),
        user_agent: user_agent.map(str::to_owned),
    }
}

fn signed_in(user: crate::user::User, session: SessionId) -> SignedIn {
    let secret = SequentialSecrets::nth(1);
    let refresh = RefreshToken {
        user: user.id,
        session,
        secret,
    };
    SignedIn {
        user,
        access: access_token(),
        refresh,
    }
}

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

mod registering_an_account {
    use super::*;

    #[test]
    fn a_registration_makes_account_and_session_and_signs_in() {
        let service = registering(Some("curl"), Ok(())).into_service();
        let answer = block_on(service.register(registration(), Some("curl"))).unwrap();
        assert_eq!(answer, signed_in(new_account().to_user(), session_id(2)));
    }

    #[test]
    fn a_disabled_registration_hashes_nothing_and_stores_nothing() {
        let closed = AccountPolicy {
            registration_open: false,
            ..POLICY
        };
        let service = Mocks::default().under(closed);
        let answer = block_on(service.register(registration(), None));
        assert!(
            matches!(answer, Err(RegistrationError::Disabled)),
            "{answer:?}"
        );
    }

    #[test]
    fn a_taken_address_is_told_and_opens_no_session() {
        let service = registering(None, Err(RegisterError::EmailTaken)).into_service();
        let answer = block_on(service.register(registration(), None));
        assert!(
            matches!(answer, Err(RegistrationError::EmailTaken)),
            "{answer:?}"
        );
    }

    #[test]
    fn a_store_that_fails_registers_nobody() {
        let service = registering(None, Err(outage().into())).into_service();
        let answer = block_on(service.register(registration(), None));
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
            .return_once(|_| Err(HashError::Busy));
        let answer = block_on(mocks.into_service().register(registration(), None));
        assert!(
            matches!(answer, Err(RegistrationError::Hash(HashError::Busy))),
            "{answer:?}"
        );
    }

    #[test]
    fn the_name_of_the_client_is_cut_to_255_characters() {
        let (long, kept) = ("🦀".repeat(300), "🦀".repeat(255));
        let service = registering(Some(&kept), Ok(())).into_service();
        block_on(service.register(registration(), Some(&long))).unwrap();
    }
}

mod logging_in {
    use super::*;

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
            .opening(user(), new_session(1, Some("curl")), true)
            .into_service();
        let answer = block_on(service.login(&email, candidate(), Some("curl"))).unwrap();
        assert_eq!(answer, signed_in(account.user, session_id(1)));
    }

    #[test]
    fn a_wrong_password_opens_no_session_and_signs_nothing() {
        let email = email();
        let mocks = Mocks::default()
            .with_address(&email, Some(an_account()))
            .verifying(false);
        let answer = block_on(mocks.into_service().login(&email, candidate(), None));
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
            .with(eq(candidate().unwrap()), eq(None))
            .times(1)
            .return_once(|_, _| Ok(false));
        let answer = block_on(mocks.into_service().login(&email, candidate(), None));
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
                .withf(|_, hash| hash.is_none())
                .times(1)
                .return_once(|_, _| Ok(false));
            let answer = block_on(mocks.into_service().login(&email, None, None));
            assert!(
                matches!(answer, Err(LoginError::InvalidCredentials)),
                "{answer:?}"
            );
        }
    }

    #[test]
    fn a_user_who_is_erased_meanwhile_is_not_signed_in() {
        let email = email();
        let mocks = Mocks::default()
            .with_address(&email, Some(an_account()))
            .verifying(true)
            .signing(user(), session_id(1))
            .opening(user(), new_session(1, None), false);
        let answer = block_on(mocks.into_service().login(&email, candidate(), None));
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
            .expect_find_by_email()
            .times(1)
            .return_once(|_| Err(outage()));
        let answer = block_on(mocks.into_service().login(&email, candidate(), None));
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
            .return_once(|_, _| Err(HashError::Busy));
        let answer = block_on(mocks.into_service().login(&email, candidate(), None));
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
                .opening(
                    user(),
                    new_session(1, Some("tasklane token")),
                    !erased_meanwhile,
                );
            let answer = block_on(mocks.into_service().sign_in_as(&email));
            assert_eq!(answer.is_err(), erased_meanwhile, "{answer:?}");
        }
        let unknown = Mocks::default().with_address(&email, None).into_service();
        let answer = block_on(unknown.sign_in_as(&email));
        assert!(
            matches!(answer, Err(LoginError::InvalidCredentials)),
            "{answer:?}"
        );
    }
}

mod refreshing {
    use super::*;

    fn token() -> RefreshToken {
        let secret = SequentialSecrets::nth(99);
        RefreshToken {
            user: user(),
            session: session_id(5),
            secret,
        }
    }

    fn rotating(answer: Rotation) -> Mocks {
        let mut mocks = Mocks::default();
        let (presented, next) = (token().secret.hash(), SequentialSecrets::nth(1).hash());
        let end = instant(0).after(POLICY.session_lifetime);
        mocks
            .sessions
            .expect_rotate()
            .with(
                eq(user()),
                eq(session_id(5)),
                eq(presented),
                eq(next),
                eq(instant(0)),
                eq(end),
            )
            .times(1)
            .return_once(|_, _, _, _, _, _| Ok(answer));
        mocks
    }

    #[test]
    fn a_good_token_is_traded_for_new_ones_of_the_same_session() {
        let account = an_account();
        let service = rotating(Rotation::Rotated(account.user.clone()))
            .signing(user(), session_id(5))
            .into_service();
        let answer = block_on(service.refresh(&token().expose())).unwrap();
        assert_eq!(answer, signed_in(account.user, session_id(5)));
    }

    #[test]
    fn a_reused_token_makes_the_gate_forget_its_user() {
        let service = rotating(Rotation::Reused).forgetting(user()).into_service();
        let answer = block_on(service.refresh(&token().expose()));
        assert!(
            matches!(answer, Err(RefreshError::InvalidToken)),
            "{answer:?}"
        );
    }

    #[test]
    fn an_unknown_token_signs_nothing_and_forgets_nobody() {
        let service = rotating(Rotation::Unknown).into_service();
        let answer = block_on(service.refresh(&token().expose()));
        assert!(
            matches!(answer, Err(RefreshError::InvalidToken)),
            "{answer:?}"
        );
    }

    #[test]
    fn what_is_no_token_reaches_no_store() {
        for text in [
            "",
            "x",
            "a.b.c",
            &token().expose()[1..],
            &"A".repeat(10_000),
        ] {
            let answer = block_on(Mocks::default().into_service().refresh(text));
            assert!(
                matches!(answer, Err(RefreshError::InvalidToken)),
                "{answer:?}"
            );
        }
    }

    #[test]
    fn a_store_that_fails_is_not_taken_for_a_bad_token() {
        let mut mocks = Mocks::default();
        mocks
            .sessions
            .expect_rotate()
            .times(1)
            .return_once(|_, _, _, _, _, _| Err(outage()));
        let answer = block_on(mocks.into_service().refresh(&token().expose()));
        assert!(matches!(answer, Err(RefreshError::Store(_))), "{answer:?}");
    }
}

mod sessions {
    use super::*;

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
    fn the_gate_forgets_whose_session_ends() {
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
    fn the_gate_forgets_whose_other_sessions_end() {
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
}

mod passwords {
    use super::*;

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

    async fn change(mocks: Mocks, current: Option<Candidate>) -> Result<(), PasswordError> {
        let service = mocks.into_service();
        service
            .change_password(user(), current, &a_password(), Some(session_id(5)))
            .await
    }

    #[test]
    fn the_right_password_is_replaced_and_the_gate_forgets() {
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
                .expect_find_account()
                .times(1)
                .return_once(|_| Ok(None));
            mocks
        };
        let answer = block_on(change(nobody(), candidate()));
        assert!(
            matches!(answer, Err(PasswordError::NoAccount)),
            "{answer:?}"
        );
        let answer = block_on(
            nobody()
                .into_service()
                .confirm_password(user(), candidate()),
        );
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
            .return_once(|_, _| Err(HashError::Busy));
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
            let answer = block_on(mocks.into_service().confirm_password(user(), candidate()));
            assert_eq!(answer.is_ok(), right, "{answer:?}");
        }
    }
}
