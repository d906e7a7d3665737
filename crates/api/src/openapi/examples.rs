//! An example of every object that is sent or answered, as people would meet it.

use serde_json::{Value, json};
use utoipa::openapi::schema::{AdditionalProperties, ArrayItems};
use utoipa::openapi::{Components, RefOr, Schema};

const TASK: &str = "0193a5c8-7e2b-7c4d-9f10-6b1a2c3d4e5f";
const USER: &str = "0193a5c8-0000-7c4d-9f10-6b1a2c3d4e5f";
const SESSION: &str = "0193a5c8-1111-7c4d-9f10-6b1a2c3d4e5f";
const EARLIER: &str = "2026-11-20T21:04:05.123456Z";
const LATER: &str = "2026-11-20T21:19:05.123456Z";
const PASSWORD: &str = "correct horse battery staple";

fn due() -> Value {
    json!({ "date": "2026-11-21", "time": "09:00", "timezone": "Europe/Rome" })
}

fn task() -> Value {
    json!({
        "id": TASK, "user_id": USER, "title": "Buy milk", "description": null,
        "completed": false, "completed_at": null, "priority": "none", "due": due(),
        "tags": ["home"], "revision": 42,
        "created_at": EARLIER, "updated_at": EARLIER, "deleted_at": null,
    })
}

fn draft() -> Value {
    json!({ "title": "Buy milk", "tags": ["home"], "due": due() })
}

fn tombstone() -> Value {
    json!({ "id": TASK, "revision": 43, "deleted_at": LATER, "purged": true })
}

fn user() -> Value {
    json!({
        "id": USER, "email": "ada@example.com", "name": "Ada", "issuer": "local",
        "created_at": EARLIER, "updated_at": EARLIER,
    })
}

fn toggle() -> Value {
    json!({ "op": "toggle", "id": TASK, "if_match": 42 })
}

fn session() -> Value {
    json!({
        "id": SESSION, "created_at": EARLIER, "last_used_at": LATER,
        "user_agent": "Mozilla/5.0", "current": true,
    })
}

fn field_error() -> Value {
    json!({
        "pointer": "/title", "code": "too_long",
        "message": "must be at most 200 characters", "params": { "max": 200 },
    })
}

fn of_tasks() -> Vec<(&'static str, Value)> {
    let create = json!({ "op": "create", "task": draft() });
    vec![
        ("Task", task()),
        ("TaskDraft", draft()),
        (
            "TaskPatch",
            json!({ "completed": true, "due": { "time": null, "timezone": null } }),
        ),
        (
            "TaskList",
            json!({ "items": [task()], "next_cursor": null }),
        ),
        ("Due", due()),
        ("DueDraft", json!({ "date": "2026-11-21" })),
        ("DuePatch", json!({ "time": "10:30" })),
        ("Tombstone", tombstone()),
        ("Change", task()),
        (
            "Changes",
            json!({ "changes": [task(), tombstone()], "revision": 43, "has_more": false }),
        ),
        ("EmptiedTrash", json!({ "purged": 3 })),
        ("CreateOperation", create.clone()),
        (
            "UpdateOperation",
            json!({ "op": "update", "id": TASK, "patch": { "priority": "high" } }),
        ),
        ("ToggleOperation", toggle()),
        ("DeleteOperation", json!({ "op": "delete", "id": TASK })),
        ("RestoreOperation", json!({ "op": "restore", "id": TASK })),
        ("BatchOperation", toggle()),
        ("Batch", json!({ "operations": [create, toggle()] })),
        ("BatchResult", json!({ "status": 201, "task": task() })),
        (
            "BatchResults",
            json!({
                "results": [{ "status": 201, "task": task() }, { "status": 204 }], "revision": 43,
            }),
        ),
    ]
}

