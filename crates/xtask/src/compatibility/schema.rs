//! Schemas compared by the values that fit them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::entries;

/// Who makes the values of a schema.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Direction {
    /// Clients: what was accepted must still be.
    Request,
    /// The server: what it answers must have been announced.
    Answer,
}

/// Limits that a value must not exceed, and limits that it must reach.
const UPPER: [&str; 5] = [
    "maximum",
    "exclusiveMaximum",
    "maxLength",
    "maxItems",
    "maxProperties",
];
const LOWER: [&str; 5] = [
    "minimum",
    "exclusiveMinimum",
    "minLength",
    "minItems",
    "minProperties",
];
/// Rules of which only equality can be seen.
const OPAQUE: [&str; 5] = ["pattern", "format", "not", "multipleOf", "allOf"];

/// Two documents, and the differences found between them.
pub(super) struct Comparison<'a> {
    pub(super) old: &'a Value,
    pub(super) new: &'a Value,
    pub(super) findings: Vec<String>,
    /// Pairs of references that were compared or are being compared: schemas may contain themselves.
    met: BTreeSet<(String, String, Direction)>,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(old: &'a Value, new: &'a Value) -> Self {
        Self {
            old,
            new,
            findings: Vec::new(),
            met: BTreeSet::new(),
        }
    }

    pub(super) fn find(&mut self, place: &str, what: &str) {
        self.findings.push(format!("{place} {what}"));
    }

    /// The targets of both, if they are references.
    pub(super) fn resolve<'v>(&self, old: &'v Value, new: &'v Value) -> (&'v Value, &'v Value)
    where
        'a: 'v,
    {
        (follow(self.old, old), follow(self.new, new))
    }

    /// Notes everything that breaks clients of the old schema.
    pub(super) fn compare(&mut self, place: &str, old: &Value, new: &Value, direction: Direction) {
        if let (Some(old), Some(new)) = (old["$ref"].as_str(), new["$ref"].as_str())
            && !self.met.insert((old.to_owned(), new.to_owned(), direction))
        {
            return;
        }
        let (old, new) = self.resolve(old, new);
        match (alternatives(old), alternatives(new)) {
            (None, None) => self.compare_plain(place, old, new, direction),
            (before, now) => {
                let before = before.unwrap_or_else(|| vec![old]);
                let now = now.unwrap_or_else(|| vec![new]);
                self.compare_unions(place, &before, &now, direction);
            }
        }
    }

    /// Every alternative of the one side must be one of the other.
    fn compare_unions(
        &mut self,
        place: &str,
        old: &[&Value],
        new: &[&Value],
        direction: Direction,
    ) {
        let (from, to) = match direction {
            Direction::Request => (old, new),
            Direction::Answer => (new, old),
        };
        for one in from {
            let fits = to.iter().any(|other| {
                let (old, new) = match direction {
                    Direction::Request => (*one, *other),
                    Direction::Answer => (*other, *one),
                };
                let mut trial = Comparison::new(self.old, self.new);
                trial.met.clone_from(&self.met);
                trial.compare(place, old, new, direction);
                trial.findings.is_empty()
            });
            if !fits {
                let what = match direction {
                    Direction::Request => "no longer accepts one of its kinds",
                    Direction::Answer => "may be of a new kind",
                };
                self.find(place, &format!("{what}: {one}"));
            }
        }
    }

    fn compare_plain(&mut self, place: &str, old: &Value, new: &Value, direction: Direction) {
        self.compare_types(place, old, new, direction);
        self.compare_values(place, old, new);
        if direction == Direction::Request {
            self.compare_limits(place, old, new);
        }
        for rule in OPAQUE {
            let looser = direction == Direction::Request && new[rule].is_null();
            let told = direction == Direction::Answer && old[rule].is_null();
            if old[rule] != new[rule] && !looser && !told {
                self.find(place, &format!("has another {rule}"));
            }
        }
        self.compare_members(place, old, new, direction);
        let (old, new) = (&old["items"], &new["items"]);
        if old.is_object() && new.is_object() {
            self.compare(&format!("{place}[]"), old, new, direction);
        }
    }

    fn compare_types(&mut self, place: &str, old: &Value, new: &Value, direction: Direction) {
        let (old, new) = (types(old), types(new));
        let fits = match direction {
            Direction::Request => new.is_empty() || (!old.is_empty() && old.is_subset(&new)),
            Direction::Answer => old.is_empty() || (!new.is_empty() && new.is_subset(&old)),
        };
        if !fits {
            self.find(place, &format!("was {old:?} and is {new:?}"));
        }
    }

    /// A client may know a value that is gone, whether it sends or receives it.
    fn compare_values(&mut self, place: &str, old: &Value, new: &Value) {
        let (old, new) = (values(old), values(new));
        match (old, new) {
            (Some(old), Some(new)) => {
                for value in old.iter().filter(|value| !new.contains(value)) {
                    self.find(place, &format!("no longer has {value}"));
                }
            }
            (None, Some(_)) => self.find(place, "has only certain values now"),
            (_, None) => {}
        }
    }

    fn compare_limits(&mut self, place: &str, old: &Value, new: &Value) {
        let number = |schema: &Value, limit: &str| schema[limit].as_f64();
        for limit in UPPER {
            let (was, is) = (number(old, limit), number(new, limit));
            if is.is_some_and(|is| was.is_none_or(|was| is < was)) {
                self.find(place, &format!("has a narrower {limit}"));
            }
        }
        for limit in LOWER {
            let (was, is) = (number(old, limit), number(new, limit));
            if is.is_some_and(|is| was.is_none_or(|was| is > was)) {
                self.find(place, &format!("has a narrower {limit}"));
            }
        }
    }

    fn compare_members(&mut self, place: &str, old: &Value, new: &Value, direction: Direction) {
        for (name, member) in entries(&old["properties"]) {
            let place = format!("{place} .{name}");
            match &new["properties"][name] {
                Value::Null => self.find(&place, "is gone"),
                now => self.compare(&place, member, now, direction),
            }
        }
        let (was, is) = (names(&old["required"]), names(&new["required"]));
        match direction {
            Direction::Request => {
                for name in is.difference(&was) {
                    self.find(&format!("{place} .{name}"), "is required now");
                }
                if new["additionalProperties"] == false && old["additionalProperties"] != false {
                    self.find(place, "accepts no other members now");
                }
            }
            Direction::Answer => {
                for name in was.difference(&is) {
                    self.find(&format!("{place} .{name}"), "may be absent now");
                }
            }
        }
        let (old, new) = (&old["additionalProperties"], &new["additionalProperties"]);
        if old.is_object() && new.is_object() {
            self.compare(&format!("{place} .*"), old, new, direction);
        }
    }
}

/// The target of a reference, or the value itself.
pub(super) fn follow<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let target = value["$ref"]
        .as_str()
        .and_then(|reference| document.pointer(reference.trim_start_matches('#')));
    target.unwrap_or(value)
}

fn alternatives(schema: &Value) -> Option<Vec<&Value>> {
    let several = schema["oneOf"].as_array().or(schema["anyOf"].as_array());
    several.map(|several| several.iter().collect())
}

fn names(list: &Value) -> BTreeSet<&str> {
    let names = list.as_array().into_iter().flatten();
    names.filter_map(Value::as_str).collect()
}

/// The types of a schema; an empty set means any type.
fn types(schema: &Value) -> BTreeSet<&str> {
    match &schema["type"] {
        Value::String(one) => BTreeSet::from([one.as_str()]),
        several => names(several),
    }
}

fn values(schema: &Value) -> Option<Vec<&Value>> {
    match (&schema["const"], &schema["enum"]) {
        (Value::Null, Value::Array(values)) => Some(values.iter().collect()),
        (Value::Null, _) => None,
        (value, _) => Some(vec![value]),
    }
}
