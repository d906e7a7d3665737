//! Parameters that several operations take, and what holds for all.

use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, OneOf, SchemaType, Type};
use utoipa::openapi::{Components, Ref, RefOr, Required, Schema};

use super::rules::ENTITY_TAGS;

/// Which operations take a precondition on the task that they change.
const CONDITIONAL: [&str; 5] = [
    "replace_task",
    "patch_task",
    "toggle_task",
    "delete_task",
    "restore_task",
];
/// Which operations ask what the client knows already.
const CACHED: [&str; 2] = ["list_tasks", "get_task"];

pub(super) const IF_MATCH: &str = "If-Match";
const IF_NONE_MATCH: &str = "If-None-Match";
const TASK_ID: &str = "TaskId";

/// Whether the operation takes a precondition on the task that it changes.
pub(super) fn is_conditional(operation: &Operation) -> bool {
    is_one_of(operation, &CONDITIONAL)
}

fn is_one_of(operation: &Operation, names: &[&str]) -> bool {
    let id = operation.operation_id.as_deref();
    id.is_some_and(|id| names.contains(&id))
}

/// Describes the shared parameters once.
pub(super) fn describe(components: &mut Components) {
    let id = ParameterBuilder::new()
        .name("id")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some("The task's id"))
        .schema(Some(
            ObjectBuilder::new()
                .schema_type(Type::String)
                .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(
                    utoipa::openapi::KnownFormat::Uuid,
                )))
                .examples(["0193a5c8-7e2b-7c4d-9f10-6b1a2c3d4e5f"]),
        ));
    let if_match = "Entity tags of which one must be the task's, or `*`. Another revision is answered \
                    with 412 and its current `ETag`, and nothing is written";
    let if_none_match = "Entity tags that the client knows, or `*`. While one of them is current the \
                         answer is 304 without a body";
    let parameters = [
        (TASK_ID, id),
        (IF_MATCH, tags_header(IF_MATCH, if_match, "\"42\"")),
        (
            IF_NONE_MATCH,
            tags_header(IF_NONE_MATCH, if_none_match, "\"42\""),
        ),
    ];
    for (name, parameter) in parameters {
        let parameter = RefOr::T(parameter.build());
        components.parameters.insert(name.to_owned(), parameter);
    }
}

fn tags_header(name: &str, description: &str, example: &str) -> ParameterBuilder {
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(ENTITY_TAGS))
        .examples([example]);
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(schema))
}

/// Adds the shared parameters, and makes absent the only way to leave one out.
pub(super) fn complete(path: &str, operation: &mut Operation) {
    let mut shared = Vec::new();
    if path.starts_with("/api/tasks/{id}") {
        shared.push(TASK_ID);
    }
    if is_conditional(operation) {
        shared.push(IF_MATCH);
    }
    if is_one_of(operation, &CACHED) {
        shared.push(IF_NONE_MATCH);
    }
    let own = operation.parameters.take().unwrap_or_default();
    let mut parameters: Vec<_> = shared.into_iter().map(reference).collect();
    parameters.extend(own.into_iter().map(|parameter| match parameter {
        RefOr::T(mut parameter) => {
            parameter.schema = parameter.schema.map(without_null);
            RefOr::T(parameter)
        }
        shared @ RefOr::Ref(_) => shared,
    }));
    operation.parameters = (!parameters.is_empty()).then_some(parameters);
}

fn reference(name: &str) -> RefOr<Parameter> {
    RefOr::Ref(Ref::new(format!("#/components/parameters/{name}")))
}

/// A schema of what can be left out but not be null, such as a parameter or a whole body.
pub(super) fn without_null(schema: RefOr<Schema>) -> RefOr<Schema> {
    match schema {
        RefOr::T(Schema::OneOf(OneOf { mut items, .. })) if items.len() == 2 => {
            items.retain(|item| !is_null(item));
            items.remove(0)
        }
        RefOr::T(Schema::Object(mut object)) => {
            object.schema_type = not_null(object.schema_type);
            RefOr::T(Schema::Object(object))
        }
        RefOr::T(Schema::Array(mut array)) => {
            array.schema_type = not_null(array.schema_type);
            RefOr::T(Schema::Array(array))
        }
        other => other,
    }
}

fn is_null(schema: &RefOr<Schema>) -> bool {
    let null = SchemaType::Type(Type::Null);
    matches!(schema, RefOr::T(Schema::Object(object)) if object.schema_type == null)
}

fn not_null(kind: SchemaType) -> SchemaType {
    let SchemaType::Array(mut kinds) = kind else {
        return kind;
    };
    kinds.retain(|kind| *kind != Type::Null);
    match kinds.as_slice() {
        [kind] => SchemaType::Type(kind.clone()),
        _ => SchemaType::Array(kinds),
    }
}

#[cfg(test)]
pub(super) fn operations_of_the_tables() -> impl Iterator<Item = &'static str> {
    CONDITIONAL.into_iter().chain(CACHED)
}
