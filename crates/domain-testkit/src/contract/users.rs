//! How users come to exist, change their name, are erased and come back.

use tasklane_domain::id::UserId;
use tasklane_domain::page::{ListVersion, TaskFilter};
use tasklane_domain::task::{FeedError, Revision, WriteError};
use tasklane_domain::user::{AccessStatus, Actor, FederatedProfile, Origin, User};

use super::Stores;
use super::test_user::TestUser;
use crate::builders::{
    a_draft, a_federated_actor, a_full_draft, a_name, a_task_id, create, delete, erase, instant,
    most_open_tasks, revision, toggle,
};
use crate::random_uuid;

async fn user(stores: &Stores, id: UserId) -> Option<User> {
    stores.users.find(id).await.expect("a look-up")
}

async fn access_status(stores: &Stores, id: UserId) -> AccessStatus {
    stores
        .users
        .access_status(id, None, instant(0))
        .await
        .expect("a status")
}

fn profile(owner: &Actor) -> &FederatedProfile {
    let Origin::Federated(profile) = &owner.origin else {
        panic!("not a federated user")
    };
    profile
}

/// Email and name are not in every token, and two users may have the same. The issuer says whether it
/// has verified the address.
pub async fn a_federated_user_needs_neither_email_nor_name(stores: &Stores) {
    let shared = profile(&a_federated_actor()).clone();
    for (email, email_verified, name) in [
        (None, false, None),
        (shared.email.clone(), true, shared.name.clone()),
        (shared.email, false, None),
    ] {
        let subject = format!("auth0|{}", random_uuid());
        let issued = FederatedProfile {
            alias: "auth0".to_owned(),
            subject,
            email,
            email_verified,
            name,
        };
        let actor = TestUser::new(stores, Actor::federated(issued.clone()));
        actor.create(a_draft("First")).await;
        let user = user(stores, actor.identity.id).await.expect("the user");
        assert_eq!(
            (user.email, user.email_verified, user.name),
            (issued.email, issued.email_verified, issued.name)
        );
    }
}

/// A subject is opaque text of up to 255 characters of any kind.
pub async fn a_subject_may_be_any_text(stores: &Stores) {
    for subject in [
        "42",
        "auth0|x",
        "ada@example.com",
        "𝒳".repeat(223).as_str(),
        "' OR 1=1 --",
    ] {
        let subject = format!("{}{subject}", random_uuid().simple());
        let issued = FederatedProfile {
            subject,
            ..profile(&a_federated_actor()).clone()
        };
        let actor = TestUser::new(stores, Actor::federated(issued));
        actor.create(a_draft("First")).await;
        assert!(user(stores, actor.identity.id).await.is_some());
    }
}

/// A local user must have an account before they write anything.
pub async fn an_unknown_local_user_may_not_write(stores: &Stores) {
    let actor = TestUser::new(stores, Actor::local(UserId::new(random_uuid())));
    for operation in [
        create(a_task_id(), a_draft("First")),
        toggle(a_task_id()),
        delete(a_task_id()),
    ] {
        let refused = actor.attempt(operation.clone()).await;
        assert!(
            matches!(refused, Err(WriteError::UnknownOwner)),
            "{refused:?}"
        );
        let refused = actor.batch(vec![operation]).await;
        assert!(
            matches!(refused, Err(WriteError::UnknownOwner)),
            "{refused:?}"
        );
    }
    assert_eq!(actor.version().await, ListVersion::default());
    assert_eq!(user(stores, actor.identity.id).await, None);
}

/// A name can be set, changed and cleared; the same name again changes nothing.
pub async fn a_user_changes_their_name(stores: &Stores) {
    for actor in [TestUser::local(stores).await, TestUser::federated(stores)] {
        actor.create(a_draft("First")).await;
        let before = user(stores, actor.identity.id).await.expect("the user");
        let version = actor.version().await;
        for name in [
            Some(a_name("O'Brien 🦀")),
            None,
            None,
            Some(a_name("é e\u{301}")),
        ] {
            let (old, at) = (
                user(stores, actor.identity.id).await.expect("the user"),
                actor.now(),
            );
            let renamed = stores.users.rename(&actor.identity, name.clone(), at).await;
            let changed_at = if old.name == name {
                old.updated_at
            } else {
                Some(at)
            };
            let expected = User {
                name,
                updated_at: changed_at,
                ..before.clone()
            };
            assert_eq!(renamed.expect("a renaming").as_ref(), Some(&expected));
            assert_eq!(user(stores, actor.identity.id).await, Some(expected));
        }
        assert_eq!(actor.version().await, version);
    }
}

