/// Which policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PolicyName {
    /// Everything that a user does, or a client that is not signed in.
    Api,
    /// Signing up and in, refreshing, and passwords.
    Auth,
}

impl PolicyName {
    /// Every policy, in the order of their numbers.
    pub(crate) const ALL: [Self; 2] = [Self::Api, Self::Auth];

    /// The name that clients and operators see.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Auth => "auth",
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
