//! What a change of the OpenAPI document breaks for clients that were made from the older one.
//!
//! What clients may send can only become wider, what they are answered only narrower. A further member
//! in an answer, or a further optional member or parameter in a request, breaks nobody.

mod schema;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use schema::{Comparison, Direction};

/// Everything in `new` that breaks clients of `old`, one sentence each.
pub(crate) fn breaking_changes(old: &Value, new: &Value) -> Vec<String> {
    let mut comparison = Comparison::new(old, new);
    for (path, methods) in entries(&old["paths"]) {
        for (method, operation) in entries(methods) {
            let place = format!("{} {path}", method.to_uppercase());
            match &new["paths"][path][method] {
                Value::Null => comparison.find(&place, "is gone"),
                now => compare_operations(&mut comparison, &place, operation, now),
            }
        }
    }
    comparison.findings
}

fn compare_operations(comparison: &mut Comparison<'_>, place: &str, old: &Value, new: &Value) {
    if old["operationId"] != new["operationId"] {
        comparison.find(place, "has another operationId");
    }
    if is_open(old) && !is_open(new) {
        comparison.find(place, "needs a token now");
    }
    compare_parameters(comparison, place, old, new);
    compare_bodies(comparison, place, &old["requestBody"], &new["requestBody"]);
    for (status, answer) in entries(&old["responses"]) {
        let place = format!("{place} {status}");
        let (old, new) = comparison.resolve(answer, &new["responses"][status]);
        if new.is_null() {
            // A request that no longer fails, or fails in another way, breaks nobody.
            if status.starts_with(['2', '3']) {
                comparison.find(&place, "is no longer answered");
            }
            continue;
        }
        for (name, _) in entries(&old["headers"]) {
            if new["headers"][name].is_null() {
                comparison.find(&format!("{place} {name}"), "is gone");
            }
        }
        let (old, new) = (&old["content"], &new["content"]);
        compare_contents(comparison, &place, old, new, Direction::Answer);
    }
}

/// Whether an operation can be called without a token.
fn is_open(operation: &Value) -> bool {
    let ways = operation["security"].as_array();
    ways.is_some_and(|ways| {
        ways.iter()
            .any(|way| way.as_object().is_some_and(Map::is_empty))
    })
}

fn compare_parameters(comparison: &mut Comparison<'_>, place: &str, old: &Value, new: &Value) {
    let (before, now) = (comparison.old, comparison.new);
    let (old, new) = (parameters(before, old), parameters(now, new));
    for (name, parameter) in &old {
        let place = format!("{place} {name}");
        let Some((_, current)) = new.iter().find(|(other, _)| other == name) else {
            comparison.find(&place, "is gone");
            continue;
        };
        if current["required"] == true && parameter["required"] != true {
            comparison.find(&place, "is required now");
        }
        let (old, new) = (&parameter["schema"], &current["schema"]);
        comparison.compare(&place, old, new, Direction::Request);
    }
    for (name, parameter) in &new {
        let added = !old.iter().any(|(other, _)| other == name);
        if added && parameter["required"] == true {
            comparison.find(&format!("{place} {name}"), "is new and required");
        }
    }
}

/// The parameters of an operation by place and name.
fn parameters<'a>(document: &'a Value, operation: &'a Value) -> Vec<(String, &'a Value)> {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    parameters
        .map(|parameter| schema::follow(document, parameter))
        .map(|parameter| {
            let text = |member: &str| parameter[member].as_str().unwrap_or_default();
            (format!("{} {}", text("in"), text("name")), parameter)
        })
        .collect()
}

fn compare_bodies(comparison: &mut Comparison<'_>, place: &str, old: &Value, new: &Value) {
    let place = format!("{place} body");
    if new["required"] == true && old["required"] != true {
        comparison.find(&place, "is required now");
    }
    let (old, new) = (&old["content"], &new["content"]);
    compare_contents(comparison, &place, old, new, Direction::Request);
}

fn compare_contents(
    comparison: &mut Comparison<'_>,
    place: &str,
    old: &Value,
    new: &Value,
    direction: Direction,
) {
    for (media_type, content) in entries(old) {
        match &new[media_type] {
            Value::Null => comparison.find(&format!("{place} {media_type}"), "is gone"),
            now => comparison.compare(place, &content["schema"], &now["schema"], direction),
        }
    }
}

/// The members of an object; nothing for any other value.
fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}
