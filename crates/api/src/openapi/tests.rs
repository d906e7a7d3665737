use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::*;
use crate::routes;

mod answers;
mod generators;
mod patterns;

/// The document as a reader meets it.
fn document() -> Value {
    serde_json::from_slice(
        Document::new(&routes::all(), &PublicUrl::default())
            .unwrap()
            .json(),
    )
    .unwrap()
}

/// Every operation with its path.
fn operations(document: &Value) -> Vec<(&str, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    let items = paths.iter();
    items
        .flat_map(|(path, item)| {
            let operations = item.as_object().unwrap().values();
            operations.map(move |operation| (path.as_str(), operation))
        })
        .collect()
}

/// What a reference leads to, or the value itself.
fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let Some(reference) = value["$ref"].as_str() else {
        return value;
    };
    let target = document.pointer(reference.trim_start_matches('#'));
    target.unwrap_or_else(|| panic!("{reference} leads nowhere"))
}

fn object<'a>(value: &'a Value, what: &str) -> &'a Map<String, Value> {
    value.as_object().unwrap_or_else(|| panic!("no {what}"))
}

/// Fails unless the value is a text that says something.
fn assert_says(value: &Value, what: &str) {
    let text = value.as_str().unwrap_or_default();
    assert!(text.len() > 5, "{what} says nothing: {value}");
}

/// A validator for a schema of the document.
fn validator(document: &Value, schema: &Value) -> jsonschema::Validator {
    let mut whole = json!({ "$schema": "https://json-schema.org/draft/2020-12/schema" });
    whole["components"] = document["components"].clone();
    whole["allOf"] = json!([schema]);
    let options = jsonschema::options().should_validate_formats(true);
    options.build(&whole).unwrap()
}

fn assert_valid(document: &Value, schema: &Value, example: &Value, place: &str) {
    let validator = validator(document, schema);
    let findings: Vec<_> = validator
        .iter_errors(example)
        .map(|e| e.to_string())
        .collect();
    assert!(findings.is_empty(), "{place}: {example}: {findings:?}");
}

/// The examples that a media type, a parameter or a header shows.
fn examples<'a>(document: &'a Value, place: &'a Value) -> Vec<&'a Value> {
    let schema = resolve(document, &place["schema"]);
    let of_schema = schema["examples"].as_array().into_iter().flatten();
    let named = place["examples"]
        .as_object()
        .into_iter()
        .flat_map(Map::values);
    let named = named.map(|example| &resolve(document, example)["value"]);
    let own = [&place["example"], &schema["default"], &schema["const"]].into_iter();
    of_schema
        .chain(named)
        .chain(own.filter(|example| !example.is_null()))
        .chain(schema["enum"].as_array().into_iter().flatten())
        .chain(stand_in(schema))
        .collect()
}

/// What needs no example: a schema that says all by its type.
fn stand_in(schema: &Value) -> Option<&Value> {
    let kind = &schema["type"];
    (kind == "boolean").then_some(&Value::Bool(true))
}

