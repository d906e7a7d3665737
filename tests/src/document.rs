//! The OpenAPI document as a promise: whatever any test is answered must be in it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::Validator;
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::answer::Answer;

/// The document that is checked in; another test holds it to the one that is served.
static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    let text = std::fs::read_to_string(file).expect("docs/openapi.json is there");
    serde_json::from_str(&text).expect("docs/openapi.json is JSON")
});

/// Fails unless the answer is one that the document announces. What no operation answers is not its
/// concern: a path or a method that does not exist.
#[track_caller]
pub(crate) fn check(method: &Method, answer: &Answer) {
    let name = method.as_str().to_lowercase();
    let Some(operation) = item_at(answer.path()).and_then(|item| item.get(&name)) else {
        return;
    };
    let status = answer.status();
    let what = format!("{method} {} {status}", answer.path());
    let response = &operation["responses"][status.to_string()];
    assert!(
        response.is_object(),
        "{what} is not in the document: {answer:?}"
    );
    for (name, header) in object(&response["headers"]) {
        if let Some(value) = answer.header(name) {
            check_header(&what, name, value, &follow(header)["schema"]);
        }
    }
    let Some((media_type, content)) = object(&response["content"]).next() else {
        assert!(answer.bytes().is_empty(), "{what} has a body");
        return;
    };
    let given = answer.header("content-type").unwrap_or_default();
    assert!(given.starts_with(media_type), "{what} is {given}");
    if media_type.ends_with("json") {
        check_body(&what, &answer.document(), response, &content["schema"]);
    }
}

fn check_header(what: &str, name: &str, value: &str, schema: &Value) {
    let validator = validator(schema);
    let number = value.parse::<i64>().map(Value::from);
    let fits = validator.is_valid(&json!(value)) || number.is_ok_and(|n| validator.is_valid(&n));
    assert!(fits, "{what} {name}: {value}");
}

fn check_body(what: &str, body: &Value, response: &Value, schema: &Value) {
    let validator = validator(schema);
    let findings = validator.iter_errors(body).map(|error| error.to_string());
    let findings: Vec<_> = findings.collect();
    assert!(findings.is_empty(), "{what}: {findings:?} in {body}");
    if let Some(codes) = response["x-problem-codes"].as_array() {
        assert!(
            codes.contains(&body["code"]),
            "{what} {} is not in the document",
            body["code"]
        );
    }
}

/// The operations of the path; literal segments go before parameters.
fn item_at(path: &str) -> Option<&'static Map<String, Value>> {
    let paths = object(&DOCUMENT["paths"]).filter(|(template, _)| fits(template, path));
    let (_, item) = paths.min_by_key(|(template, _)| template.matches('{').count())?;
    item.as_object()
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.split('/'));
    template.clone().count() == path.clone().count()
        && template
            .zip(path)
            .all(|(segment, given)| segment.starts_with('{') || segment == given)
}

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// What a reference leads to, or the value itself.
fn follow(value: &'static Value) -> &'static Value {
    let Some(reference) = value["$ref"].as_str() else {
        return value;
    };
    let target = DOCUMENT.pointer(reference.trim_start_matches('#'));
    target.expect("a reference leads somewhere")
}

/// A validator for a schema of the document, made once: making one takes a while.
fn validator(schema: &Value) -> Arc<Validator> {
    static MADE: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);
    let mut made = MADE.lock().expect("nobody panics while making a validator");
    let validator = made.entry(schema.to_string()).or_insert_with(|| {
        let mut whole = json!({ "allOf": [schema] });
        if schema.to_string().contains("$ref") {
            whole["components"]["schemas"] = DOCUMENT["components"]["schemas"].clone();
        }
        let options = jsonschema::options().should_validate_formats(true);
        Arc::new(options.build(&whole).expect("the schema is one"))
    });
    Arc::clone(validator)
}
