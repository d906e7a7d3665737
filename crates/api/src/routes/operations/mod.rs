//! What operators and tools ask.

mod explain_problem;
mod get_health;
mod get_liveness;
mod get_openapi;
mod get_readiness;

use utoipa_actix_web::service_config::ServiceConfig;

/// Registers the operations.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(get_liveness::get_liveness)
        .service(get_readiness::get_readiness)
        .service(get_health::get_health)
        .service(get_openapi::get_openapi)
        .service(explain_problem::explain_problem);
}
