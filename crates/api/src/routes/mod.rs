//! The operations, one a file, named as their operation id.

pub mod accounts;
pub mod operations;
pub mod tasks;
pub mod users;

use utoipa_actix_web::service_config::ServiceConfig;

/// Registers every operation, the most called first: routes are tried in order.
pub fn configure(config: &mut ServiceConfig<'_>) {
    tasks::configure(config);
    accounts::configure(config);
    users::configure(config);
    operations::configure(config);
}
