use std::time::Duration;

use super::{Email, Name, User};
use crate::clock::Timestamp;
use crate::id::{OwnerId, SessionId, UserId};

/// The alias under which local accounts stand beside trusted issuers.
pub const LOCAL_ISSUER: &str = "local";

/// How far the clocks of those who issue tokens may differ from ours.
pub const TOKEN_LEEWAY: Duration = Duration::from_secs(5);

/// Who acts. What they act on has an owner of its own: another argument, wherever both matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The user.
    pub id: UserId,
    /// Where the user comes from.
    pub origin: Origin,
    /// When their token was issued, if they act by a token that says so.
    pub issued_at: Option<Timestamp>,
}

/// Where a user comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A local account; it exists already, or its tokens are worth nothing.
    Local,
    /// A trusted issuer; the user comes to exist with their first write.
    Federated(FederatedProfile),
}

/// What a trusted issuer's token says of its subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FederatedProfile {
    /// The issuer's configured alias.
    pub alias: String,
    /// The issuer's own name of the user, opaque.
    pub subject: String,
    /// The email address, if the token has a usable one.
    pub email: Option<Email>,
    /// Whether the issuer says that the address reaches them.
    pub email_verified: bool,
    /// The name, if the token has a usable one.
    pub name: Option<Name>,
}

impl Actor {
    /// The user of a local account.
    #[must_use]
    pub const fn local(id: UserId) -> Self {
        Self {
            id,
            origin: Origin::Local,
            issued_at: None,
        }
    }

    /// A trusted issuer's subject.
    #[must_use]
    pub fn federated(profile: FederatedProfile) -> Self {
        Self {
            id: UserId::for_subject(&profile.alias, &profile.subject),
            origin: Origin::Federated(profile),
            issued_at: None,
        }
    }

    /// The same user, by a token that was issued at that instant.
    #[must_use]
    pub fn by_token_of(self, issued_at: Option<Timestamp>) -> Self {
        Self { issued_at, ..self }
    }

    /// The owner of what is theirs alone.
    #[must_use]
    pub fn owner(&self) -> OwnerId {
        self.id.into()
    }

    /// Who acts, if it is a federated user, as they come to exist with their first write at the
    /// instant `at`, or come back with it after an erasure: with what their token says, and nothing
    /// that they had before.
    #[must_use]
    pub fn admission(&self, at: Timestamp) -> Option<Admission> {
        let Origin::Federated(profile) = &self.origin else {
            return None;
        };
        Some(Admission {
            id: self.id,
            profile: profile.clone(),
            at,
        })
    }
}

/// A federated user who comes to exist, or back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admission {
    /// The user.
    pub id: UserId,
    /// What their token says.
    pub profile: FederatedProfile,
    /// When.
    pub at: Timestamp,
}

impl Admission {
    /// The user from then on.
    #[must_use]
    pub fn to_user(&self) -> User {
        User {
            created_at: Some(self.at),
            updated_at: Some(self.at),
            ..User::of_token(self.id, &self.profile)
        }
    }
}

/// Whether a token no longer counts, since tokens issued up to `not_before` were refused. Times in
/// tokens are mostly whole seconds: one of the same instant is older.
#[must_use]
pub fn is_outdated(issued_at: Timestamp, not_before: Option<Timestamp>) -> bool {
    not_before.is_some_and(|not_before| issued_at <= not_before)
}

/// Who calls: what an accepted access token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// In whose name.
    pub actor: Actor,
    /// The token's `iss`.
    pub issuer: String,
    /// The token's `sub`.
    pub subject: String,
    /// The session of a local account.
    pub session: Option<SessionId>,
    /// When the token ends, leeway not included.
    pub expires_at: Timestamp,
}

impl Principal {
    /// The instant from which on the token no longer counts, leeway included.
    #[must_use]
    pub fn accepted_until(&self) -> Timestamp {
        self.expires_at.after(TOKEN_LEEWAY)
    }
}