fn of_accounts() -> Vec<(&'static str, Value)> {
    vec![
        (
            "Registration",
            json!({ "email": "ada@example.com", "password": PASSWORD, "name": "Ada" }),
        ),
        (
            "Credentials",
            json!({ "email": "ada@example.com", "password": PASSWORD }),
        ),
        (
            "Refresh",
            json!({ "refresh_token": "AZOlyBERfE2fEGsaLD1OXw" }),
        ),
        (
            "Token",
            json!({ "token": "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl" }),
        ),
        (
            "PasswordChange",
            json!({ "current_password": PASSWORD, "new_password": "another good phrase" }),
        ),
        ("Erasure", json!({ "password": PASSWORD })),
        ("User", user()),
        ("UserPatch", json!({ "name": "Ada Lovelace" })),
        (
            "SignedIn",
            json!({
                "user": user(), "access_token": "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl",
                "token_type": "Bearer", "expires_in": 900, "refresh_token": "AZOlyBERfE2fEGsaLD1OXw",
            }),
        ),
        ("Session", session()),
        ("Sessions", json!({ "items": [session()] })),
        (
            "VerifiedToken",
            json!({
                "valid": true, "user": user(), "issuer": "tasklane", "subject": USER,
                "issued_at": EARLIER, "expires_at": LATER,
            }),
        ),
        (
            "Export",
            json!({ "user": user(), "sessions": [], "tasks": [task()] }),
        ),
        (
            "SessionRecord",
            json!({
                "id": SESSION, "created_at": EARLIER, "last_used_at": LATER,
                "expires_at": "2026-12-20T21:04:05.123456Z", "user_agent": null,
            }),
        ),
        ("KeySet", json!({ "keys": [] })),
        (
            "Key",
            json!({ "kty": "OKP", "kid": "2026-11", "alg": "EdDSA" }),
        ),
    ]
}

fn of_operations() -> Vec<(&'static str, Value)> {
    let checks = json!({ "store": "ok", "migrations": "ok", "running": "ok" });
    vec![
        ("Status", json!({ "status": "ok" })),
        (
            "Health",
            json!({ "status": "ok", "version": "0.1.0", "checks": checks }),
        ),
        ("Checks", checks),
        ("FieldError", field_error()),
        (
            "Problem",
            json!({
                "type": "/problems/validation_failed", "title": "Validation failed", "status": 422,
                "code": "validation_failed", "detail": "1 field is invalid", "instance": "/api/tasks",
                "request_id": TASK, "errors": [field_error()],
            }),
        ),
        ("OpenApi", json!({ "openapi": "3.1.0" })),
    ]
}

/// Adds its example to each schema. One whose schema does not exist is given back.
pub(super) fn describe(components: &mut Components) -> Vec<String> {
    let mut lost = Vec::new();
    let examples = [of_tasks(), of_accounts(), of_operations()];
    for (name, example) in examples.into_iter().flatten() {
        match components.schemas.get_mut(name) {
            Some(RefOr::T(Schema::Object(object))) => object.examples = vec![example],
            Some(RefOr::T(Schema::OneOf(one))) => one.examples = vec![example],
            _ => lost.push(name.to_owned()),
        }
    }
    for schema in components.schemas.values_mut() {
        modernise(schema);
    }
    lost
}

/// Turns the keyword `example`, which 3.1 deprecates, into `examples`.
pub(super) fn modernise(schema: &mut RefOr<Schema>) {
    let RefOr::T(schema) = schema else { return };
    match schema {
        Schema::Object(object) => {
            object.examples.extend(object.example.take());
            object.properties.values_mut().for_each(modernise);
            if let Some(AdditionalProperties::RefOr(rest)) =
                object.additional_properties.as_deref_mut()
            {
                modernise(rest);
            }
        }
        Schema::Array(array) => {
            array.examples.extend(array.example.take());
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                modernise(items);
            }
        }
        Schema::OneOf(one) => one.items.iter_mut().for_each(modernise),
        _ => {}
    }
}
