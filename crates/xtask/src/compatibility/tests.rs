use serde_json::json;

use super::*;

fn document() -> Value {
    json!({
        "paths": { "/tasks": {
            "get": {
                "operationId": "list_tasks",
                "parameters": [
                    { "$ref": "#/components/parameters/limit" },
                    { "name": "sort", "in": "query",
                      "schema": { "type": "string", "enum": ["title", "due"] } },
                ],
                "responses": {
                    "200": {
                        "headers": { "ETag": {} },
                        "content": { "application/json": { "schema": {
                            "type": "array", "items": { "$ref": "#/components/schemas/Task" },
                        } } },
                    },
                    "404": {},
                },
            },
            "post": {
                "operationId": "create_task",
                "security": [{}],
                "requestBody": { "content": { "application/json": {
                    "schema": { "$ref": "#/components/schemas/Draft" },
                } } },
                "responses": { "201": {} },
            },
        } },
        "components": {
            "parameters": { "limit": {
                "name": "limit", "in": "query",
                "schema": { "type": "integer", "minimum": 1, "maximum": 100 },
            } },
            "schemas": {
                "Task": {
                    "type": "object",
                    "required": ["id", "parent"],
                    "properties": {
                        "id": { "type": "string", "format": "uuid" },
                        "note": { "type": ["string", "null"] },
                        "parent": { "oneOf": [
                            { "type": "null" }, { "$ref": "#/components/schemas/Task" },
                        ] },
                    },
                },
                "Draft": {
                    "type": "object",
                    "required": ["title"],
                    "properties": {
                        "title": { "type": "string", "maxLength": 200 },
                        "tags": { "type": ["array", "null"], "items": { "type": "string" } },
                    },
                },
            },
        },
    })
}

const LIST: &str = "/paths/~1tasks/get";
const CREATE: &str = "/paths/~1tasks/post";
const ANSWER: &str = "/paths/~1tasks/get/responses/200";
const TASK: &str = "/components/schemas/Task";
const DRAFT: &str = "/components/schemas/Draft";

/// What is found once the object at a place has, or with null has not, that member.
fn changed(place: &str, member: &str, value: Value) -> Vec<String> {
    let mut new = document();
    let object = new.pointer_mut(place).and_then(Value::as_object_mut);
    let object = object.unwrap_or_else(|| panic!("{place}"));
    if value.is_null() {
        assert!(object.remove(member).is_some(), "{place} has no {member}");
    } else {
        object.insert(member.to_owned(), value);
    }
    breaking_changes(&document(), &new)
}

#[test]
fn nothing_breaks_when_nothing_changes() {
    assert_eq!(breaking_changes(&document(), &document()), [""; 0]);
}

#[test]
fn what_breaks_a_call_is_found_and_named() {
    let limit = "/components/parameters/limit";
    let cases = [
        (
            LIST,
            "operationId",
            json!("get_tasks"),
            "GET /tasks has another operationId",
        ),
        ("/paths/~1tasks", "get", Value::Null, "GET /tasks is gone"),
        (
            CREATE,
            "security",
            json!([{ "bearer": [] }]),
            "POST /tasks needs a token now",
        ),
        (
            LIST,
            "parameters",
            json!([{ "$ref": "#/components/parameters/limit" }]),
            "GET /tasks query sort is gone",
        ),
        (
            limit,
            "required",
            json!(true),
            "GET /tasks query limit is required now",
        ),
        (
            CREATE,
            "parameters",
            json!([{ "name": "k", "in": "header", "required": true }]),
            "POST /tasks header k is new and required",
        ),
        (
            "/components/parameters/limit/schema",
            "maximum",
            json!(50),
            "GET /tasks query limit has a narrower maximum",
        ),
        (
            "/components/parameters/limit/schema",
            "minimum",
            json!(2),
            "GET /tasks query limit has a narrower minimum",
        ),
        (
            "/paths/~1tasks/get/parameters/1/schema",
            "enum",
            json!(["title"]),
            "GET /tasks query sort has no \"due\" any more",
        ),
    ];
    for (place, member, value, finding) in cases {
        assert_eq!(changed(place, member, value), [finding], "{place} {member}");
    }
}

