use std::collections::BTreeMap;

use crate::error::Violation;
use crate::text::{check_controls, check_length};

/// Most members of a task's metadata.
pub const MAX_METADATA_MEMBERS: usize = 50;
/// Most bytes of all names and values together, in UTF-8.
pub const MAX_METADATA_BYTES: usize = 8_192;
/// Longest name of a member, in characters.
pub const MAX_METADATA_NAME_LENGTH: usize = 40;
/// Longest value of a member, in characters.
pub const MAX_METADATA_VALUE_LENGTH: usize = 500;

/// The name of a member: 1 to [`MAX_METADATA_NAME_LENGTH`] letters and digits of ASCII, `_`, `.` and
/// `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MetadataName(String);

impl MetadataName {
    /// Checks a name.
    ///
    /// # Errors
    /// `invalid_name`.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        if (1..=MAX_METADATA_NAME_LENGTH).contains(&text.len()) && text.bytes().all(is_allowed) {
            return Ok(Self(text.to_owned()));
        }
        let message = format!(
            "must have a name of 1 to {MAX_METADATA_NAME_LENGTH} letters, digits, _, . and -"
        );
        Err(Violation::new("invalid_name", message).with("max", MAX_METADATA_NAME_LENGTH as u64))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The value of a member: at most [`MAX_METADATA_VALUE_LENGTH`] characters without control characters,
/// kept to the byte.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MetadataValue(String);

impl MetadataValue {
    /// Checks a value.
    ///
    /// # Errors
    /// `too_long` or `control_character`.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        check_length(text, MAX_METADATA_VALUE_LENGTH)?;
        check_controls(text, &[])?;
        Ok(Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a client keeps with a task for itself: text by name, to which Tasklane gives no meaning.
///
/// There are at most [`MAX_METADATA_MEMBERS`], of at most [`MAX_METADATA_BYTES`] together. They have no
/// order of their own; here they come by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Metadata(BTreeMap<MetadataName, MetadataValue>);

/// Changes of some members: a new value, or `None` to remove it (RFC 7396).
pub type MetadataChanges = BTreeMap<MetadataName, Option<MetadataValue>>;

impl Metadata {
    /// Checks how much it is.
    ///
    /// # Errors
    /// `too_many` members, or `too_large`.
    pub fn new(members: BTreeMap<MetadataName, MetadataValue>) -> Result<Self, Violation> {
        if members.len() > MAX_METADATA_MEMBERS {
            let message = format!("must have at most {MAX_METADATA_MEMBERS} members");
            let violation = Violation::new("too_many", message);
            return Err(violation.with("max", MAX_METADATA_MEMBERS as u64));
        }
        let metadata = Self(members);
        if metadata.bytes() > MAX_METADATA_BYTES {
            let message = format!("must have at most {MAX_METADATA_BYTES} bytes");
            let violation = Violation::new("too_large", message);
            return Err(violation.with("max", MAX_METADATA_BYTES as u64));
        }
        Ok(metadata)
    }

    /// What it becomes when members change.
    ///
    /// # Errors
    /// As of [`Metadata::new`].
    pub fn merged(&self, changes: &MetadataChanges) -> Result<Self, Violation> {
        let mut members = self.0.clone();
        for (name, value) in changes {
            match value {
                Some(value) => members.insert(name.clone(), value.clone()),
                None => members.remove(name),
            };
        }
        Self::new(members)
    }

    /// The value of a member.
    #[must_use]
    pub fn get(&self, name: &MetadataName) -> Option<&MetadataValue> {
        self.0.get(name)
    }

    /// The members, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&MetadataName, &MetadataValue)> {
        self.0.iter()
    }

    /// The bytes of all names and values, in UTF-8.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let sizes = self
            .iter()
            .map(|(name, value)| name.0.len() + value.0.len());
        sizes.sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> MetadataName {
        MetadataName::parse(text).unwrap()
    }

    fn value(text: &str) -> MetadataValue {
        MetadataValue::parse(text).unwrap()
    }

    fn numbered(count: usize, text: &str) -> Result<Metadata, Violation> {
        let members = (0..count).map(|number| (name(&format!("{number:02}")), value(text)));
        Metadata::new(members.collect())
    }

    #[test]
    fn names_are_short_and_plain() {
        for good in ["a", "my-app.icon_2", "-", "..", &"x".repeat(40)] {
            assert_eq!(name(good).as_str(), good);
        }
        for bad in ["", " ", "a b", "a:b", "a=b", "é", "a\n", &"x".repeat(41)] {
            let violation = MetadataName::parse(bad).unwrap_err();
            assert_eq!(violation.code, "invalid_name", "{bad:?}");
        }
    }

    #[test]
    fn values_are_kept_to_the_byte_and_bounded() {
        for good in ["", " a ", "a:b=c,{}", &"𝒳".repeat(500)] {
            assert_eq!(value(good).as_str(), good);
        }
        let code = |text: &str| MetadataValue::parse(text).unwrap_err().code;
        assert_eq!(code(&"x".repeat(501)), "too_long");
        assert_eq!(code("a\tb"), "control_character");
        assert_eq!(code("a\u{85}b"), "control_character");
    }

    #[test]
    fn members_and_bytes_are_bounded() {
        assert!(numbered(50, "").is_ok());
        assert_eq!(numbered(51, "").unwrap_err().code, "too_many");
        let all = "x".repeat(500);
        let most = numbered(16, &all).unwrap();
        assert_eq!(most.bytes(), 16 * 502);
        let rest = MetadataChanges::from([(name("rest"), Some(value(&"y".repeat(156))))]);
        assert_eq!(most.merged(&rest).unwrap().bytes(), MAX_METADATA_BYTES);
        let more = MetadataChanges::from([(name("rest"), Some(value(&"y".repeat(157))))]);
        assert_eq!(most.merged(&more).unwrap_err().code, "too_large");
    }

    #[test]
    fn a_merge_sets_replaces_and_removes_members() {
        let before = numbered(3, "old").unwrap();
        let changes = MetadataChanges::from([
            (name("00"), None),
            (name("01"), Some(value("new"))),
            (name("new"), Some(value(""))),
            (name("missing"), None),
        ]);
        let merged = before.merged(&changes).unwrap();
        let members: Vec<_> = merged
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(members, [("01", "new"), ("02", "old"), ("new", "")]);
        assert_eq!(merged.get(&name("00")), None);
        assert_eq!(merged.merged(&MetadataChanges::new()), Ok(merged));
    }
}
