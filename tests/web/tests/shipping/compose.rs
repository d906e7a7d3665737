//! `compose.yaml`.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{SECRET, refuses, root, seconds, settings, text, time_to_stop, value_of, yaml};
use crate::process::succeed;
use crate::python::program;

const SCHEMA: [&str; 2] = ["--builtin-schema", "vendor.compose-spec"];

#[tokio::test]
async fn the_compose_file_fits_the_specification() {
    let file = root().join("compose.yaml");
    succeed(program("check-jsonschema").args(SCHEMA).arg(file)).await;

    let folder = TempDir::new().expect("a temporary folder can be made");
    let wrong = folder.path().join("compose.yaml");
    let file = text("compose.yaml").replace("    healthcheck:\n", "    health_check:\n");
    std::fs::write(&wrong, file).expect("it can be written");
    refuses(
        program("check-jsonschema").args(SCHEMA).arg(wrong),
        "health_check",
    )
    .await;
}

/// A service's variables, with those of the caller put in; fails when one has a value in clear that
/// must be a secret.
fn variables(service: &Value) -> Vec<(String, String)> {
    let secrets = BTreeMap::from([("POSTGRES_PASSWORD", "00ff"), ("AUTH_SECRET", SECRET)]);
    let environment = service["environment"]
        .as_object()
        .expect("there are variables");
    let put_in = |value: &str| {
        secrets
            .iter()
            .fold(value.to_owned(), |value, (name, secret)| {
                // An unset secret ends the start, with what has to be done.
                let begin = format!("${{{name}:?");
                match value.split_once(&begin) {
                    Some((before, rest)) => {
                        let (_, after) = rest.split_once('}').expect("the expression ends");
                        format!("{before}{secret}{after}")
                    }
                    None => value,
                }
            })
    };
    environment
        .iter()
        .map(|(name, value)| {
            let value = value.as_str().expect("a variable is text");
            let given = put_in(value);
            let is_secret = ["PASSWORD", "SECRET", "DATABASE_URL"]
                .iter()
                .any(|part| name.contains(part));
            assert_eq!(is_secret, given != value, "{name}");
            (name.clone(), given)
        })
        .collect()
}

#[tokio::test]
async fn each_service_starts_when_what_it_needs_is_there_and_keeps_to_itself() {
    let compose = yaml("compose.yaml").await;
    let services = &compose[0]["services"];
    let needs = |name: &str| services[name]["depends_on"].clone();
    assert_eq!(
        needs("migrate"),
        json!({ "database": { "condition": "service_healthy" } })
    );
    let migrated = json!({ "migrate": { "condition": "service_completed_successfully" } });
    assert_eq!(needs("tasklane"), migrated);
    for name in ["migrate", "tasklane"] {
        let service = &services[name];
        assert_eq!(service["read_only"], json!(true));
        assert_eq!(service["cap_drop"], json!(["ALL"]));
        assert_eq!(service["security_opt"], json!(["no-new-privileges:true"]));
        assert_eq!(
            service["image"],
            json!(concat!("tasklane:", env!("CARGO_PKG_VERSION")))
        );
    }
    // What is published is so on this machine alone, and the database is not at all.
    assert_eq!(
        services["tasklane"]["ports"],
        json!(["127.0.0.1:8080:8080"])
    );
    assert_eq!(services["database"]["ports"], Value::Null);
    variables(&services["database"]);
}

#[tokio::test]
async fn tasklane_understands_its_variables_and_has_the_time_that_it_needs_to_stop() {
    let compose = yaml("compose.yaml").await;
    let services = &compose[0]["services"];
    settings(&variables(&services["migrate"]), None).await;
    let service = &services["tasklane"];
    let settings = settings(&variables(service), None).await;
    let url = value_of(&settings, "url");
    assert!(url.ends_with("@database/tasklane"), "{url}");
    let grace = service["stop_grace_period"].as_str().map(seconds);
    assert!(grace > Some(time_to_stop(&settings)), "{grace:?}");
}