#[test]
fn every_operation_has_a_name_a_place_and_an_explanation() {
    let document = document();
    let known: Vec<_> = document["tags"].as_array().unwrap().iter().collect();
    let known: Vec<_> = known
        .iter()
        .map(|tag| tag["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        known,
        [
            "Tasks",
            "Trash",
            "Sync",
            "Accounts",
            "Profile",
            "Operations"
        ]
    );
    let mut names = BTreeSet::new();
    for (path, operation) in operations(&document) {
        let name = operation["operationId"].as_str().unwrap();
        assert!(names.insert(name), "{name} is used twice");
        let (verb, noun) = name.split_once('_').unwrap_or_else(|| panic!("{name}"));
        assert!(!verb.is_empty() && !noun.is_empty(), "{name}");
        let tags = operation["tags"].as_array().unwrap();
        assert_eq!(tags.len(), 1, "{path}");
        assert!(
            known.contains(&tags[0].as_str().unwrap()),
            "{path}: {tags:?}"
        );
        assert_says(&operation["summary"], name);
        assert_says(&operation["description"], name);
    }
    assert!(names.len() >= 31, "{names:?}");
}

#[test]
fn every_parameter_has_a_meaning_a_limit_and_an_example_that_fits() {
    let document = document();
    for (path, operation) in operations(&document) {
        let parameters = operation["parameters"].as_array();
        for parameter in parameters.into_iter().flatten() {
            let parameter = resolve(&document, parameter);
            let place = format!("{path} {}", parameter["name"]);
            assert_says(&parameter["description"], &place);
            assert_limited(&document, &parameter["schema"], &place);
            let examples = examples(&document, parameter);
            let optional = ["cursor", "tag", "q", "limit", "ids", "priority"];
            let obvious = optional.contains(&parameter["name"].as_str().unwrap());
            assert!(obvious || !examples.is_empty(), "{place} has no example");
            for example in examples {
                assert_valid(&document, &parameter["schema"], example, &place);
            }
        }
        let named = path.matches('{').count();
        let given = parameters.into_iter().flatten();
        let given = given.filter(|parameter| resolve(&document, parameter)["in"] == "path");
        assert_eq!(given.count(), named, "{path}");
    }
}

/// Fails for a text or a number that may be of any size, and for null.
fn assert_limited(document: &Value, schema: &Value, place: &str) {
    let schema = resolve(document, schema);
    if let Some(several) = schema["oneOf"].as_array() {
        for one in several {
            assert_limited(document, one, place);
        }
        return;
    }
    let limits: &[&str] = match schema["type"].as_str() {
        Some("string") => &["maxLength", "pattern", "format", "enum"],
        Some("integer") => &["maximum"],
        Some("array") => return assert_limited(document, &schema["items"], place),
        Some("boolean") => return,
        other => panic!("{place} is {other:?}"),
    };
    assert!(
        limits.iter().any(|limit| !schema[*limit].is_null()),
        "{place} has no limit: {schema}"
    );
}

#[test]
fn every_body_has_a_schema_and_an_example_that_fits() {
    let document = document();
    let mut bodies = 0;
    for (path, operation) in operations(&document) {
        let request = &operation["requestBody"]["content"];
        let responses = object(&operation["responses"], "responses").values();
        let answers = responses.map(|response| &resolve(&document, response)["content"]);
        for content in answers.chain([request]) {
            for (media_type, content) in content.as_object().into_iter().flatten() {
                let place = format!("{path} {media_type}");
                assert!(content["schema"].is_object(), "{place} has no schema");
                let examples = examples(&document, content);
                let is_page = media_type == "text/html";
                assert!(is_page || !examples.is_empty(), "{place} has no example");
                for example in examples {
                    assert_valid(&document, &content["schema"], example, &place);
                    bodies += 1;
                }
            }
        }
    }
    assert!(bodies > 200, "{bodies}");
}

#[test]
fn every_member_of_a_schema_has_a_meaning_and_examples_that_fit() {
    let document = document();
    let schemas = object(&document["components"]["schemas"], "schemas");
    for (name, schema) in schemas {
        assert_says(&schema["description"], name);
        check_schema(&document, schema, name);
    }
}

fn check_schema(document: &Value, schema: &Value, place: &str) {
    assert!(schema["example"].is_null(), "{place} has the old keyword");
    for example in schema["examples"].as_array().into_iter().flatten() {
        assert_valid(document, schema, example, place);
    }
    for (member, schema) in schema["properties"].as_object().into_iter().flatten() {
        let place = format!("{place}.{member}");
        let means = schema["description"].is_string() || schema["oneOf"].is_array();
        assert!(means, "{place} has no description");
        check_schema(document, schema, &place);
    }
}

#[test]
fn every_link_leads_to_an_operation_that_takes_an_id() {
    let document = document();
    let mut links = 0;
    for (path, operation) in operations(&document) {
        for answer in object(&operation["responses"], "responses").values() {
            for link in answer["links"]
                .as_object()
                .into_iter()
                .flat_map(Map::values)
            {
                let mut targets = operations(&document).into_iter();
                let target = targets.find(|(_, other)| other["operationId"] == link["operationId"]);
                let (target, _) = target.unwrap_or_else(|| panic!("{path}: {link}"));
                assert!(target.contains("{id}"), "{path} leads to {target}");
                links += 1;
            }
        }
    }
    assert!(links >= 10, "{links}");
}

#[test]
fn references_resolve_and_components_are_used() {
    let document = document();
    let mut found = BTreeSet::new();
    collect_references(&document, &mut found);
    for reference in &found {
        resolve(&document, &json!({ "$ref": reference }));
    }
    for (kind, entries) in object(&document["components"], "components") {
        for name in object(entries, kind).keys() {
            let reference = format!("#/components/{kind}/{name}");
            assert!(
                kind == "securitySchemes" || found.contains(&reference),
                "{reference} is not used"
            );
        }
    }
}

fn collect_references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            let reference = members.get("$ref").and_then(Value::as_str);
            found.extend(reference.map(ToOwned::to_owned));
            members
                .values()
                .for_each(|member| collect_references(member, found));
        }
        Value::Array(items) => items
            .iter()
            .for_each(|item| collect_references(item, found)),
        _ => {}
    }
}
