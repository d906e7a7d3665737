//! Rules that the attributes of a schema cannot say: texts as patterns made of the domain's own
//! limits, constants, and what two members mean together.

use serde_json::{Value, json};
use tasklane_domain::task::{MAX_DESCRIPTION_LENGTH, MAX_TAG_LENGTH, MAX_TITLE_LENGTH};
use tasklane_domain::user::{MAX_EMAIL_LENGTH, MAX_NAME_LENGTH};
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{ArrayItems, Object};
use utoipa::openapi::{Components, RefOr, Schema, SchemaFormat};

/// White space as Unicode defines it, in a character class of ECMA-262.
const WHITE: &str = r"\u0009-\u000D \u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000";
/// Control characters: C0, DEL and C1.
const CONTROL: &str = r"\u0000-\u001F\u007F-\u009F";

/// `*`, or a list of entity tags (RFC 9110, sections 5.6.1 and 8.8.3).
pub(super) const ENTITY_TAGS: &str = concat!(
    r#"^(\*|[ \t,]*(W/)?"[!#-~\u0080-\u00FF]*""#,
    r#"([ \t]*,[ \t,]*(W/)?"[!#-~\u0080-\u00FF]*")*[ \t,]*)$"#
);

const SORTS: &[&str] = &[
    "OLDEST_FIRST",
    "NEWEST_FIRST",
    "LEAST_RECENTLY_UPDATED_FIRST",
    "MOST_RECENTLY_UPDATED_FIRST",
    "DUE_FIRST",
    "DUE_LAST",
    "LEAST_IMPORTANT_FIRST",
    "MOST_IMPORTANT_FIRST",
    "TITLE",
    "TITLE_BACKWARDS",
    "LEAST_REVISION_FIRST",
    "GREATEST_REVISION_FIRST",
];

enum Rule {
    /// One line of 1 to so many characters once it is trimmed.
    Line(usize),
    /// At most so many characters, with line breaks and tabs.
    Paragraphs(usize),
    /// Something on both sides of one `@`, at most so many characters.
    Email(usize),
    /// A format that tools may know.
    Format(&'static str),
    /// Nothing but this value.
    Constant(Value),
    /// A schema that nothing may fit.
    Not(Value),
    /// What generated code calls the values of an enumeration that are no identifiers.
    Names(&'static [&'static str]),
}

/// What holds for a member of a schema; for a whole schema where no member is named.
fn of_schemas() -> Vec<(&'static str, &'static str, Rule)> {
    let zone_without_time = json!({
        "required": ["timezone"],
        "properties": { "timezone": { "type": "string" }, "time": { "type": "null" } },
    });
    vec![
        ("TaskDraft", "title", Rule::Line(MAX_TITLE_LENGTH)),
        (
            "TaskDraft",
            "description",
            Rule::Paragraphs(MAX_DESCRIPTION_LENGTH),
        ),
        ("TaskDraft", "tags", Rule::Line(MAX_TAG_LENGTH)),
        ("TaskPatch", "title", Rule::Line(MAX_TITLE_LENGTH)),
        (
            "TaskPatch",
            "description",
            Rule::Paragraphs(MAX_DESCRIPTION_LENGTH),
        ),
        ("TaskPatch", "tags", Rule::Line(MAX_TAG_LENGTH)),
        ("DueDraft", "", Rule::Not(zone_without_time.clone())),
        (
            "DuePatch",
            "",
            Rule::Not(json!({ "required": ["time"], "allOf": [zone_without_time] })),
        ),
        ("Sort", "", Rule::Names(SORTS)),
        ("DueDraft", "timezone", Rule::Format("iana-time-zone")),
        ("DuePatch", "timezone", Rule::Format("iana-time-zone")),
        ("Due", "timezone", Rule::Format("iana-time-zone")),
        ("Registration", "email", Rule::Email(MAX_EMAIL_LENGTH)),
        ("Registration", "name", Rule::Line(MAX_NAME_LENGTH)),
        ("Credentials", "email", Rule::Email(MAX_EMAIL_LENGTH)),
        ("UserPatch", "name", Rule::Line(MAX_NAME_LENGTH)),
        ("CreateOperation", "op", Rule::Constant(json!("create"))),
        ("UpdateOperation", "op", Rule::Constant(json!("update"))),
        ("ToggleOperation", "op", Rule::Constant(json!("toggle"))),
        ("DeleteOperation", "op", Rule::Constant(json!("delete"))),
        ("RestoreOperation", "op", Rule::Constant(json!("restore"))),
        ("Tombstone", "purged", Rule::Constant(json!(true))),
        ("VerifiedToken", "valid", Rule::Constant(json!(true))),
        ("SignedIn", "token_type", Rule::Constant(json!("Bearer"))),
        ("Status", "status", Rule::Constant(json!("ok"))),
    ]
}