/// A federated user may begin with their name; a write afterwards leaves it as they want it.
pub async fn a_renaming_creates_a_federated_user(stores: &Stores) {
    for name in [Some(a_name("Countess")), None] {
        let actor = TestUser::federated(stores);
        let at = actor.now();
        let renamed = stores.users.rename(&actor.identity, name.clone(), at).await;
        let renamed = renamed.expect("a renaming").expect("a user");
        assert_eq!(
            (&renamed.name, renamed.created_at, renamed.updated_at),
            (&name, Some(at), Some(at))
        );
        assert_eq!(renamed.email, profile(&actor.identity).email);
        assert_eq!(actor.version().await, ListVersion::default());
        assert_eq!(actor.create(a_draft("First")).await.revision, revision(1));
        assert_eq!(user(stores, actor.identity.id).await, Some(renamed));
    }
}

/// A local user who does not exist has no name to change.
pub async fn an_unknown_local_user_is_not_renamed(stores: &Stores) {
    let owner = Actor::local(UserId::new(random_uuid()));
    let renamed = stores
        .users
        .rename(&owner, Some(a_name("Nobody")), instant(0))
        .await;
    assert_eq!(renamed.expect("an answer"), None);
    assert_eq!(user(stores, owner.id).await, None);
}

/// Nothing of an erased user is left but the id, the revision and the moment.
pub async fn an_erased_user_leaves_only_a_record(stores: &Stores) {
    for actor in [TestUser::local(stores).await, TestUser::federated(stores)] {
        let live = actor.create(a_full_draft("Live")).await;
        let trashed = actor.create(a_draft("Trashed")).await;
        actor.write(delete(trashed.id)).await;
        let erased = actor.create(a_draft("Erased")).await;
        actor.outcome(erase(erased.id)).await;
        let before = actor.version().await.revision;
        let at = actor.now();
        assert!(
            stores
                .users
                .erase(&actor.identity, at)
                .await
                .expect("an erasure")
        );

        assert_eq!(user(stores, actor.identity.id).await, None);
        for id in [live.id, trashed.id, erased.id] {
            assert_eq!(actor.held(id).await, None);
        }
        assert_eq!(actor.matching(TaskFilter::default()).await, []);
        assert_eq!(
            (actor.trash().await, actor.whole_feed().await),
            (vec![], vec![])
        );
        let version = ListVersion {
            revision: before.next(),
            purge_horizon: before.next(),
        };
        assert_eq!(actor.version().await, version);
        for since in [revision(1), before] {
            let expired = actor.changes(since, 10).await;
            assert!(matches!(expired, Err(FeedError::Expired)), "{expired:?}");
        }
        let expected = AccessStatus {
            exists: false,
            not_before: Some(at),
            disabled: false,
            session_live: false,
        };
        assert_eq!(access_status(stores, actor.identity.id).await, expected);
    }
}

/// An erased local user is gone for good.
pub async fn an_erased_local_user_does_not_come_back(stores: &Stores) {
    let actor = TestUser::local(stores).await;
    actor.create(a_draft("Gone")).await;
    let at = actor.now();
    assert!(
        stores
            .users
            .erase(&actor.identity, at)
            .await
            .expect("an erasure")
    );
    assert!(
        !stores
            .users
            .erase(&actor.identity, actor.now())
            .await
            .expect("an answer")
    );
    let refused = actor.attempt(create(a_task_id(), a_draft("Late"))).await;
    assert!(
        matches!(refused, Err(WriteError::UnknownOwner)),
        "{refused:?}"
    );
    let renamed = stores
        .users
        .rename(&actor.identity, Some(a_name("Late")), actor.now())
        .await;
    assert_eq!(renamed.expect("an answer"), None);
    assert_eq!(user(stores, actor.identity.id).await, None);
    assert!(access_status(stores, actor.identity.id).await.not_before >= Some(at));
}

/// A local user who never existed cannot be erased, and no record is made of it.
pub async fn an_unknown_local_user_is_not_erased(stores: &Stores) {
    let owner = Actor::local(UserId::new(random_uuid()));
    assert!(
        !stores
            .users
            .erase(&owner, instant(0))
            .await
            .expect("an answer")
    );
    assert_eq!(
        access_status(stores, owner.id).await,
        AccessStatus::default()
    );
}

