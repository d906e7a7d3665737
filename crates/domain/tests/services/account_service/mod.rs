mod guesses;
mod links;
mod login;
mod passwords;
mod refresh;
mod registration;
mod sessions;

use std::sync::Arc;
use std::time::Duration;

use mockall::predicate::{always, eq};

use tasklane_domain::id::{SessionId, UserId};
use tasklane_domain::port::{
    MockAccountStore, MockPasswordHasher, MockRevocationCheck, MockSessionStore, MockTokenIssuer,
    NoMail,
};
use tasklane_domain::service::{AccountPolicy, AccountPorts, AccountService, SignedIn};
use tasklane_domain::user::{
    AccessToken, Account, Client, Email, NewAccount, NewSession, Password, PasswordAttempt,
    PasswordHash, RefreshToken, User,
};
use tasklane_domain_testkit::builders::{a_new_account, instant};
use tasklane_domain_testkit::{FixedClock, PlainKeyedHash, SequentialIds, SequentialSecrets};

const POLICY: AccountPolicy = AccountPolicy {
    registration_open: true,
    access_lifetime: Duration::from_mins(15),
    session_lifetime: Duration::from_hours(24),
    refresh_grace: Duration::from_mins(1),
    verified_email_required: false,
};

const KEY: PlainKeyedHash = PlainKeyedHash("key");

/// Mocks of the ports. Each fails when it gets a call that it does not expect.
#[derive(Default)]
pub(super) struct Mocks {
    accounts: MockAccountStore,
    sessions: MockSessionStore,
    hasher: MockPasswordHasher,
    tokens: MockTokenIssuer,
    revocations: MockRevocationCheck,
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
            revocations: Arc::new(self.revocations),
            ids: Arc::new(SequentialIds::default()),
            secrets: Arc::new(SequentialSecrets::default()),
            keyed_hash: Arc::new(KEY),
            mail: Arc::new(NoMail),
            clock: Arc::new(FixedClock::at(instant(0))),
        };
        AccountService::new(ports, policy)
    }

    /// The user has an account, which is looked up once.
    pub(super) fn with_account(mut self, user: UserId) -> Self {
        self.accounts
            .expect_account_of()
            .with(eq(user))
            .times(1)
            .return_once(|_| Ok(Some(an_account())));
        self
    }

    /// The address is looked up once.
    fn with_address(mut self, email: &Email, account: Option<Account>) -> Self {
        self.accounts
            .expect_account_by_email()
            .with(eq(email.clone()))
            .times(1)
            .return_once(|_| Ok(account));
        self
    }

    /// One password is compared with the account's.
    pub(super) fn verifying(mut self, right: bool) -> Self {
        self.hasher
            .expect_verify()
            .with(eq(candidate().unwrap()), eq(Some(old_hash())), always())
            .times(1)
            .return_once(move |_, _, _| Ok(right));
        self
    }

    /// One new password is hashed.
    fn hashing(mut self) -> Self {
        self.hasher
            .expect_hash()
            .with(eq(a_password()), always())
            .times(1)
            .return_once(|_, _| Ok(new_hash()));
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
    fn opening(mut self, session: NewSession, under: Option<PasswordHash>, opened: bool) -> Self {
        self.sessions
            .expect_open()
            .with(eq(user()), eq(session), eq(under))
            .times(1)
            .return_once(move |_, _, _| Ok(opened));
        self
    }

    /// What is remembered of the user is dropped once.
    fn forgetting(mut self, user: UserId) -> Self {
        self.revocations
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

pub(super) fn candidate() -> Option<PasswordAttempt> {
    PasswordAttempt::new("correct horse")
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
        address: None,
    }
}

/// A client whose address is not known.
fn client(user_agent: Option<&str>) -> Client<'_> {
    Client {
        user_agent,
        address: None,
    }
}

fn signed_in(user: User, session: SessionId) -> SignedIn {
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
