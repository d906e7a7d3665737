//! Metadata: as it is answered, and as clients send it.

use std::collections::BTreeMap;

use deserr::{Deserr, IntoValue, Map, Value, ValueKind, ValuePointerRef};
use serde::{Serialize, Serializer};
use tasklane_domain::task::{
    Metadata, MetadataChanges, MetadataName, MetadataPatch, MetadataValue,
};

use crate::extract::{FieldErrors, text, wrong_kind};

/// The members as an object.
pub(super) struct MetadataView<'a>(pub(super) &'a Metadata);

impl Serialize for MetadataView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let members = self.0.iter();
        serializer.collect_map(members.map(|(name, value)| (name.as_str(), value.as_str())))
    }
}

/// All of the metadata. A member that is null is as absent.
#[derive(Default)]
pub(super) struct MetadataBody(pub(super) Metadata);

impl Deserr<FieldErrors> for MetadataBody {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, FieldErrors> {
        let members = read_members(value, location)?.into_iter();
        let members: BTreeMap<_, _> = members
            .filter_map(|(name, value)| Some((name, value?)))
            .collect();
        Metadata::new(members)
            .map(Self)
            .map_err(|violation| FieldErrors::at(location, violation))
    }
}

/// Changes of some members. One that is null goes.
pub(super) struct MetadataPatchBody(pub(super) MetadataPatch);

impl Deserr<FieldErrors> for MetadataPatchBody {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, FieldErrors> {
        read_members(value, location).map(|changes| Self(MetadataPatch::Merge(changes)))
    }
}

fn read_members<V: IntoValue>(
    value: Value<V>,
    location: ValuePointerRef,
) -> Result<MetadataChanges, FieldErrors> {
    let Value::Map(map) = value else {
        return Err(wrong_kind(value, ValueKind::Map, location));
    };
    let mut members = MetadataChanges::new();
    let mut errors = FieldErrors::default();
    for (name, value) in map.into_iter() {
        match read_member(&name, value.into_value(), location.push_key(&name)) {
            Ok((name, value)) => drop(members.insert(name, value)),
            Err(found) => errors.append(found),
        }
    }
    if errors.is_empty() {
        Ok(members)
    } else {
        Err(errors)
    }
}

fn read_member<V: IntoValue>(
    name: &str,
    value: Value<V>,
    location: ValuePointerRef,
) -> Result<(MetadataName, Option<MetadataValue>), FieldErrors> {
    let at = |violation| FieldErrors::at(location, violation);
    let name = MetadataName::parse(name).map_err(at)?;
    let value = match value {
        Value::Null => None,
        value => Some(MetadataValue::parse(&text(value, location)?).map_err(at)?),
    };
    Ok((name, value))
}
