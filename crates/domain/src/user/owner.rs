use std::time::Duration;

use super::{Email, Name};
use crate::clock::Timestamp;
use crate::id::{SessionId, UserId};

/// The alias under which local accounts stand beside trusted issuers.
pub const LOCAL_ISSUER: &str = "local";

/// How far the clocks of those who issue tokens may differ from ours.
pub const TOKEN_LEEWAY: Duration = Duration::from_secs(5);

/// Whose tasks are read or written, and how they come to exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The owner of every key.
    pub id: UserId,
    /// Where the user comes from.
    pub origin: Origin,
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
    /// The name, if the token has a usable one.
    pub name: Option<Name>,
}

impl Owner {
    /// The owner behind a local account.
    #[must_use]
    pub const fn local(id: UserId) -> Self {
        Self {
            id,
            origin: Origin::Local,
        }
    }

    /// The owner behind a trusted issuer's subject.
    #[must_use]
    pub fn federated(profile: FederatedProfile) -> Self {
        Self {
            id: UserId::for_subject(&profile.alias, &profile.subject),
            origin: Origin::Federated(profile),
        }
    }
}

/// Who calls: what an accepted access token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// In whose name.
    pub owner: Owner,
    /// The token's `iss`.
    pub issuer: String,
    /// The token's `sub`.
    pub subject: String,
    /// The session of a local account.
    pub session: Option<SessionId>,
    /// When the token was issued, if it says so.
    pub issued_at: Option<Timestamp>,
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
