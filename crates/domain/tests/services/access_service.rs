use std::sync::Arc;
use std::time::Duration;

use futures::executor::block_on;
use mockall::predicate::eq;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::id::{SessionId, UserId};
use tasklane_domain::port::{MockRevocationCheck, MockTokenVerifier, TokenError};
use tasklane_domain::service::{AccessError, AccessService};
use tasklane_domain::user::{AccessStatus, Actor, Principal};
use tasklane_domain_testkit::builders::{a_federated_actor, instant};
use tasklane_domain_testkit::{FixedClock, random_uuid};

use super::outage;

fn local(session: Option<SessionId>, issued_at: Option<Timestamp>) -> Principal {
    principal(Actor::local(UserId::new(random_uuid())), session, issued_at)
}

fn principal(actor: Actor, session: Option<SessionId>, issued_at: Option<Timestamp>) -> Principal {
    Principal {
        subject: actor.id.to_string(),
        actor: actor.by_token_of(issued_at),
        issuer: "tasklane".to_owned(),
        session,
        expires_at: instant(900),
    }
}

fn a_session() -> SessionId {
    SessionId::new(random_uuid())
}

/// Authenticates a token that is verified to be the principal's, with that access status.
fn authenticate(
    principal: &Principal,
    access_status: AccessStatus,
) -> Result<Principal, AccessError> {
    let mut verifier = MockTokenVerifier::new();
    let found = principal.clone();
    verifier
        .expect_verify()
        .with(eq("token"), eq(instant(0)))
        .times(1)
        .return_once(|_, _| Ok(found));
    let mut revocations = MockRevocationCheck::new();
    revocations
        .expect_access_status()
        .with(
            eq(principal.actor.id),
            eq(principal.session),
            eq(instant(0)),
        )
        .times(1)
        .return_once(move |_, _, _| Ok(access_status));
    block_on(service(verifier, revocations).authenticate("token"))
}

fn service(verifier: MockTokenVerifier, revocations: MockRevocationCheck) -> AccessService {
    let clock = FixedClock::at(instant(0));
    AccessService::new(Arc::new(verifier), Arc::new(revocations), Arc::new(clock))
}

const GOOD: AccessStatus = AccessStatus {
    exists: true,
    not_before: None,
    disabled: false,
    session_live: true,
};

fn is_revoked(answer: &Result<Principal, AccessError>) -> bool {
    matches!(answer, Err(AccessError::Revoked))
}

#[test]
fn a_verified_token_of_a_user_in_good_standing_lets_in() {
    let principal = local(Some(a_session()), Some(instant(-60)));
    assert_eq!(authenticate(&principal, GOOD).unwrap(), principal);
}

#[test]
fn a_token_that_is_not_accepted_asks_for_no_standing() {
    for error in [
        TokenError::NotAToken,
        TokenError::Expired,
        TokenError::KeysUnavailable,
    ] {
        let mut verifier = MockTokenVerifier::new();
        let found = error.clone();
        verifier
            .expect_verify()
            .times(1)
            .return_once(|_, _| Err(found));
        let answer = block_on(service(verifier, MockRevocationCheck::new()).authenticate("token"));
        assert!(
            matches!(&answer, Err(AccessError::Token(found)) if *found == error),
            "{answer:?}"
        );
    }
}

#[test]
fn a_local_user_must_exist() {
    let gone = AccessStatus {
        exists: false,
        ..GOOD
    };
    assert!(is_revoked(&authenticate(
        &local(Some(a_session()), Some(instant(0))),
        gone
    )));
}

#[test]
fn a_federated_user_need_not_exist_yet() {
    let principal = principal(a_federated_actor(), None, Some(instant(0)));
    assert_eq!(
        authenticate(&principal, AccessStatus::default()).unwrap(),
        principal
    );
}

#[test]
fn a_session_must_be_live_where_the_token_names_one() {
    let ended = AccessStatus {
        session_live: false,
        ..GOOD
    };
    assert!(is_revoked(&authenticate(
        &local(Some(a_session()), Some(instant(0))),
        ended
    )));
    assert!(authenticate(&local(None, Some(instant(0))), ended).is_ok());
}

