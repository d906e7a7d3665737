/// Which policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PolicyName {
    /// Everything that a user does, or a client that is not signed in.
    Api,
    /// Signing up and in, and passwords.
    Auth,
    /// Refreshing.
    Refresh,
    /// A user's requests under way.
    Concurrency,
    /// A user's event streams.
    Streams,
    /// A caller's bodies that are being read.
    Memory,
    /// Time that is spent on a user's work.
    Work,
}

impl PolicyName {
    /// Every policy, in the order of their numbers.
    pub(crate) const ALL: [Self; 7] = [
        Self::Api,
        Self::Auth,
        Self::Refresh,
        Self::Concurrency,
        Self::Streams,
        Self::Memory,
        Self::Work,
    ];

    /// The name that clients and operators see.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Auth => "auth",
            Self::Refresh => "refresh",
            Self::Concurrency => "concurrency",
            Self::Streams => "streams",
            Self::Memory => "memory",
            Self::Work => "work",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_policy_is_at_its_own_number() {
        for (number, policy) in PolicyName::ALL.into_iter().enumerate() {
            assert_eq!(policy as usize, number, "{policy:?}");
        }
    }
}
