//! `deploy/kubernetes`.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

use super::{SECRET, refuses, root, settings, text, time_to_stop, value_of, yaml};
use crate::process::succeed;
use crate::python::program;

const FOLDER: &str = "deploy/kubernetes";
const KUSTOMIZATION: &str = "kustomization.yaml";

/// An old version that providers still run, and the newest that is known.
const VERSIONS: [&str; 2] = ["1.31.0", "1.37.0"];

/// The names of the manifests: what is YAML, but the list of them.
fn manifests() -> BTreeSet<String> {
    let folder = std::fs::read_dir(root().join(FOLDER)).expect("the folder is there");
    folder
        .map(|entry| entry.expect("the folder can be read").file_name())
        .map(|name| name.into_string().expect("a name is UTF-8"))
        .filter(|name| name != KUSTOMIZATION)
        .filter(|name| Path::new(name).extension().is_some_and(|end| end == "yaml"))
        .collect()
}

fn validate(version: &str) -> Command {
    let mut command = program("kubernetes-validate");
    command.args(["--strict", "-k", version]);
    command
}

async fn manifest(name: &str) -> Value {
    let documents = yaml(&format!("{FOLDER}/{name}.yaml")).await;
    let [document] = documents.try_into().expect("a manifest is one object");
    document
}

#[tokio::test]
async fn the_manifests_fit_the_schemas_of_kubernetes() {
    for version in VERSIONS {
        let files = manifests()
            .into_iter()
            .map(|name| root().join(FOLDER).join(name));
        let said = succeed(validate(version).args(files)).await;
        assert_eq!(
            said.matches(" passed ").count(),
            manifests().len(),
            "{said}"
        );
    }
    let folder = TempDir::new().expect("a temporary folder can be made");
    let wrong = folder.path().join("deployment.yaml");
    let file = text(&format!("{FOLDER}/deployment.yaml"));
    let file = file.replace("readOnlyRootFilesystem", "readOnlyRootFileSystem");
    std::fs::write(&wrong, file).expect("it can be written");
    refuses(validate(VERSIONS[0]).arg(wrong), "readOnlyRootFileSystem").await;
}

#[tokio::test]
async fn every_manifest_is_applied_and_none_holds_a_secret() {
    let list = manifest("kustomization").await;
    let listed = list["resources"].as_array().expect("it lists files").iter();
    let listed: BTreeSet<_> = listed
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    assert_eq!(listed, manifests());
    let version = &list["images"][0]["newTag"];
    assert_eq!(version, env!("CARGO_PKG_VERSION"));
    for name in listed {
        let documents = yaml(&format!("{FOLDER}/{name}")).await;
        for document in documents {
            assert_ne!(document["kind"], "Secret", "{name}");
        }
    }
}

/// The pod of the Deployment.
async fn pod() -> Value {
    manifest("deployment").await["spec"]["template"].clone()
}

fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    let lists = ["initContainers", "containers"].map(|name| pod["spec"][name].as_array());
    lists.into_iter().flatten().flatten()
}

#[tokio::test]
async fn a_pod_may_do_nothing_that_it_need_not() {
    let pod = pod().await;
    let spec = &pod["spec"];
    assert_eq!(spec["automountServiceAccountToken"], json!(false));
    assert_eq!(spec["securityContext"]["runAsNonRoot"], json!(true));
    assert_eq!(spec["securityContext"]["runAsUser"], json!(65532));
    assert_eq!(
        spec["securityContext"]["seccompProfile"]["type"],
        json!("RuntimeDefault")
    );
    assert_eq!(containers(&pod).count(), 2);
    for container in containers(&pod) {
        let confined = json!({
            "allowPrivilegeEscalation": false,
            "readOnlyRootFilesystem": true,
            "capabilities": { "drop": ["ALL"] },
        });
        assert_eq!(container["securityContext"], confined);
        assert!(container["resources"]["limits"]["memory"].is_string());
        assert!(container["resources"]["requests"]["cpu"].is_string());
    }
}

#[tokio::test]
async fn only_the_monitoring_namespace_reaches_the_metrics() {
    let policy = manifest("network-policy").await;
    let selected = &policy["spec"]["podSelector"]["matchLabels"];
    assert_eq!(*selected, pod().await["metadata"]["labels"]);
    assert_eq!(policy["spec"]["policyTypes"], json!(["Ingress"]));
    let rules = policy["spec"]["ingress"].as_array().expect("it has rules");
    let [clients, monitoring] = &rules[..] else {
        panic!("one rule for clients, and one for the monitoring: {rules:?}");
    };
    assert_eq!(*clients, json!({ "ports": [{ "port": "http" }] }));
    assert_eq!(monitoring["ports"], json!([{ "port": "metrics" }]));
    let label = "/0/namespaceSelector/matchLabels/kubernetes.io~1metadata.name";
    assert_eq!(
        monitoring["from"].pointer(label),
        Some(&json!("monitoring"))
    );
}

