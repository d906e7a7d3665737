use crate::error::Violation;
use crate::search;
use crate::text::parse_line;

/// Most tags on one task.
pub const MAX_TAGS: usize = 20;
/// Longest tag, in characters.
pub const MAX_TAG_LENGTH: usize = 50;

/// A label: one line of 1 to [`MAX_TAG_LENGTH`] characters, trimmed, without control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag(String);

impl Tag {
    /// Trims Unicode white space and checks the rest.
    ///
    /// # Errors
    /// `too_short` when nothing is left, `too_long`, or `control_character`.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        parse_line(text, MAX_TAG_LENGTH).map(Self)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form by which tags are the same: case is folded, accents are kept.
    #[must_use]
    pub fn key(&self) -> TagKey {
        TagKey(search::fold_case(&self.0))
    }
}

/// The folded form of a [`Tag`]. Two tags with equal keys are the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TagKey(String);

impl TagKey {
    /// The folded text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A task's tags: at most [`MAX_TAGS`], in the owner's order, no two with the same [`Tag::key`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tags(Vec<Tag>);

impl Tags {
    /// Folds each repeated tag into its first.
    ///
    /// # Errors
    /// `too_many` when more than [`MAX_TAGS`] are given, repeated ones included.
    pub fn new(tags: Vec<Tag>) -> Result<Self, Violation> {
        if tags.len() > MAX_TAGS {
            let message = format!("must be at most {MAX_TAGS} tags");
            return Err(Violation::new("too_many", message).with("max", MAX_TAGS as u64));
        }
        let mut seen = Vec::with_capacity(tags.len());
        let mut kept = Vec::with_capacity(tags.len());
        for tag in tags {
            let key = tag.key();
            if !seen.contains(&key) {
                seen.push(key);
                kept.push(tag);
            }
        }
        Ok(Self(kept))
    }

    /// The tags in their order.
    pub fn iter(&self) -> std::slice::Iter<'_, Tag> {
        self.0.iter()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no tags.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The keys of all tags, each between two line feeds (`"\nhome\nwork\n"`), empty for none. A
    /// line feed cannot occur in a tag, so a store finds a tag by the text `"\n" + key + "\n"`.
    #[must_use]
    pub fn keys(&self) -> String {
        self.0
            .iter()
            .enumerate()
            .fold(String::new(), |mut keys, (index, tag)| {
                if index == 0 {
                    keys.push('\n');
                }
                keys.push_str(tag.key().as_str());
                keys.push('\n');
                keys
            })
    }

    /// The form in which they are searched: accents folded too, one tag a line.
    #[must_use]
    pub fn search_key(&self) -> String {
        self.0
            .iter()
            .map(|tag| search::fold(&tag.0))
            .collect::<Vec<_>>()
            .join("\n")
    }
}

impl<'a> IntoIterator for &'a Tags {
    type Item = &'a Tag;
    type IntoIter = std::slice::Iter<'a, Tag>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(texts: &[&str]) -> Result<Tags, Violation> {
        Tags::new(texts.iter().map(|text| Tag::parse(text).unwrap()).collect())
    }

    #[test]
    fn a_repeated_tag_is_folded_into_the_first_and_order_is_kept() {
        let tags = tags(&["Home", "été", " home ", "ÉTÉ", "ete"]).unwrap();
        assert_eq!(
            tags.iter().map(Tag::as_str).collect::<Vec<_>>(),
            ["Home", "été", "ete"]
        );
        assert_eq!(tags.keys(), "\nhome\nété\nete\n");
        assert_eq!(tags.search_key(), "home\nete\nete");
        assert_eq!(Tags::default().keys(), "");
    }

    #[test]
    fn twenty_tags_are_the_most() {
        let names: Vec<String> = (0..21).map(|number| number.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert!(tags(&names[..20]).is_ok());
        assert_eq!(tags(&names).unwrap_err().code, "too_many");
    }
}