/// What holds for a parameter of an operation.
fn of_parameters() -> [(&'static str, &'static str, Rule); 2] {
    [
        ("list_tasks", "tag", Rule::Line(MAX_TAG_LENGTH)),
        ("empty_trash", "deleted", Rule::Constant(json!(true))),
    ]
}

/// Adds the rules to the schemas. One whose schema or member does not exist is given back.
pub(super) fn complete_schemas(components: &mut Components) -> Vec<String> {
    let mut lost = Vec::new();
    for (schema, member, rule) in of_schemas() {
        let whole = match components.schemas.get_mut(schema) {
            Some(RefOr::T(whole)) => Some(whole),
            _ => None,
        };
        let place = match (whole, member) {
            (Some(whole), "") => Some(whole),
            (Some(Schema::Object(object)), member) => match object.properties.get_mut(member) {
                Some(RefOr::T(schema)) => Some(schema),
                _ => None,
            },
            _ => None,
        };
        match place.and_then(text_of) {
            Some(object) => rule.add_to(object),
            None => lost.push(format!("{schema}.{member}")),
        }
    }
    lost
}

/// Adds the rules to the operation's parameters.
pub(super) fn complete_parameters(operation: &mut Operation) {
    let id = operation.operation_id.clone().unwrap_or_default();
    for (_, name, rule) in of_parameters()
        .into_iter()
        .filter(|(other, ..)| *other == id)
    {
        let parameters = operation.parameters.iter_mut().flatten();
        let schema = parameters
            .into_iter()
            .find_map(|parameter| match parameter {
                RefOr::T(parameter) if parameter.name == name => parameter.schema.as_mut(),
                _ => None,
            });
        if let Some(RefOr::T(schema)) = schema
            && let Some(object) = text_of(schema)
        {
            rule.add_to(object);
        }
    }
}

/// The schema of a value, or of each item of a list.
fn text_of(schema: &mut Schema) -> Option<&mut Object> {
    match schema {
        Schema::Object(object) => Some(object),
        Schema::Array(array) => match &mut array.items {
            ArrayItems::RefOrSchema(items) => match items.as_mut() {
                RefOr::T(Schema::Object(object)) => Some(object),
                _ => None,
            },
            ArrayItems::False => None,
        },
        _ => None,
    }
}

impl Rule {
    fn add_to(self, object: &mut Object) {
        match self {
            Self::Line(max) => object.pattern = Some(line(max)),
            Self::Paragraphs(max) => {
                object.pattern =
                    Some(r"^[^\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]*$".to_owned());
                object.max_length = Some(max);
            }
            Self::Email(max) => {
                let part = format!("[^@{WHITE}{CONTROL}]+");
                object.pattern = Some(format!("^[{WHITE}]*{part}@{part}[{WHITE}]*$"));
                object.max_length = Some(max);
            }
            Self::Format(name) => {
                object.format = Some(SchemaFormat::Custom(name.to_owned()));
                object.min_length = Some(1);
            }
            Self::Constant(value) => say(object, "const", value),
            Self::Not(schema) => say(object, "not", schema),
            Self::Names(names) => say(object, "x-enum-varnames", json!(names)),
        }
    }
}

/// One line of 1 to `max` characters between white space.
fn line(max: usize) -> String {
    let (first, inner) = (format!("[^{WHITE}{CONTROL}]"), max.saturating_sub(2));
    format!("^[{WHITE}]*{first}([^{CONTROL}]{{0,{inner}}}{first})?[{WHITE}]*$")
}

/// Adds a keyword of JSON Schema for which utoipa has no field. Only one a schema: several would
/// come out in any order.
fn say(object: &mut Object, keyword: &str, value: Value) {
    object.extensions = Some(Extensions::from_iter([(keyword, value)]));
}

#[cfg(test)]
pub(super) fn operations_of_the_table() -> impl Iterator<Item = &'static str> {
    of_parameters().into_iter().map(|(operation, ..)| operation)
}
