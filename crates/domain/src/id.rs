//! Identifiers, and where new ones come from.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};
use uuid::Uuid;

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// Takes a UUID of any version.
            #[must_use]
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID itself.
            #[must_use]
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        /// Lower case, hyphenated.
        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }

        /// Reads any spelling of a UUID.
        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

identifier! {
    /// Names a task, within its owner.
    TaskId
}
identifier! {
    /// Names a user.
    UserId
}
identifier! {
    /// Names who owns tasks: today always a user, under the user's id.
    OwnerId
}
identifier! {
    /// Names a session of a local account, within its user.
    SessionId
}

impl UserId {
    /// The id of a trusted issuer's subject: a `UUIDv8` (RFC 9562) from the first 16 bytes of
    /// SHA-256 over the issuer's configured alias, a zero byte and the subject, so that it needs no
    /// look-up and two issuers never share a user.
    #[must_use]
    pub fn for_subject(alias: &str, subject: &str) -> Self {
        Self(digest_id(&[alias.as_bytes(), subject.as_bytes()]))
    }
}

/// What a user owns personally has the user's id.
impl From<UserId> for OwnerId {
    fn from(user: UserId) -> Self {
        Self(user.0)
    }
}

impl TaskId {
    /// The id of a task that was created under an `Idempotency-Key`: a `UUIDv8` (RFC 9562) over
    /// owner and key, so that the primary key itself refuses the second task.
    #[must_use]
    pub fn for_key(owner: OwnerId, key: &str) -> Self {
        Self(digest_id(&[owner.0.as_bytes(), key.as_bytes()]))
    }

    /// The id of the task that follows this one in a series: a `UUIDv8` (RFC 9562) over the word
    /// `occurrence` and this id, so that each device knows it beforehand, and there is one only,
    /// however often the task is completed.
    #[must_use]
    pub fn occurrence(self) -> Self {
        Self(digest_id(&[b"occurrence", self.0.as_bytes()]))
    }
}

fn digest_id(parts: &[&[u8]; 2]) -> Uuid {
    let digest = Sha256::new()
        .chain_update(parts[0])
        .chain_update([0])
        .chain_update(parts[1]);
    let mut head = [0; 16];
    head.copy_from_slice(&digest.finalize()[..16]);
    Uuid::new_v8(head)
}

/// Makes new identifiers that nobody can guess and that sort by age (`UUIDv7`, RFC 9562).
#[cfg_attr(feature = "testing", mockall::automock)]
pub trait IdGenerator: Send + Sync {
    /// An identifier that was never given before.
    fn next_id(&self) -> Uuid;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_always_has_the_same_id_and_issuers_never_share_one() {
        let id = UserId::for_subject("better-auth", "user_2ab");
        assert_eq!(id, UserId::for_subject("better-auth", "user_2ab"));
        assert_ne!(id, UserId::for_subject("clerk", "user_2ab"));
        assert_ne!(UserId::for_subject("a", "b"), UserId::for_subject("ab", ""));
        assert_eq!(id.as_uuid().get_version_num(), 8);
    }

    #[test]
    fn the_digest_is_the_documented_one() {
        let digest = Sha256::digest(b"clerk\0user_2ab");
        let mut head = [0; 16];
        head.copy_from_slice(&digest[..16]);
        assert_eq!(
            UserId::for_subject("clerk", "user_2ab").as_uuid(),
            Uuid::new_v8(head)
        );
    }

    #[test]
    fn the_task_that_follows_has_the_documented_id() {
        let id: TaskId = "0193a5c8-0000-7000-8000-00000000abcd".parse().unwrap();
        let digest = Sha256::new()
            .chain_update(b"occurrence\0")
            .chain_update(id.as_uuid().as_bytes())
            .finalize();
        let mut head = [0; 16];
        head.copy_from_slice(&digest[..16]);
        assert_eq!(id.occurrence().as_uuid(), Uuid::new_v8(head));
        assert_eq!(
            id.occurrence().to_string(),
            "78a3411e-6dfe-85bc-a5e6-7bf745f9acda"
        );
        assert_ne!(id.occurrence().occurrence(), id.occurrence());
    }

    #[test]
    fn any_spelling_is_read_and_lower_case_is_written() {
        let id: TaskId = "0193A5C8-0000-7000-8000-00000000ABCD".parse().unwrap();
        assert_eq!(id.to_string(), "0193a5c8-0000-7000-8000-00000000abcd");
    }
}
