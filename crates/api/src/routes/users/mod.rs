//! The caller's own profile.

mod delete_user;
mod export_user;
mod get_user;
mod profile;
mod update_user;
mod view;

use utoipa_actix_web::service_config::ServiceConfig;

pub use profile::profile;
pub use view::{UserSchema, UserView};

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(get_user::get_user)
        .service(update_user::update_user)
        .service(export_user::export_user)
        .service(delete_user::delete_user);
}
