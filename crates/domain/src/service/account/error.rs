use super::TooManyGuesses;
use crate::error::StoreError;
use crate::port::HashError;

/// Why no account was made.
#[derive(Debug, thiserror::Error)]
pub enum RegistrationError {
    /// Not everybody may make an account.
    #[error("registration is disabled")]
    Disabled,
    /// Another account has the address.
    #[error("the email address is taken")]
    EmailTaken,
    /// The password could not be hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The store cannot do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// There is no such account, the password is wrong, or the user is disabled.
    #[error("email or password is wrong")]
    InvalidCredentials,
    /// The password is right, but the address is not verified, which must come first.
    #[error("the email address is not verified")]
    EmailNotVerified,
    /// The password was not checked.
    #[error(transparent)]
    TooManyGuesses(#[from] TooManyGuesses),
    /// The password could not be checked.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The store cannot do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a session was not refreshed.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// The token was used before, is unknown, or belongs to a session that has ended.
    #[error("the refresh token is not accepted")]
    InvalidToken,
    /// The store cannot do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a password was not accepted as the account's own.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// It is another.
    #[error("the password is wrong")]
    Incorrect,
    /// The user has no local account.
    #[error("the user has no local account")]
    NoAccount,
    /// It was not checked.
    #[error(transparent)]
    TooManyGuesses(#[from] TooManyGuesses),
    /// It could not be checked.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The store cannot do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a link was not sent, or did nothing.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// There is no way to send such links.
    #[error("no such links are sent")]
    NotServed,
    /// The user has no local account.
    #[error("the user has no local account")]
    NoAccount,
    /// The link was used before, is too old, or was never made, or its user is disabled.
    #[error("the link is not accepted")]
    InvalidToken,
    /// The new password could not be hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The store cannot do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}