/// A federated user comes back empty: profile from the token, revision continued, old sync points
/// expired, the moment of the erasure still on record.
pub async fn an_erased_federated_user_comes_back_empty(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let old = actor.create(a_draft("Old")).await;
    for _ in 0..3 {
        actor.write(toggle(old.id)).await;
    }
    stores
        .users
        .rename(&actor.identity, Some(a_name("Renamed")), actor.now())
        .await
        .expect("a renaming");
    let (before, erased_at) = (actor.version().await.revision, actor.now());
    assert!(
        stores
            .users
            .erase(&actor.identity, erased_at)
            .await
            .expect("an erasure")
    );
    actor.refusal(toggle(old.id)).await;
    assert_eq!(user(stores, actor.identity.id).await, None);

    let again = actor.write(create(old.id, a_full_draft("New"))).await;
    assert_eq!(again.revision, before.next().next());
    let back = user(stores, actor.identity.id).await.expect("the user");
    assert_eq!(
        (&back.name, &back.email),
        (
            &profile(&actor.identity).name,
            &profile(&actor.identity).email
        )
    );
    assert_eq!(
        (back.created_at, back.updated_at),
        (Some(again.created_at), Some(again.created_at))
    );
    let version = ListVersion {
        revision: again.revision,
        purge_horizon: before.next(),
    };
    assert_eq!(actor.version().await, version);
    assert_eq!(actor.matching(TaskFilter::default()).await, [again]);
    let expected = AccessStatus {
        exists: true,
        not_before: Some(erased_at),
        disabled: false,
        session_live: false,
    };
    assert_eq!(access_status(stores, actor.identity.id).await, expected);
    let expired = actor.changes(revision(1), 10).await;
    assert!(matches!(expired, Err(FeedError::Expired)), "{expired:?}");
    assert_eq!(
        actor
            .changes(Revision::ZERO, 10)
            .await
            .expect("the feed")
            .changes
            .len(),
        1
    );
}

/// Nor do the tasks of the user who was erased count against the quota of the one who comes back.
pub async fn a_user_who_comes_back_begins_with_an_empty_quota(stores: &Stores) {
    let rules = tasklane_domain::task::WriteRules {
        quotas: most_open_tasks(1),
        require_precondition: false,
    };
    let actor = TestUser::federated(stores).under(rules);
    actor.create(a_draft("Old")).await;
    stores
        .users
        .erase(&actor.identity, actor.now())
        .await
        .expect("an erasure");
    actor
        .batch(vec![create(a_task_id(), a_draft("New"))])
        .await
        .expect("a batch");
    actor
        .refusal(create(a_task_id(), a_draft("One more")))
        .await;
    actor.recount().await;
}

/// A federated user may come back by their name, too.
pub async fn a_renaming_brings_a_federated_user_back(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let old = actor.create(a_draft("Old")).await;
    let erased_at = actor.now();
    stores
        .users
        .erase(&actor.identity, erased_at)
        .await
        .expect("an erasure");
    let renamed = stores
        .users
        .rename(&actor.identity, Some(a_name("Back")), actor.now())
        .await;
    let renamed = renamed.expect("a renaming").expect("a user");
    assert_eq!(renamed.name, Some(a_name("Back")));
    assert_eq!(renamed.email, profile(&actor.identity).email);
    assert_eq!(renamed.created_at, renamed.updated_at);
    assert_eq!(user(stores, actor.identity.id).await, Some(renamed));
    let version = ListVersion {
        revision: old.revision.next(),
        purge_horizon: old.revision.next(),
    };
    assert_eq!(actor.version().await, version);
    let not_before = access_status(stores, actor.identity.id).await.not_before;
    assert_eq!(not_before, Some(erased_at));
}

/// A federated user who never wrote can be erased all the same: older tokens are refused from then
/// on. A later erasure moves that moment forward.
pub async fn a_federated_user_who_never_wrote_leaves_a_record(stores: &Stores) {
    let actor = TestUser::federated(stores);
    for _ in 0..2 {
        let at = actor.now();
        let existed = stores.users.erase(&actor.identity, at).await;
        assert!(!existed.expect("an erasure"));
        let expected = AccessStatus {
            exists: false,
            not_before: Some(at),
            disabled: false,
            session_live: false,
        };
        assert_eq!(access_status(stores, actor.identity.id).await, expected);
        assert_eq!(user(stores, actor.identity.id).await, None);
    }
    assert_eq!(actor.version().await, ListVersion::default());
    assert_eq!(actor.create(a_draft("First")).await.revision, revision(1));
}

