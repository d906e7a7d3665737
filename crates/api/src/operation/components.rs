//! The parts of the document that several operations share.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::{Header, example};
use crate::problem::ProblemCode;

/// In a schema: whether the values of a parameter are separate parameters.
pub(crate) const EXPLODE: &str = "x-explode";

const SCHEMAS: &str = "#/components/schemas/";

/// Schemas, headers and examples, as far as operations refer to them.
#[derive(Default)]
pub struct Components {
    schemas: BTreeMap<String, Value>,
    headers: BTreeMap<String, Value>,
    examples: BTreeMap<String, Value>,
}

impl Components {
    /// A reference to a type's schema, which is added.
    pub(super) fn reference<T: ToSchema>(&mut self) -> Value {
        self.add_nested::<T>();
        let name = T::name();
        let reference = reference_to(&name);
        let schema = to_json(T::schema());
        self.schemas.entry(name.into_owned()).or_insert(schema);
        reference
    }

    /// A type's schema itself; those that it refers to are added.
    pub(super) fn inline<T: ToSchema>(&mut self) -> Value {
        self.add_nested::<T>();
        to_json(T::schema())
    }

    fn add_nested<T: ToSchema>(&mut self) {
        let mut nested = Vec::new();
        T::schemas(&mut nested);
        for (name, schema) in nested {
            self.schemas.entry(name).or_insert_with(|| to_json(schema));
        }
    }

    /// A reference to a header, which is added.
    pub(super) fn header(&mut self, header: Header) -> Value {
        let key = header.key;
        let reference = json!({ "$ref": format!("#/components/headers/{key}") });
        self.headers.insert(key.to_owned(), header.to_json());
        reference
    }

    /// A reference to an example of a problem, which is added.
    pub(super) fn problem_example(&mut self, code: ProblemCode) -> Value {
        let name = code.as_str();
        let example = json!({ "value": code.example() });
        self.examples.insert(name.to_owned(), example);
        json!({ "$ref": format!("#/components/examples/{name}") })
    }

    /// Completes the document's paths, and gives the components that they refer to.
    pub(crate) fn finish(mut self, paths: &mut Value) -> Value {
        self.name_variants();
        let values = self.take_values();
        tidy(paths, &values);
        self.schemas
            .values_mut()
            .for_each(|schema| tidy(schema, &values));
        self.keep_referenced(paths);
        example::add_to(&mut self.schemas);
        json!({ "schemas": self.schemas, "headers": self.headers, "examples": self.examples })
    }

    /// Makes each variant with a title a schema of that name, told apart by the constant that all
    /// variants have: generators name types after schemas.
    fn name_variants(&mut self) {
        let mut named = Vec::new();
        for schema in self.schemas.values_mut() {
            let Some(variants) = schema.get_mut("oneOf").and_then(Value::as_array_mut) else {
                continue;
            };
            let mut mapping = Map::new();
            let mut property = None;
            for variant in variants {
                let Some(title) = variant["title"].as_str().map(ToOwned::to_owned) else {
                    continue;
                };
                let constant = constant_of(variant);
                let mut taken = std::mem::replace(variant, reference_to(&title));
                if let Some((name, value)) = constant {
                    taken["properties"][&name]["description"] = json!("Which of them it is.");
                    mapping.insert(value, json!(format!("{SCHEMAS}{title}")));
                    property = Some(name);
                }
                named.push((title, taken));
            }
            if let Some(property) = property {
                schema["discriminator"] = json!({ "propertyName": property, "mapping": mapping });
            }
        }
        for (title, mut schema) in named {
            if let Some(schema) = schema.as_object_mut() {
                schema.remove("title");
                schema.insert("additionalProperties".to_owned(), json!(false));
            }
            self.schemas.insert(title, schema);
        }
    }

    /// Takes out the schemas of plain values, which are written wherever they are used.
    fn take_values(&mut self) -> BTreeMap<String, Value> {
        let (values, schemas) = std::mem::take(&mut self.schemas)
            .into_iter()
            .partition(|(_, schema)| is_value(schema));
        self.schemas = schemas;
        values
    }