#[test]
fn what_breaks_a_body_is_found_and_named() {
    let title = "/components/schemas/Draft/properties/title";
    let cases = [
        (
            "/paths/~1tasks/post/requestBody",
            "required",
            json!(true),
            "POST /tasks body is required now",
        ),
        (
            "/paths/~1tasks/post/requestBody",
            "content",
            json!({ "text/plain": {} }),
            "POST /tasks body application/json is gone",
        ),
        (
            DRAFT,
            "required",
            json!(["title", "tags"]),
            "POST /tasks body .tags is required now",
        ),
        (
            DRAFT,
            "additionalProperties",
            json!(false),
            "POST /tasks body accepts no other members now",
        ),
        (
            title,
            "maxLength",
            json!(100),
            "POST /tasks body .title has a narrower maxLength",
        ),
        (
            title,
            "minLength",
            json!(1),
            "POST /tasks body .title has a narrower minLength",
        ),
        (
            title,
            "pattern",
            json!("^a"),
            "POST /tasks body .title has another pattern",
        ),
        (
            title,
            "type",
            json!("integer"),
            "POST /tasks body .title was {\"string\"} and is {\"integer\"}",
        ),
        (
            "/components/schemas/Draft/properties/tags",
            "type",
            json!("array"),
            "POST /tasks body .tags was {\"array\", \"null\"} and is {\"array\"}",
        ),
        (
            "/components/schemas/Draft/properties",
            "tags",
            Value::Null,
            "POST /tasks body .tags is gone",
        ),
    ];
    for (place, member, value, finding) in cases {
        assert_eq!(changed(place, member, value), [finding], "{place} {member}");
    }
}

#[test]
fn what_breaks_an_answer_is_found_and_named() {
    let id = "/components/schemas/Task/properties/id";
    let cases = [
        (
            "/paths/~1tasks/get/responses",
            "200",
            Value::Null,
            "GET /tasks 200 is answered no more",
        ),
        (ANSWER, "headers", json!({}), "GET /tasks 200 ETag is gone"),
        (
            ANSWER,
            "content",
            json!({ "text/html": {} }),
            "GET /tasks 200 application/json is gone",
        ),
        (
            TASK,
            "required",
            json!(["id"]),
            "GET /tasks 200[] .parent may be absent now",
        ),
        (
            "/components/schemas/Task/properties",
            "note",
            Value::Null,
            "GET /tasks 200[] .note is gone",
        ),
        (
            id,
            "type",
            json!(["string", "null"]),
            "GET /tasks 200[] .id was {\"string\"} and is {\"null\", \"string\"}",
        ),
        (
            id,
            "format",
            json!("date"),
            "GET /tasks 200[] .id has another format",
        ),
    ];
    for (place, member, value, finding) in cases {
        assert_eq!(changed(place, member, value), [finding], "{place} {member}");
    }
}

#[test]
fn a_new_kind_of_answer_breaks_and_a_lost_one_does_not() {
    let place = "/components/schemas/Task/properties/parent";
    let more = json!([
        { "type": "null" }, { "$ref": "#/components/schemas/Task" }, { "type": "integer" },
    ]);
    let found = changed(place, "oneOf", more);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("GET /tasks 200[] .parent may be of a new kind"),
        "{found:?}"
    );
    let fewer = json!([{ "$ref": "#/components/schemas/Task" }]);
    assert_eq!(changed(place, "oneOf", fewer), [""; 0]);
}

#[test]
fn what_is_added_or_widened_breaks_nobody() {
    let title = "/components/schemas/Draft/properties/title";
    let cases = [
        (
            "/paths",
            "/more",
            json!({ "get": { "operationId": "list_more", "responses": {} } }),
        ),
        ("/paths/~1tasks/get/responses", "404", Value::Null),
        ("/paths/~1tasks/get/responses", "410", json!({})),
        (
            CREATE,
            "parameters",
            json!([{ "name": "k", "in": "header" }]),
        ),
        ("/components/parameters/limit/schema", "maximum", json!(500)),
        (
            "/paths/~1tasks/get/parameters/1/schema",
            "enum",
            json!(["title", "due", "priority"]),
        ),
        (DRAFT, "required", json!([])),
        (title, "maxLength", Value::Null),
        (title, "type", json!(["string", "null"])),
        (
            "/components/schemas/Draft/properties",
            "due",
            json!({ "type": "string" }),
        ),
        (
            "/components/schemas/Task/properties",
            "due",
            json!({ "type": "string" }),
        ),
        (
            "/components/schemas/Task/properties/note",
            "type",
            json!("string"),
        ),
        (TASK, "description", json!("Something to do")),
    ];
    for (place, member, value) in cases {
        assert_eq!(changed(place, member, value), [""; 0], "{place} {member}");
    }
}