/// Which of these instants of issue are refused to a user who was erased or disabled at the first.
fn refused(owner: &Actor, micros: &[i64]) -> Vec<bool> {
    let status = AccessStatus {
        not_before: Some(instant(-60)),
        ..GOOD
    };
    let is_refused = |later: &i64| {
        let issued = Timestamp::from_micros(instant(-60).as_micros() + later);
        is_revoked(&authenticate(
            &principal(owner.clone(), None, issued),
            status,
        ))
    };
    micros.iter().map(is_refused).collect()
}

#[test]
fn a_local_token_from_before_the_disabling_is_refused_even_of_the_same_instant() {
    let owner = Actor::local(UserId::new(random_uuid()));
    assert_eq!(refused(&owner, &[-1, 0, 1]), [true, true, false]);
}

#[test]
fn a_token_from_before_the_erasure_is_refused_though_its_issuers_clock_is_ahead() {
    let instants = [-1, 0, 1, 5_000_000, 5_000_001];
    let expected = [true, true, true, true, false];
    assert_eq!(refused(&a_federated_actor(), &instants), expected);
}

#[test]
fn a_token_that_does_not_say_when_it_was_issued_is_refused_after_an_erasure() {
    let erased = AccessStatus {
        exists: false,
        not_before: Some(instant(-60)),
        ..AccessStatus::default()
    };
    let principal = principal(a_federated_actor(), None, None);
    assert!(is_revoked(&authenticate(&principal, erased)));
}

#[test]
fn every_token_of_a_disabled_user_is_refused() {
    let disabled = AccessStatus {
        disabled: true,
        ..GOOD
    };
    let newer_than_all = Some(instant(60));
    for principal in [
        local(Some(a_session()), newer_than_all),
        principal(a_federated_actor(), None, newer_than_all),
    ] {
        assert!(is_revoked(&authenticate(&principal, disabled)));
    }
}

#[test]
fn a_token_that_does_not_say_when_it_was_issued_is_good_while_nobody_was_erased() {
    assert!(authenticate(&local(Some(a_session()), None), GOOD).is_ok());
}

#[test]
fn a_standing_that_cannot_be_had_lets_nobody_in() {
    let mut verifier = MockTokenVerifier::new();
    let principal = local(Some(a_session()), Some(instant(0)));
    verifier
        .expect_verify()
        .times(1)
        .return_once(|_, _| Ok(principal));
    let mut revocations = MockRevocationCheck::new();
    revocations
        .expect_access_status()
        .times(1)
        .return_once(|_, _, _| Err(outage()));
    let answer = block_on(service(verifier, revocations).authenticate("token"));
    assert!(matches!(answer, Err(AccessError::Store(_))), "{answer:?}");
}

#[test]
fn who_was_let_in_is_asked_about_again_without_the_token() {
    let principal = local(Some(a_session()), Some(instant(-60)));
    let ended = AccessStatus {
        session_live: false,
        ..GOOD
    };
    for (access_status, revoked) in [(GOOD, false), (ended, true)] {
        let mut revocations = MockRevocationCheck::new();
        revocations
            .expect_access_status()
            .with(
                eq(principal.actor.id),
                eq(principal.session),
                eq(instant(0)),
            )
            .times(1)
            .return_once(move |_, _, _| Ok(access_status));
        let answer = block_on(service(MockTokenVerifier::new(), revocations).confirm(&principal));
        assert_eq!(matches!(answer, Err(AccessError::Revoked)), revoked);
    }
}

#[test]
fn a_token_is_accepted_until_its_end_and_the_leeway() {
    let service = service(MockTokenVerifier::new(), MockRevocationCheck::new());
    let mut principal = local(None, None);
    assert_eq!(service.remaining(&principal), Duration::from_secs(905));
    principal.expires_at = instant(-5);
    assert_eq!(service.remaining(&principal), Duration::ZERO);
    principal.expires_at = instant(-900);
    assert_eq!(service.remaining(&principal), Duration::ZERO);
}
