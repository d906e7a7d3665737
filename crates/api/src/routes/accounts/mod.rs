//! Local accounts, sessions and tokens.

mod change_password;
mod end_other_sessions;
mod end_session;
mod forgot_password;
mod link_token;
mod list_sessions;
mod list_signing_keys;
mod login_account;
mod logout_session;
mod password;
mod refresh_session;
mod refresh_token;
mod register_account;
mod reset_password;
mod signed_in;
mod verify_email;
mod verify_token;

use crate::operation::Operations;

/// Adds the operations.
pub(super) fn add(operations: Operations) -> Operations {
    operations
        .add::<register_account::RegisterAccount>()
        .add::<login_account::LoginAccount>()
        .add::<refresh_session::RefreshSession>()
        .add::<forgot_password::ForgotPassword>()
        .add::<reset_password::ResetPassword>()
        .add::<verify_email::VerifyEmail>()
        .add::<logout_session::LogoutSession>()
        .add::<list_sessions::ListSessions>()
        .add::<end_session::EndSession>()
        .add::<end_other_sessions::EndOtherSessions>()
        .add::<change_password::ChangePassword>()
        .add::<verify_token::VerifyToken>()
        .add::<list_signing_keys::ListSigningKeys>()
}
