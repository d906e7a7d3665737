//! Reading JSON objects of which only some members matter, and those only once.

use std::fmt;

use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

/// The members of a JSON object that were asked for.
pub(crate) struct Members<'n> {
    names: &'n [&'n str],
    values: Vec<Option<Value>>,
}

impl<'n> Members<'n> {
    /// Reads the named members and passes over all others. `None` when the text is not UTF-8, not
    /// one JSON object and nothing else, or has a named member twice (in any spelling: `"\u0061lg"`
    /// is `"alg"`), which other readers may understand in another way.
    pub(crate) fn read(json: &[u8], names: &'n [&'n str]) -> Option<Self> {
        let mut reader = serde_json::Deserializer::from_str(std::str::from_utf8(json).ok()?);
        let values = reader.deserialize_map(Named(names)).ok()?;
        reader.end().ok()?;
        Some(Self { names, values })
    }

    /// The member's value, `null` included; `None` when it is absent.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        let position = self.names.iter().position(|known| *known == name)?;
        self.values.get(position)?.as_ref()
    }
}

struct Named<'n>(&'n [&'n str]);

impl<'de> Visitor<'de> for Named<'_> {
    type Value = Vec<Option<Value>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut values = vec![None; self.0.len()];
        while let Some(name) = map.next_key::<String>()? {
            let position = self.0.iter().position(|known| *known == name);
            match position.and_then(|position| values.get_mut(position)) {
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
                Some(Some(_)) => return Err(A::Error::custom("a duplicate member")),
                Some(empty) => *empty = Some(map.next_value()?),
            }
        }
        Ok(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_members_are_read_and_others_passed_over() {
        let json = br#" {"a": 1, "x": {"a": 2}, "x": [], "b": null} "#;
        let members = Members::read(json, &["a", "b", "c"]).unwrap();
        assert_eq!(members.get("a"), Some(&Value::from(1)));
        assert_eq!(members.get("b"), Some(&Value::Null));
        assert_eq!(members.get("c"), None);
        assert_eq!(members.get("x"), None);
    }

    #[test]
    fn a_duplicate_member_is_refused_in_every_spelling() {
        for json in [
            r#"{"a": 1, "a": 1}"#,
            r#"{"a": null, "a": 1}"#,
            r#"{"a": 1, "x": 0, "\u0061": 2}"#,
        ] {
            assert!(Members::read(json.as_bytes(), &["a"]).is_none(), "{json}");
        }
    }

    #[test]
    fn what_is_not_one_object_is_refused() {
        for json in [
            "",
            "1",
            "[]",
            "null",
            "\"{}\"",
            "{",
            "{}{}",
            "{} x",
            "{\"a\": 1,}",
            "\u{feff}{}",
        ] {
            assert!(Members::read(json.as_bytes(), &["a"]).is_none(), "{json}");
        }
        assert!(
            Members::read(b"{\"x\": \"\xff\"}", &["a"]).is_none(),
            "not UTF-8"
        );
        let nested = format!("{{\"a\": {}1{}}}", "[".repeat(4000), "]".repeat(4000));
        assert!(
            Members::read(nested.as_bytes(), &["a"]).is_none(),
            "too deep"
        );
    }
}
