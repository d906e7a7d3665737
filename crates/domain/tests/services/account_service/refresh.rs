use futures::executor::block_on;
use mockall::predicate::eq;

use super::super::outage;
use super::{KEY, Mocks, POLICY, access_token, an_account, session_id, user};
use tasklane_domain::service::{RefreshError, SignedIn};
use tasklane_domain::user::{RefreshAttempt, RefreshToken, Rotation};
use tasklane_domain_testkit::SequentialSecrets;
use tasklane_domain_testkit::builders::instant;

fn token() -> RefreshToken {
    let secret = SequentialSecrets::nth(99);
    RefreshToken {
        user: user(),
        session: session_id(5),
        secret,
    }
}

fn successor() -> RefreshToken {
    RefreshToken {
        secret: token().secret.successor(&KEY),
        ..token()
    }
}

fn rotating(answer: Rotation) -> Mocks {
    let mut mocks = Mocks::default();
    let attempt = RefreshAttempt {
        presented: token().secret.hash(),
        successor: successor().secret.hash(),
        at: instant(0),
        expires_at: instant(0).after(POLICY.session_lifetime),
        grace: POLICY.refresh_grace,
    };
    mocks
        .sessions
        .expect_rotate()
        .with(eq(user()), eq(session_id(5)), eq(attempt))
        .times(1)
        .return_once(|_, _, _| Ok(answer));
    mocks
}

#[test]
fn a_good_token_is_traded_for_the_same_ones_however_often_it_is_used() {
    let user = an_account().user;
    for rotation in [
        Rotation::Rotated(user.clone()),
        Rotation::Repeated(user.clone()),
    ] {
        let service = rotating(rotation)
            .signing(user.id, session_id(5))
            .into_service();
        let expected = SignedIn {
            user: user.clone(),
            access: access_token(),
            refresh: successor(),
        };
        assert_eq!(block_on(service.refresh(token())).unwrap(), expected);
    }
}

#[test]
fn what_is_remembered_of_the_user_of_a_reused_token_is_dropped() {
    let service = rotating(Rotation::Reused).forgetting(user()).into_service();
    let answer = block_on(service.refresh(token()));
    assert!(
        matches!(answer, Err(RefreshError::InvalidToken)),
        "{answer:?}"
    );
}

#[test]
fn an_unknown_token_signs_nothing_and_forgets_nobody() {
    let service = rotating(Rotation::Unknown).into_service();
    let answer = block_on(service.refresh(token()));
    assert!(
        matches!(answer, Err(RefreshError::InvalidToken)),
        "{answer:?}"
    );
}

#[test]
fn a_store_that_fails_is_not_taken_for_a_bad_token() {
    let mut mocks = Mocks::default();
    mocks
        .sessions
        .expect_rotate()
        .times(1)
        .return_once(|_, _, _| Err(outage()));
    let answer = block_on(mocks.into_service().refresh(token()));
    assert!(matches!(answer, Err(RefreshError::Store(_))), "{answer:?}");
}
