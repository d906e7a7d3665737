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

/// Places in the document, as the tables below name them.
const PLACES: [(&str, &str); 8] = [
    ("list", "/paths/~1tasks/get"),
    ("create", "/paths/~1tasks/post"),
    ("sort", "/paths/~1tasks/get/parameters/1"),
    ("limit", "/components/parameters/limit"),
    ("answer", "/paths/~1tasks/get/responses/200"),
    ("Task", "/components/schemas/Task"),
    ("Draft", "/components/schemas/Draft"),
    ("title", "/components/schemas/Draft/properties/title"),
];

/// A place, the member that changes there, its new value (null removes it), and the finding.
const BREAKING: &str = r##"
list          | operationId          | "get_tasks"            | GET /tasks has another operationId
/paths/~1tasks | get                 | null                   | GET /tasks is gone
create        | security             | [{"bearer": []}]       | POST /tasks needs a token now
list          | parameters           | [{"$ref": "#/components/parameters/limit"}] | GET /tasks query sort is gone
limit         | required             | true                   | GET /tasks query limit is required now
limit/schema  | maximum              | 50                     | GET /tasks query limit has a narrower maximum
limit/schema  | minimum              | 2                      | GET /tasks query limit has a narrower minimum
sort/schema   | enum                 | ["title"]              | GET /tasks query sort no longer has "due"
create        | parameters           | [{"name": "k", "in": "header", "required": true}] | POST /tasks header k is new and required
create/requestBody | required        | true                   | POST /tasks body is required now
create/requestBody | content         | {"text/plain": {}}     | POST /tasks body application/json is gone
Draft         | required             | ["title", "tags"]      | POST /tasks body .tags is required now
Draft         | additionalProperties | false                  | POST /tasks body accepts no other members now
Draft/properties | tags              | null                   | POST /tasks body .tags is gone
Draft/properties/tags | type         | "array"                | POST /tasks body .tags was {"array", "null"} and is {"array"}
title         | maxLength            | 100                    | POST /tasks body .title has a narrower maxLength
title         | minLength            | 1                      | POST /tasks body .title has a narrower minLength
title         | pattern              | "^a"                   | POST /tasks body .title has another pattern
title         | type                 | "integer"              | POST /tasks body .title was {"string"} and is {"integer"}
list/responses | 200                 | null                   | GET /tasks 200 is no longer answered
answer        | headers              | {}                     | GET /tasks 200 ETag is gone
answer        | content              | {"text/html": {}}      | GET /tasks 200 application/json is gone
Task          | required             | ["id"]                 | GET /tasks 200[] .parent may be absent now
Task/properties | note               | null                   | GET /tasks 200[] .note is gone
Task/properties/id | type            | ["string", "null"]     | GET /tasks 200[] .id was {"string"} and is {"null", "string"}
Task/properties/id | format          | "date"                 | GET /tasks 200[] .id has another format
Task/properties/parent | oneOf | [{"type": "null"}, {"$ref": "#/components/schemas/Task"}, {"type": "integer"}] | GET /tasks 200[] .parent may be of a new kind: {"type":"integer"}
"##;

/// The same without a finding.
const COMPATIBLE: &str = r##"
/paths        | /more                | {"get": {"operationId": "list_more", "responses": {}}} |
list/responses | 404                 | null                   |
list/responses | 410                 | {}                     |
create        | parameters           | [{"name": "k", "in": "header"}] |
limit/schema  | maximum              | 500                    |
sort/schema   | enum                 | ["title", "due", "priority"] |
Draft         | required             | []                     |
Draft/properties | due               | {"type": "string"}     |
title         | maxLength            | null                   |
title         | type                 | ["string", "null"]     |
Task          | description          | "Something to do"      |
Task/properties | due                | {"type": "string"}     |
Task/properties/note | type          | "string"               |
Task/properties/parent | oneOf       | [{"$ref": "#/components/schemas/Task"}] |
"##;

fn check(table: &str) {
    for line in table.trim().lines() {
        let mut cells = line.split('|').map(str::trim);
        let [place, member, value, finding] = std::array::from_fn(|_| cells.next().expect(line));
        let new = changed(place, member, serde_json::from_str(value).expect(line));
        let expected: Vec<_> = Some(finding)
            .filter(|text| !text.is_empty())
            .into_iter()
            .collect();
        assert_eq!(breaking_changes(&document(), &new), expected, "{line}");
    }
}

/// The document with that value for a member of the object at the place; null removes the member.
fn changed(place: &str, member: &str, value: Value) -> Value {
    let (name, rest) = place.split_at(place.find('/').unwrap_or(place.len()));
    let start = PLACES.iter().find(|(known, _)| *known == name);
    let pointer = format!("{}{rest}", start.map_or("", |(_, pointer)| pointer));
    let mut document = document();
    let object = document
        .pointer_mut(&pointer)
        .and_then(Value::as_object_mut);
    let object = object.unwrap_or_else(|| panic!("{place}"));
    if value.is_null() {
        assert!(object.remove(member).is_some(), "{place} has no {member}");
    } else {
        object.insert(member.to_owned(), value);
    }
    document
}

#[test]
fn nothing_breaks_when_nothing_changes() {
    assert_eq!(breaking_changes(&document(), &document()), [""; 0]);
}

#[test]
fn breaking_changes_of_calls_bodies_and_answers_are_found_and_named() {
    check(BREAKING);
}

#[test]
fn additions_and_wider_rules_break_nobody() {
    check(COMPATIBLE);
}
