use std::borrow::Cow;

use deserr::{Deserr, IntoValue, Map, Sequence, Value, ValueKind, ValuePointerRef};
use tasklane_domain::error::Violation;
use tasklane_domain::kind::Kind;
use tasklane_domain::task::MAX_OPERATIONS;
use utoipa::openapi::schema::AnyOfBuilder;
use utoipa::openapi::{ObjectBuilder, Ref, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::task_operation::{TaskOperation, read_task_operation};
use crate::extract::{FieldErrors, wrong_kind};
use crate::schema;

/// Operations to be done together.
#[derive(ToSchema)]
#[schema(as = Batch)]
#[serde(deny_unknown_fields)]
pub(super) struct BatchBody {
    /// The operations, in the order in which they are done.
    #[schema(value_type = Vec<OperationSchema>, min_items = 1, max_items = 100)]
    pub(super) operations: Vec<ReadOperation>,
    /// Whether all of them are done or none, as by default; if not, each is done or refused by itself.
    #[schema(value_type = Option<bool>)]
    pub(super) atomic: bool,
}

/// An operation, or what is wrong with it. In an atomic batch nothing is.
pub(super) type ReadOperation = Result<TaskOperation, FieldErrors>;

impl Deserr<FieldErrors> for BatchBody {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, FieldErrors> {
        let Value::Map(mut members) = value else {
            return Err(wrong_kind(value, ValueKind::Map, location));
        };
        // What is wrong with an operation is wrong with the whole body only if all must be done.
        let atomic = members.remove("atomic").map_or(Ok(true), |atomic| {
            let place = location.push_key("atomic");
            Option::deserialize_from_value(atomic.into_value(), place)
                .map(|atomic| atomic.unwrap_or(true))
        });
        let members = Value::<V>::Map(members);
        let operations = if atomic == Ok(false) {
            Each::deserialize_from_value(members, location).map(|each| each.operations.0)
        } else {
            All::deserialize_from_value(members, location)
                .map(|all| all.operations.0.into_iter().map(Ok).collect())
        };
        match (operations, atomic) {
            (Ok(operations), Ok(atomic)) => Ok(Self { operations, atomic }),
            (operations, atomic) => {
                let mut errors = operations.err().unwrap_or_default();
                errors.append(atomic.err().unwrap_or_default());
                Err(errors)
            }
        }
    }
}

#[derive(Deserr)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
struct All {
    operations: AllOperations,
}

#[derive(Deserr)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
struct Each {
    operations: EachOperation,
}

/// Operations with which nothing is wrong.
struct AllOperations(Vec<TaskOperation>);

impl Deserr<FieldErrors> for AllOperations {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, FieldErrors> {
        let EachOperation(read) = EachOperation::deserialize_from_value(value, location)?;
        let mut operations = Vec::with_capacity(read.len());
        let mut errors = FieldErrors::default();
        for operation in read {
            match operation {
                Ok(operation) => operations.push(operation),
                Err(found) => errors.append(found),
            }
        }
        if errors.is_empty() {
            Ok(Self(operations))
        } else {
            Err(errors)
        }
    }
}

/// A list of operations that is neither empty nor too long.
struct EachOperation(Vec<ReadOperation>);

impl Deserr<FieldErrors> for EachOperation {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, FieldErrors> {
        let Value::Sequence(items) = value else {
            return Err(wrong_kind(value, ValueKind::Sequence, location));
        };
        if !(1..=MAX_OPERATIONS).contains(&items.len()) {
            let message = format!("must be 1 to {MAX_OPERATIONS} operations");
            let violation = Violation::new("wrong_length", message)
                .with("min", 1)
                .with("max", MAX_OPERATIONS as u64);
            return Err(FieldErrors::at(location, violation));
        }
        let items = items.into_iter().enumerate();
        let read = items.map(|(index, item)| read(item.into_value(), location.push_index(index)));
        Ok(Self(read.collect()))
    }
}

/// Reads an operation as its kind wants it.
fn read<V: IntoValue>(value: Value<V>, location: ValuePointerRef) -> ReadOperation {
    let Value::Map(mut members) = value else {
        return Err(wrong_kind(value, ValueKind::Map, location));
    };
    let kind = match members.remove("kind") {
        Some(kind) => Option::deserialize_from_value(kind.into_value(), location.push_key("kind"))?,
        None => None,
    };
    match kind.unwrap_or(Kind::Task) {
        Kind::Task => read_task_operation(Value::<V>::Map(members), location),
    }
}

/// How operations are described: each may name its kind.
struct OperationSchema;

impl PartialSchema for OperationSchema {
    fn schema() -> RefOr<Schema> {
        let mut operation = TaskOperation::schema();
        if let RefOr::T(Schema::OneOf(variants)) = &mut operation {
            for variant in &mut variants.items {
                if let RefOr::T(Schema::Object(variant)) = variant {
                    variant.properties.insert("kind".to_owned(), kind());
                }
            }
        }
        operation
    }
}

fn kind() -> RefOr<Schema> {
    let kind = AnyOfBuilder::new()
        .item(Ref::from_schema_name(schema::Kind::name()))
        .item(ObjectBuilder::new().schema_type(Type::Null))
        .description(Some("What it is done to; a task by default."));
    RefOr::T(Schema::AnyOf(kind.build()))
}

impl ToSchema for OperationSchema {
    fn name() -> Cow<'static, str> {
        TaskOperation::name()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((schema::Kind::name().into_owned(), schema::Kind::schema()));
        TaskOperation::schemas(schemas);
    }
}
