//! What generators of clients cannot handle does not appear.

use super::*;

/// Every value within the document, with its place.
fn walk<'a>(value: &'a Value, place: &str, found: &mut Vec<(String, &'a Value)>) {
    found.push((place.to_owned(), value));
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                walk(member, &format!("{place}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, &format!("{place}/{index}"), found);
            }
        }
        _ => {}
    }
}

fn values(document: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    walk(document, "", &mut found);
    found
}

#[test]
fn schemas_use_only_what_generators_understand() {
    let document = document();
    for (place, value) in values(&document) {
        assert!(value.get("not").is_none(), "{place} has `not`");
        assert!(value.get("allOf").is_none(), "{place} has `allOf`");
        let is_member = place.contains("/properties/") && !place.contains("/anyOf/");
        assert!(!is_member || value["type"] != "null", "{place} is null");
        for choice in ["oneOf", "anyOf"] {
            let items = value[choice].as_array().into_iter().flatten();
            let items: Vec<_> = items.filter(|item| item["type"] != "null").collect();
            for item in &items {
                let alone = item.as_object().map(Map::len) == Some(1);
                assert!(alone && item["$ref"].is_string(), "{place}: {item}");
            }
        }
    }
}

#[test]
fn values_of_enumerations_have_different_names() {
    let document = document();
    let mut names = Vec::new();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        let values = match &schema["x-enum-varnames"] {
            Value::Null => &schema["enum"],
            names => names,
        };
        let values = values.as_array().into_iter().flatten();
        names.extend(values.map(|value| (value.as_str().unwrap().to_uppercase(), name)));
    }
    names.sort();
    for pair in names.windows(2) {
        assert_ne!(pair[0].0, pair[1].0, "{pair:?}");
    }
}

#[test]
fn lengths_are_not_part_of_patterns() {
    let document = document();
    for (place, value) in values(&document["components"]["schemas"]) {
        let pattern = value["pattern"].as_str().unwrap_or_default();
        let counts = pattern.contains(",}") || pattern.contains("{0,") || pattern.contains("{1,");
        assert!(!counts, "{place}: {pattern}");
    }
}

#[test]
fn swagger_ui_fills_in_no_parameter() {
    let document = document();
    for (path, operation) in operations(&document) {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let schema = resolve(&document, &parameter["schema"]);
            for place in [parameter, &parameter["schema"], schema] {
                for keyword in ["example", "default"] {
                    assert!(place[keyword].is_null(), "{path} {}", parameter["name"]);
                }
            }
            assert!(
                parameter["examples"].is_null(),
                "{path} {}",
                parameter["name"]
            );
        }
    }
}