/// The variables of a container, with something in the place of each secret; fails when one that
/// must be a secret stands in clear.
fn variables(container: &Value) -> Vec<(String, String)> {
    let list = container["env"].as_array().expect("there are variables");
    let stands_for = |key: &str| match key {
        "auth-secret" => SECRET,
        _ => "postgres://tasklane:secret@database/tasklane",
    };
    list.iter()
        .map(|variable| {
            let name = variable["name"].as_str().expect("a variable has a name");
            let reference = &variable["valueFrom"]["secretKeyRef"];
            let value = match variable["value"].as_str() {
                Some(value) => value,
                None => stands_for(reference["key"].as_str().expect("a secret has a key")),
            };
            let is_secret = name != "TASKLANE_CONFIG";
            assert_eq!(reference["name"] == "tasklane", is_secret, "{name}");
            (name.to_owned(), value.to_owned())
        })
        .collect()
}

/// The settings of the pods, as Tasklane understands them.
async fn settings_in_force(pod: &Value) -> String {
    let mut shown = Vec::new();
    let file = root().join(FOLDER).join("tasklane.toml");
    for container in containers(pod) {
        let mut variables = variables(container);
        let named = variables
            .iter()
            .position(|(name, _)| name == "TASKLANE_CONFIG");
        let (_, path) = variables.remove(named.expect("the file is named"));
        let mount = container["volumeMounts"][0]["mountPath"].as_str();
        assert_eq!(
            Some(path.as_str()),
            mount
                .map(|mount| format!("{mount}/tasklane.toml"))
                .as_deref()
        );
        shown.push(settings(&variables, Some(&file)).await);
    }
    assert_eq!(shown[0], shown[1]);
    shown.remove(0)
}

#[tokio::test]
async fn a_pod_has_the_time_that_it_needs_to_stop_and_is_asked_where_it_listens() {
    let pod = pod().await;
    let settings = settings_in_force(&pod).await;
    assert_eq!(value_of(&settings, "profile"), "production");
    let grace = pod["spec"]["terminationGracePeriodSeconds"].as_u64();
    assert!(grace > Some(time_to_stop(&settings)), "{grace:?}");

    let [_, container] = containers(&pod).collect::<Vec<_>>()[..] else {
        panic!("the one that migrates, and the one that serves");
    };
    let port = |name: &str| {
        let mut ports = container["ports"].as_array().into_iter().flatten();
        let port = ports.find(|port| port["name"] == name);
        port.expect("the port is there")["containerPort"].to_string()
    };
    assert_eq!(port("http"), "8080");
    assert!(
        settings.contains("address = \"0.0.0.0:8080\""),
        "{settings}"
    );
    assert!(
        settings.contains("address = \"0.0.0.0:9464\""),
        "{settings}"
    );
    let annotations = &pod["metadata"]["annotations"];
    assert_eq!(annotations["prometheus.io/scrape"], json!("true"));
    assert_eq!(annotations["prometheus.io/port"], json!(port("metrics")));
    assert_eq!(annotations["prometheus.io/path"], json!("/metrics"));
    for (probe, path) in [
        ("startupProbe", "/health/live"),
        ("livenessProbe", "/health/live"),
        ("readinessProbe", "/health/ready"),
    ] {
        assert_eq!(
            container[probe]["httpGet"],
            json!({ "path": path, "port": "http" }),
            "{probe}"
        );
    }
    // Readiness probes see it before the pod stops serving.
    let looks = container["readinessProbe"]["periodSeconds"].as_u64();
    let drain = super::seconds(value_of(&settings, "drain_delay"));
    assert!(Some(drain) > looks, "{looks:?}");
}

#[tokio::test]
async fn the_service_and_the_budget_mean_the_pods_of_the_deployment() {
    let deployment = manifest("deployment").await;
    let labels = &deployment["spec"]["template"]["metadata"]["labels"];
    assert_eq!(&deployment["spec"]["selector"]["matchLabels"], labels);
    let service = manifest("service").await;
    assert_eq!(&service["spec"]["selector"], labels);
    assert_eq!(service["spec"]["ports"][0]["targetPort"], json!("http"));
    // The metrics are not for clients.
    assert_eq!(service["spec"]["ports"].as_array().map(Vec::len), Some(1));
    let budget = manifest("pod-disruption-budget").await;
    assert_eq!(&budget["spec"]["selector"]["matchLabels"], labels);
    let replicas = deployment["spec"]["replicas"].as_u64();
    assert!(
        replicas > budget["spec"]["maxUnavailable"].as_u64(),
        "{replicas:?}"
    );
    let account = manifest("service-account").await;
    assert_eq!(
        deployment["spec"]["template"]["spec"]["serviceAccountName"],
        account["metadata"]["name"]
    );
}
