use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::executor::block_on;

use super::{Mocks, POLICY, an_account};
use tasklane_domain::service::{
    AccountPolicy, AccountPorts, AccountService, LinkError, LinkService, LoginError, MailService,
    Registration,
};
use tasklane_domain::user::{
    Client, Email, LinkAddresses, LinkPurpose, LinkToken, Mail, MailRequest, Password,
    PasswordAttempt, User,
};
use tasklane_domain_testkit::builders::{an_email, instant};
use tasklane_domain_testkit::{
    DirectRevocationCheck, FixedClock, MemoryStore, PlainHasher, PlainKeyedHash, PlainTokens,
    RecordedMail, SequentialIds, SequentialSecrets,
};

const LIFETIME: Duration = Duration::from_hours(1);

/// A user who has just registered, a queue that keeps what is asked for, and mail that is not sent.
struct Scene {
    accounts: AccountService,
    mail_service: MailService,
    mail: Arc<RecordedMail>,
    clock: Arc<FixedClock>,
    user: User,
    email: Email,
}

impl Scene {
    fn new() -> Self {
        Self::under(POLICY)
    }

    fn under(policy: AccountPolicy) -> Self {
        let store = Arc::new(MemoryStore::default());
        let clock = Arc::new(FixedClock::at(instant(0)));
        let mail = Arc::new(RecordedMail::default());
        let secrets = Arc::new(SequentialSecrets::default());
        let ports = AccountPorts {
            accounts: store.clone(),
            sessions: store.clone(),
            hasher: Arc::new(PlainHasher),
            tokens: Arc::new(PlainTokens),
            revocations: Arc::new(DirectRevocationCheck::to(store.clone())),
            ids: Arc::new(SequentialIds::default()),
            secrets: secrets.clone(),
            keyed_hash: Arc::new(PlainKeyedHash("key")),
            mail: mail.clone(),
            clock: clock.clone(),
        };
        let addresses = LinkAddresses {
            password_reset: Some("https://app.example.com/reset".to_owned()),
            email_verification: Some("https://app.example.com/verify#".to_owned()),
        };
        let links = LinkService::new(store, secrets, clock.clone(), addresses, LIFETIME);
        let accounts = AccountService::new(ports, policy);
        let email = an_email();
        let registration = Registration {
            email: email.clone(),
            password: password("correct horse"),
            name: None,
        };
        let signed_in = block_on(accounts.register(registration, client(1))).unwrap();
        Self {
            mail_service: MailService::new(links, mail.clone()),
            accounts,
            mail,
            clock,
            user: signed_in.user,
            email,
        }
    }

    /// Does all that was asked for; the mails that come of it.
    fn mails(&self) -> Vec<Mail> {
        for request in self.mail.take_requests() {
            block_on(self.mail_service.look_after(request)).unwrap();
        }
        self.mail.take_mails()
    }

    /// Asks for a reset from an address of its own.
    fn reset_link(&self, number: u8) -> LinkToken {
        let asked = self
            .accounts
            .request_password_reset(self.email.clone(), client(number));
        asked.unwrap();
        token(&self.mails()[0])
    }

    fn login(&self, text: &str) -> Result<(), LoginError> {
        let attempt = PasswordAttempt::new(text);
        block_on(self.accounts.login(&self.email, attempt, client(1))).map(drop)
    }
}

fn client(number: u8) -> Client<'static> {
    Client {
        user_agent: None,
        address: Some(IpAddr::from([192, 0, 2, number])),
    }
}

fn password(text: &str) -> Password {
    Password::parse(text, None).unwrap()
}

fn token(mail: &Mail) -> LinkToken {
    let (_, text) = mail.link.split_once("token=").unwrap();
    LinkToken::parse(text).unwrap()
}

#[test]
fn a_registration_sends_the_link_that_verifies_the_address() {
    let scene = Scene::new();
    let [mail] = scene.mails().try_into().unwrap();
    assert_eq!(
        (mail.template, &mail.to),
        (LinkPurpose::EmailVerification, &scene.email)
    );
    assert!(
        mail.link
            .starts_with("https://app.example.com/verify#token="),
        "{}",
        mail.link
    );
    assert_eq!(mail.lifetime, LIFETIME);
    block_on(scene.accounts.verify_email(&token(&mail))).unwrap();
    let again = block_on(scene.accounts.verify_email(&token(&mail)));
    assert!(matches!(again, Err(LinkError::InvalidToken)), "{again:?}");
    let asked = scene
        .accounts
        .request_verification(scene.user.id, client(2));
    block_on(asked).unwrap();
    assert_eq!(scene.mails(), [], "it is verified already");
}

