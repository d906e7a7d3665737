//! Examples of whole objects, put together from those of their members.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::components::referenced;

/// Adds an example to each object and choice that has none of its own.
pub(super) fn add_to(schemas: &mut BTreeMap<String, Value>) {
    let examples: Vec<_> = schemas
        .iter()
        .filter(|(_, schema)| schema["examples"].is_null())
        .filter_map(|(name, schema)| Some((name.clone(), of(schema, schemas)?)))
        .collect();
    for (name, example) in examples {
        if let Some(schema) = schemas.get_mut(&name) {
            schema["examples"] = json!([example]);
        }
    }
}

/// A value that fits the schema; `None` when the schema does not tell one.
fn of(schema: &Value, schemas: &BTreeMap<String, Value>) -> Option<Value> {
    if let Some(name) = referenced(schema) {
        return of(schemas.get(name)?, schemas);
    }
    let stated = stated(schema);
    if stated.is_some() {
        return stated;
    }
    if let Some(choice) = schema["oneOf"].get(0) {
        return of(choice, schemas);
    }
    if schema["anyOf"].is_array() || accepts(schema, "null") {
        return Some(Value::Null);
    }
    match schema["type"].as_str()? {
        "object" => Some(Value::Object(of_members(schema, schemas))),
        "array" => Some(json!([of(&schema["items"], schemas)?])),
        "boolean" => Some(json!(false)),
        _ => None,
    }
}

fn stated(schema: &Value) -> Option<Value> {
    let first = |keyword: &str| schema[keyword].get(0).cloned();
    first("examples")
        .or_else(|| schema.get("const").cloned())
        .or_else(|| schema.get("default").cloned())
        .or_else(|| first("enum"))
}

/// The members that must be there, and those others that have an example.
fn of_members(schema: &Value, schemas: &BTreeMap<String, Value>) -> Map<String, Value> {
    let required: Vec<_> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .collect();
    let members = schema["properties"].as_object().into_iter().flatten();
    let example = |(name, member): (&String, &Value)| {
        let is_required = required.iter().any(|other| *other == name);
        let shown = is_required || member.get("examples").is_some();
        Some((name.clone(), of(member, schemas).filter(|_| shown)?))
    };
    members.filter_map(example).collect()
}

fn accepts(schema: &Value, kind: &str) -> bool {
    schema["type"]
        .as_array()
        .is_some_and(|kinds| kinds.iter().any(|other| other == kind))
}
