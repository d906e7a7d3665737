//! The dashboard, the alerts and what the documentation says of metrics, held to what the program
//! really counts.

mod query;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use macro_rules_attribute::apply;
use serde_json::Value;
use tasklane_tests::both_stores;
use tasklane_tests::event_stream::{EVENTS, EventStream};
use tasklane_tests::scrape::Scrape;
use tasklane_tests::store::Store;

const RUNBOOK: &str = "docs/operations.md";

fn read(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    fs::read_to_string(path).unwrap()
}

fn dashboard() -> Value {
    serde_json::from_str(&read("deploy/grafana/dashboard.json")).unwrap()
}

fn alerts() -> Vec<Value> {
    let rules: Value = serde_saphyr::from_str(&read("deploy/prometheus/alerts.yaml")).unwrap();
    let groups = list(&rules["groups"]).iter();
    groups
        .flat_map(|group| list(&group["rules"]).clone())
        .collect()
}

#[track_caller]
fn list(value: &Value) -> &Vec<Value> {
    value
        .as_array()
        .unwrap_or_else(|| panic!("no list: {value}"))
}

#[track_caller]
fn text(value: &Value) -> &str {
    let text = value.as_str().unwrap_or_default();
    assert!(!text.is_empty(), "no text: {value}");
    text
}

/// What is counted after some of everything has happened.
async fn scrape(store: &Store) -> Scrape {
    let server = store
        .program()
        .set("server.max_event_streams", "1")
        .serve()
        .await;
    let ada = server.user("ada").await;
    ada.create_titled("Counted").await;
    ada.get("/health/ready").await.is(200);
    ada.get("/api/tasks?limit=0").await.is(400);
    let _stream = EventStream::follow(&server, &ada).await;
    ada.get(EVENTS).await.is(503);
    server
        .anonymous()
        .with_token("none")
        .get("/api/tasks")
        .await
        .is(401);
    server.scrape().await
}

/// What Prometheus gets of an expression of Grafana's.
fn filled_in(expression: &str) -> String {
    expression
        .replace("$__rate_interval", "5m")
        .replace("$job", ".*")
        .replace("$instance", ".*")
}

/// The words that follow these characters, wherever they stand.
fn words_after<'a>(text: &'a str, start: &'a str) -> impl Iterator<Item = &'a str> {
    let after = text.split(start).skip(1);
    after.map(|rest| {
        let end = rest.find(|it: char| !it.is_ascii_alphanumeric() && it != '_');
        &rest[..end.unwrap_or(rest.len())]
    })
}

#[apply(both_stores)]
async fn the_dashboard_asks_for_what_is_there(store: &Store) {
    let scrape = scrape(store).await;
    let dashboard = dashboard();
    let mut ids = BTreeSet::new();
    let mut expressions = 0;
    for panel in list(&dashboard["panels"]) {
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{}", panel["id"]);
        let title = text(&panel["title"]);
        if panel["type"] == "row" {
            continue;
        }
        text(&panel["description"]);
        assert!(
            !list(&panel["targets"]).is_empty(),
            "{title} asks for nothing"
        );
        for target in list(&panel["targets"]) {
            assert_eq!(target["datasource"]["uid"], "${datasource}", "{title}");
            let grouped = query::check(&filled_in(text(&target["expr"])), &scrape);
            for label in words_after(text(&target["legendFormat"]), "{{") {
                assert!(grouped.iter().any(|it| it == label), "{title}: {label}");
            }
            expressions += 1;
        }
    }
    assert!(expressions >= 20, "{expressions} of them");
    for variable in list(&dashboard["templating"]["list"]) {
        let Some(values) = variable["definition"].as_str() else {
            assert_eq!(variable["type"], "datasource");
            continue;
        };
        let selector = values.strip_prefix("label_values(").unwrap();
        let (selector, label) = selector
            .strip_suffix(')')
            .unwrap()
            .rsplit_once(", ")
            .unwrap();
        query::check(&filled_in(selector), &scrape);
        assert_eq!(label, text(&variable["name"]));
    }
}

#[apply(both_stores)]
async fn alerts_watch_what_is_there_and_say_what_to_do(store: &Store) {
    let scrape = scrape(store).await;
    let runbook = read(RUNBOOK);
    let anchors: BTreeSet<_> = runbook.lines().filter_map(anchor).collect();
    let mut names = BTreeSet::new();
    for alert in alerts() {
        let name = text(&alert["alert"]);
        assert!(names.insert(name.to_owned()), "{name} is duplicated");
        let grouped = query::check(text(&alert["expr"]), &scrape);
        let severity = text(&alert["labels"]["severity"]);
        assert!(["critical", "warning"].contains(&severity), "{name}");
        assert!(text(&alert["for"]).ends_with('m'), "{name}");
        for label in words_after(text(&alert["annotations"]["summary"]), "$labels.") {
            // Without grouping, Prometheus' own labels stay.
            let is_kept = grouped.is_empty() && label == "instance";
            assert!(
                is_kept || grouped.iter().any(|it| it == label),
                "{name}: {label}"
            );
        }
        let (file, section) = text(&alert["annotations"]["runbook"])
            .split_once('#')
            .unwrap();
        assert_eq!(file, RUNBOOK, "{name}");
        assert!(
            anchors.contains(section),
            "{name}: no {section} in {anchors:?}"
        );
    }
    for name in [
        "Absent",
        "NotReady",
        "Errors",
        "Slow",
        "PoolExhausted",
        "Shedding",
        "WritesWait",
    ] {
        assert!(
            names.contains(&format!("Tasklane{name}")),
            "{name} is not watched"
        );
    }
}

/// How a heading is linked to.
fn anchor(line: &str) -> Option<String> {
    let heading = line.trim_start_matches('#');
    let heading = heading
        .strip_prefix(' ')
        .filter(|_| line.starts_with('#'))?;
    let kept = heading
        .chars()
        .filter(|it| it.is_alphanumeric() || " -".contains(*it));
    Some(kept.collect::<String>().to_lowercase().replace(' ', "-"))
}

#[apply(both_stores)]
async fn the_documentation_has_every_metric_with_its_labels(store: &Store) {
    let scrape = scrape(store).await;
    let runbook = read(RUNBOOK);
    let (_, table) = runbook.split_once("### Metrics\n").unwrap();
    let (table, _) = table.split_once("### ").unwrap();
    let mut documented = BTreeSet::new();
    for row in table.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let &[_, name, kind, labels, meaning, _] = cells.as_slice() else {
            panic!("{row}")
        };
        let name = name.trim_matches('`');
        assert_eq!(scrape.kind(name), Some(kind), "{name}");
        assert!(!meaning.is_empty(), "{name}");
        let counted = if kind == "histogram" {
            format!("{name}_count")
        } else {
            name.to_owned()
        };
        let (labels, values) = labels.split_once(':').unwrap_or((labels, ""));
        let code = |cell| code_in(cell).collect::<BTreeSet<_>>();
        assert_eq!(scrape.labels(&counted), Some(code(labels)), "{name}");
        if !values.is_empty() {
            let label = labels.trim_matches('`');
            let known = scrape.samples(&counted).map(|sample| sample.label(label));
            assert_eq!(known.collect::<BTreeSet<_>>(), code(values), "{name}");
        }
        documented.insert(name);
    }
    let counted: BTreeSet<_> = scrape.metrics().collect();
    assert_eq!(documented, counted);
}

/// The words in a cell that are code.
fn code_in(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}
