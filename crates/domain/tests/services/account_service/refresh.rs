use futures::executor::block_on;
use mockall::predicate::eq;
use tasklane_domain::service::RefreshError;
use tasklane_domain::user::{RefreshToken, Rotation};
use tasklane_domain_testkit::SequentialSecrets;
use tasklane_domain_testkit::builders::instant;

use super::super::outage;
use super::{Mocks, POLICY, an_account, session_id, signed_in, user};

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