#[test]
fn a_link_resets_the_password_and_verifies_the_address() {
    let scene = Scene::under(AccountPolicy {
        verified_email_required: true,
        ..POLICY
    });
    drop(scene.mails());
    let refused = scene.login("correct horse");
    assert!(
        matches!(refused, Err(LoginError::EmailNotVerified)),
        "{refused:?}"
    );
    let wrong = scene.login("wrong horse");
    assert!(
        matches!(wrong, Err(LoginError::InvalidCredentials)),
        "{wrong:?}"
    );

    let token = scene.reset_link(2);
    let user = block_on(scene.accounts.user_of_reset_link(&token)).unwrap();
    assert_eq!(user.id, scene.user.id);
    let new = password("battery staple");
    block_on(scene.accounts.reset_password(&token, &new, client(2))).unwrap();
    scene.login("battery staple").unwrap();
    let old = scene.login("correct horse");
    assert!(
        matches!(old, Err(LoginError::InvalidCredentials)),
        "{old:?}"
    );
    let again = block_on(scene.accounts.reset_password(&token, &new, client(2)));
    assert!(matches!(again, Err(LinkError::InvalidToken)), "{again:?}");
}

#[test]
fn a_link_that_is_not_accepted_costs_no_hashing() {
    let scene = Scene::new();
    drop(scene.mails());
    let token = scene.reset_link(2);
    scene.clock.advance(LIFETIME);
    let mut mocks = Mocks::default();
    mocks
        .accounts
        .expect_account_by_reset_link()
        .times(1)
        .return_once(|_, _| Ok(None));
    let new = password("battery staple");
    let late = block_on(mocks.into_service().reset_password(&token, &new, client(1)));
    assert!(matches!(late, Err(LinkError::InvalidToken)), "{late:?}");
    let late = block_on(scene.accounts.reset_password(&token, &new, client(1)));
    assert!(matches!(late, Err(LinkError::InvalidToken)), "{late:?}");
}

#[test]
fn an_account_gets_three_mails_an_hour_and_the_last_one_stays_good() {
    let scene = Scene::new();
    let mut mails = scene.mails();
    for number in 2..10 {
        let asked = scene
            .accounts
            .request_password_reset(scene.email.clone(), client(number));
        asked.unwrap();
        mails.extend(scene.mails());
    }
    let templates: Vec<_> = mails.iter().map(|mail| mail.template).collect();
    let (verification, reset) = (LinkPurpose::EmailVerification, LinkPurpose::PasswordReset);
    assert_eq!(templates, [verification, reset, reset]);
    block_on(scene.accounts.user_of_reset_link(&token(&mails[2]))).unwrap();
    scene.clock.advance(Duration::from_hours(1));
    scene.reset_link(11);
}

#[test]
fn a_client_has_three_requests_an_hour_whosever_address_it_names() {
    let scene = Scene::new();
    let asked = || {
        scene
            .accounts
            .request_password_reset(an_email(), client(7))
            .unwrap();
        scene.mail.take_requests().len()
    };
    drop(scene.mails());
    assert_eq!([asked(), asked(), asked(), asked()], [1, 1, 1, 0]);
    let again = scene
        .accounts
        .request_verification(scene.user.id, client(7));
    block_on(again).unwrap();
    assert_eq!(scene.mails(), []);
    scene.clock.advance(Duration::from_hours(1));
    assert_eq!(asked(), 1);
}

#[test]
fn an_unknown_address_gets_no_mail_and_the_same_answer() {
    let scene = Scene::new();
    drop(scene.mails());
    let unknown = an_email();
    scene
        .accounts
        .request_password_reset(unknown.clone(), client(2))
        .unwrap();
    let request = MailRequest {
        purpose: LinkPurpose::PasswordReset,
        to: unknown,
    };
    assert_eq!(scene.mail.take_requests(), std::slice::from_ref(&request));
    assert!(!block_on(scene.mail_service.look_after(request)).unwrap());
    assert_eq!(scene.mail.take_mails(), []);
}

#[test]
fn without_a_way_to_send_links_nothing_is_asked_of_the_store() {
    let service = Mocks::default().into_service();
    let reset = service.request_password_reset(an_email(), client(1));
    assert!(matches!(reset, Err(LinkError::NotServed)), "{reset:?}");
    let user = an_account().user.id;
    let verification = block_on(service.request_verification(user, client(1)));
    assert!(
        matches!(verification, Err(LinkError::NotServed)),
        "{verification:?}"
    );
}