    fn keep_referenced(&mut self, paths: &Value) {
        let mut found = BTreeSet::new();
        let mut open = vec![paths];
        while let Some(value) = open.pop() {
            for name in references(value) {
                if found.insert(name.to_owned()) {
                    open.extend(self.schemas.get(name));
                }
            }
        }
        self.schemas.retain(|name, _| found.contains(name));
    }
}

fn to_json(schema: impl serde::Serialize) -> Value {
    serde_json::to_value(schema).unwrap_or_default()
}

fn reference_to(schema: &str) -> Value {
    json!({ "$ref": format!("{SCHEMAS}{schema}") })
}

/// The schema that a reference names.
pub(super) fn referenced(value: &Value) -> Option<&str> {
    value["$ref"].as_str()?.strip_prefix(SCHEMAS)
}

fn references(value: &Value) -> Vec<&str> {
    let mut found: Vec<_> = referenced(value).into_iter().collect();
    match value {
        Value::Object(members) => found.extend(members.values().flat_map(references)),
        Value::Array(items) => found.extend(items.iter().flat_map(references)),
        _ => {}
    }
    found
}

/// Whether the schema is of a text, a number or a list, and not of an enumeration or an object.
fn is_value(schema: &Value) -> bool {
    schema["enum"].is_null() && !schema["type"].is_null() && schema["type"] != "object"
}

/// The member of a variant that can have one value only.
fn constant_of(variant: &Value) -> Option<(String, String)> {
    let members = variant["properties"].as_object()?;
    members.iter().find_map(|(name, schema)| {
        let [value] = schema["enum"].as_array()?.as_slice() else {
            return None;
        };
        Some((name.clone(), value.as_str()?.to_owned()))
    })
}

/// Brings a schema, and every one in it, into the form that generators of clients handle best.
fn tidy(value: &mut Value, values: &BTreeMap<String, Value>) {
    if let Some(schema) = referenced(value).and_then(|name| values.get(name)) {
        write_out(value, schema.clone());
    }
    make_nullable(value, values);
    match value {
        Value::Object(members) => {
            if let Some(example) = members.remove("example") {
                members.insert("examples".to_owned(), json!([example]));
            }
            if members.contains_key("oneOf") {
                drop_descriptions(members);
            }
            members.values_mut().for_each(|member| tidy(member, values));
            let explode = members.get_mut("schema").and_then(Value::as_object_mut);
            if let Some(explode) = explode.and_then(|schema| schema.remove(EXPLODE)) {
                members.insert("explode".to_owned(), explode);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| tidy(item, values)),
        _ => {}
    }
}

/// Writes a schema in place of a reference to it. What is said beside the reference goes first.
fn write_out(reference: &mut Value, schema: Value) {
    let beside = std::mem::replace(reference, schema);
    if let (Some(members), Value::Object(beside)) = (reference.as_object_mut(), beside) {
        members.extend(beside.into_iter().filter(|(name, _)| name != "$ref"));
    }
}

/// Turns one schema or null into one nullable schema, described outside.
fn make_nullable(value: &mut Value, values: &BTreeMap<String, Value>) {
    let Some([one, null]) = value["oneOf"].as_array().map(Vec::as_slice) else {
        return;
    };
    if null["type"] != "null" {
        return;
    }
    let (mut one, mut beside) = (one.clone(), value.clone());
    if let Some(schema) = referenced(&one).and_then(|name| values.get(name)) {
        let mut schema = schema.clone();
        // Null is the better example of what may be null, unless the member has its own.
        schema
            .as_object_mut()
            .and_then(|schema| schema.remove("examples"));
        write_out(&mut one, schema);
        one["type"] = json!([one["type"], "null"]);
        *value = one;
        return;
    }
    let Some(members) = beside.as_object_mut() else {
        return;
    };
    members.remove("oneOf");
    if let Some(description) = one
        .as_object_mut()
        .and_then(|one| one.remove("description"))
    {
        members.insert("description".to_owned(), description);
    }
    members.insert("anyOf".to_owned(), json!([one, { "type": "null" }]));
    *value = beside;
}

/// Of several schemas each says in its own place what it is.
fn drop_descriptions(members: &mut Map<String, Value>) {
    for item in members
        .get_mut("oneOf")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        if item.get("$ref").is_some() {
            *item = json!({ "$ref": item["$ref"] });
        }
    }
}
