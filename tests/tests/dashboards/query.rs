//! A `PromQL` expression, held to what is there to be queried.

use promql_parser::label::MatchOp;
use promql_parser::parser::{Expr, LabelModifier, VectorSelector, parse};
use promql_parser::util::{ExprVisitor, walk_expr};
use tasklane_tests::scrape::Scrape;

/// What Prometheus itself adds.
const ADDED_LABELS: [&str; 2] = ["job", "instance"];
const ADDED_METRIC: &str = "up";

/// Functions that are for what only grows.
const OF_COUNTERS: [&str; 2] = ["rate", "increase"];

/// Fails unless every metric, label and value in the expression is in the scrape, and each function is
/// used on the kind of metric that it is for. Gives the labels that its outcome is grouped by.
#[track_caller]
pub(super) fn check(expression: &str, scrape: &Scrape) -> Vec<String> {
    let parsed = parse(expression).unwrap_or_else(|error| panic!("{expression}: {error}"));
    let mut nodes = Nodes(Vec::new());
    walk_expr(&mut nodes, &parsed).unwrap();
    let mut grouped = Vec::new();
    for node in &nodes.0 {
        let beneath = selectors(node);
        match node {
            Expr::VectorSelector(selector) => check_selector(selector, scrape),
            Expr::MatrixSelector(range) => check_selector(&range.vs, scrape),
            Expr::Aggregate(aggregate) => {
                grouped.extend(check_labels(aggregate.modifier.as_ref(), &beneath, scrape));
            }
            Expr::Binary(binary) => {
                let matching = binary.modifier.as_ref().and_then(|it| it.matching.as_ref());
                check_labels(matching, &beneath, scrape);
            }
            Expr::Call(call) => check_call(call.func.name, &beneath, scrape),
            _ => {}
        }
    }
    assert!(
        !selectors(&parsed).is_empty(),
        "{expression} asks for nothing"
    );
    grouped
}

/// An expression and all that it is made of.
struct Nodes(Vec<Expr>);

impl ExprVisitor for Nodes {
    type Error = std::convert::Infallible;

    fn pre_visit(&mut self, node: &Expr) -> Result<bool, Self::Error> {
        self.0.push(node.clone());
        Ok(true)
    }
}

fn selectors(expression: &Expr) -> Vec<VectorSelector> {
    let mut nodes = Nodes(Vec::new());
    walk_expr(&mut nodes, expression).unwrap();
    let selector = |node| match node {
        Expr::VectorSelector(selector) => Some(selector),
        Expr::MatrixSelector(range) => Some(range.vs),
        _ => None,
    };
    nodes.0.into_iter().filter_map(selector).collect()
}

fn name(selector: &VectorSelector) -> &str {
    selector.name.as_deref().expect("a metric is named")
}

fn check_selector(selector: &VectorSelector, scrape: &Scrape) {
    let name = name(selector);
    assert!(selector.matchers.or_matchers.is_empty(), "{selector}");
    for matcher in &selector.matchers.matchers {
        check_label(&matcher.name, selector, scrape);
        if ADDED_LABELS.contains(&matcher.name.as_str()) {
            continue;
        }
        let values = scrape.samples(name).map(|it| it.label(&matcher.name));
        let excludes = matches!(matcher.op, MatchOp::NotEqual | MatchOp::NotRe(_));
        let mut named = values.filter(|value| matcher.is_match(value) != excludes);
        assert!(named.next().is_some(), "{matcher} fits no {name}");
    }
    let is_known = name == ADDED_METRIC || scrape.labels(name).is_some();
    assert!(is_known, "there is no {name}");
}

fn check_label(label: &str, selector: &VectorSelector, scrape: &Scrape) {
    let name = name(selector);
    let labels = scrape.labels(name).unwrap_or_default();
    let is_known = ADDED_LABELS.contains(&label) || labels.contains(label);
    assert!(is_known, "{name} has no {label}, but {labels:?}");
}

/// Gives the labels that are kept.
fn check_labels(
    modifier: Option<&LabelModifier>,
    beneath: &[VectorSelector],
    scrape: &Scrape,
) -> Vec<String> {
    let Some(modifier) = modifier else {
        return Vec::new();
    };
    let labels = &modifier.labels().labels;
    for label in labels {
        for selector in beneath {
            check_label(label, selector, scrape);
        }
    }
    match modifier {
        LabelModifier::Include(_) => labels.clone(),
        LabelModifier::Exclude(_) => Vec::new(),
    }
}

fn check_call(function: &str, beneath: &[VectorSelector], scrape: &Scrape) {
    for name in beneath.iter().map(name) {
        let histogram = ["_bucket", "_sum", "_count"]
            .iter()
            .find_map(|part| name.strip_suffix(part))
            .filter(|metric| scrape.kind(metric) == Some("histogram"));
        if OF_COUNTERS.contains(&function) {
            let only_grows = histogram.is_some() || scrape.kind(name) == Some("counter");
            assert!(only_grows, "{function} of {name}");
        }
        if function == "histogram_quantile" {
            let has_buckets = histogram.is_some() && name.ends_with("_bucket");
            assert!(has_buckets, "{function} of {name}");
        }
    }
}