/// A user who exists keeps their profile, whatever a later token says.
pub async fn a_later_token_changes_no_profile(stores: &Stores) {
    let actor = TestUser::federated(stores);
    actor.create(a_draft("First")).await;
    let before = user(stores, actor.identity.id).await;
    let issued = FederatedProfile {
        email: None,
        name: Some(a_name("Somebody else")),
        ..profile(&actor.identity).clone()
    };
    let later = TestUser::new(stores, Actor::federated(issued)).since(60);
    later.create(a_draft("Second")).await;
    assert_eq!(user(stores, actor.identity.id).await, before);
    let name = Some(a_name("Countess"));
    let renamed = stores
        .users
        .rename(&later.identity, name, later.now())
        .await;
    let renamed = renamed.expect("a renaming").expect("a user");
    assert_eq!(renamed.email, before.expect("the user").email);
}

/// Tokens that an erasure refused stay refused after another one by a clock that is behind.
pub async fn an_erasure_takes_no_later_moment_back(stores: &Stores) {
    let actor = TestUser::federated(stores);
    for (seconds, expected) in [(9, 9), (5, 9), (12, 12)] {
        let erased = stores.users.erase(&actor.identity, instant(seconds)).await;
        erased.expect("an erasure");
        let not_before = access_status(stores, actor.identity.id).await.not_before;
        assert_eq!(not_before, Some(instant(expected)));
        actor.since(20).create(a_draft("Back")).await;
    }
}

/// The erasure of a federated user takes no address from the account that has the same one.
pub async fn an_erasure_frees_nobody_elses_address(stores: &Stores) {
    let local = crate::builders::a_new_account(instant(0));
    let session = crate::builders::a_new_session(instant(0));
    let registered = stores.accounts.register(local.clone(), session).await;
    registered.expect("a registration");
    let issued = FederatedProfile {
        email: Some(local.email.clone()),
        ..profile(&a_federated_actor()).clone()
    };
    let actor = TestUser::new(stores, Actor::federated(issued));
    actor.create(a_draft("First")).await;
    let erased = stores.users.erase(&actor.identity, actor.now()).await;
    assert!(erased.expect("an erasure"));
    let account = stores.accounts.account_by_email(&local.email).await;
    let account = account.expect("a look-up").expect("the account");
    assert_eq!(account.user.id, local.id);
}

/// Of simultaneous renamings of a federated user who does not exist, each is done or overtaken.
pub async fn simultaneous_renamings_make_one_user(stores: &Stores) {
    for erased_before in [false, true] {
        let actor = TestUser::federated(stores);
        if erased_before {
            let erased = stores.users.erase(&actor.identity, actor.now()).await;
            erased.expect("an erasure");
        }
        let attempts = (0..8).map(|number| {
            let (users, owner) = (stores.users.clone(), actor.identity.clone());
            let (name, at) = (a_name(&format!("Ada {number}")), actor.now());
            async move { users.rename(&owner, Some(name), at).await }
        });
        let mut created = Vec::new();
        for renamed in stores.at_once(attempts).await {
            created.push(renamed.expect("a renaming").expect("a user").created_at);
        }
        created.dedup();
        let user = user(stores, actor.identity.id).await.expect("the user");
        assert_eq!(created, [user.created_at]);
    }
}

/// A write that meets the erasure of its user comes before it or after it, never in between.
pub async fn an_erasure_beside_writes_leaves_nothing_behind(stores: &Stores) {
    for _ in 0..5 {
        let actor = TestUser::local(stores).await;
        actor.create(a_draft("Earlier")).await;
        let writer = actor.clone();
        let (users, leaving) = (stores.users.clone(), actor.clone());
        let mut jobs: Vec<futures::future::BoxFuture<'static, ()>> = Vec::new();
        for _ in 0..6 {
            let writer = writer.clone();
            jobs.push(Box::pin(async move {
                match writer.attempt(create(a_task_id(), a_draft("Late"))).await {
                    Ok(_) | Err(WriteError::UnknownOwner) => {}
                    Err(error) => panic!("{error:?}"),
                }
            }));
        }
        jobs.push(Box::pin(async move {
            let done = users.erase(&leaving.identity, leaving.now()).await;
            assert!(done.expect("an erasure"));
        }));
        stores.at_once(jobs).await;
        assert_eq!(actor.whole_feed().await, []);
        assert_eq!(
            stores
                .users
                .find(actor.identity.id)
                .await
                .expect("a look-up"),
            None
        );
        let version = actor.version().await;
        assert_eq!(version.revision, version.purge_horizon);
    }
}
