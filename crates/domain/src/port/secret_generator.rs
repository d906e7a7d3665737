use crate::user::Secret;

/// Makes secrets that nobody can guess.
#[cfg_attr(feature = "testing", mockall::automock)]
pub trait SecretGenerator: Send + Sync {
    /// 256 fresh bits from the operating system's generator.
    fn next_secret(&self) -> Secret;
}
