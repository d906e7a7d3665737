//! Local accounts, sessions and tokens.

mod change_password;
mod end_other_sessions;
mod end_session;
mod list_sessions;
mod list_signing_keys;
mod login_account;
mod logout_session;
mod password;
mod refresh_session;
mod refresh_token;
mod register_account;
mod signed_in;
mod verify_token;

use utoipa_actix_web::service_config::ServiceConfig;

use password::NewPassword;
pub(super) use password::PasswordText;
pub use signed_in::SignedInSchema;

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(register_account::register_account)
        .service(login_account::login_account)
        .service(refresh_session::refresh_session)
        .service(logout_session::logout_session)
        .service(list_sessions::list_sessions)
        .service(end_session::end_session)
        .service(end_other_sessions::end_other_sessions)
        .service(change_password::change_password)
        .service(verify_token::verify_token)
        .service(list_signing_keys::list_signing_keys);
}
