//! Folding of text for search, sorting and comparison, done here so that every store answers alike.

mod folding;

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;

use crate::error::Violation;
use crate::text::check_length;

pub use folding::fold;

/// Longest search text, in characters.
pub const MAX_SEARCH_LENGTH: usize = 200;
/// Most different words of a search text.
pub const MAX_SEARCH_WORDS: usize = 10;

/// The version of the keys that stores keep: titles, descriptions and tags as [`fold`] and
/// [`fold_case`] give them. Raise it whenever these change, and every store makes its keys again.
pub const KEY_VERSION: i32 = 1;

/// Folds case but not accents (canonical caseless form): "ÉTÉ" becomes "été", not "ete".
#[must_use]
pub fn fold_case(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfd().default_case_fold().nfc().collect()
}

/// The folded words of a search text, each of which must occur. None for a blank text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchWords(Vec<String>);

impl SearchWords {
    /// Splits a text of at most [`MAX_SEARCH_LENGTH`] characters at white space, and folds each
    /// word. Words that are then equal count once, since a store looks for each in every text; at
    /// most [`MAX_SEARCH_WORDS`] different ones may stay.
    ///
    /// # Errors
    /// `too_long`, `too_many`.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        check_length(text, MAX_SEARCH_LENGTH)?;
        let mut words: Vec<String> = Vec::new();
        for word in text.split_whitespace().map(fold) {
            if words.contains(&word) {
                continue;
            }
            if words.len() == MAX_SEARCH_WORDS {
                let message = format!("must be at most {MAX_SEARCH_WORDS} different words");
                return Err(Violation::new("too_many", message));
            }
            words.push(word);
        }
        Ok(Self(words))
    }

    /// The words, each once, in the order of the text.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether there are no words.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_keep_their_accents() {
        assert_eq!(fold_case("ÉTÉ"), "été");
        assert_eq!(fold_case("e\u{301}te\u{301}"), "été");
        assert_ne!(fold_case("été"), fold_case("ete"));
    }

    #[test]
    fn a_search_has_at_most_10_different_words() {
        let different = |count: usize| (0..count).map(|n| format!("w{n} w{n}")).collect::<Vec<_>>();
        assert!(SearchWords::parse(&different(10).join(" ")).is_ok());
        let error = SearchWords::parse(&different(11).join(" ")).unwrap_err();
        assert_eq!(error.code, "too_many");
    }

    #[test]
    fn words_that_fold_to_the_same_count_once() {
        let words = SearchWords::parse("milk Été MILK ete milk eté").unwrap();
        assert_eq!(words.iter().collect::<Vec<_>>(), ["milk", "ete"]);
        let repeated = SearchWords::parse(&"a ".repeat(100)).unwrap();
        assert_eq!(repeated.iter().count(), 1);
    }

    #[test]
    fn a_blank_search_has_no_words() {
        assert!(SearchWords::parse(" \u{2003}\t").unwrap().is_empty());
        let words = SearchWords::parse("Buy  MILK").unwrap();
        assert_eq!(words.iter().collect::<Vec<_>>(), ["buy", "milk"]);
    }

    #[test]
    fn a_word_that_folds_to_nothing_is_looked_for_as_it_is() {
        let words = SearchWords::parse("milk \u{301}").unwrap();
        assert_eq!(words.iter().collect::<Vec<_>>(), ["milk", "\u{301}"]);
    }

    #[test]
    fn a_search_text_has_at_most_200_characters() {
        assert!(SearchWords::parse(&"é".repeat(200)).is_ok());
        let error = SearchWords::parse(&"é".repeat(201)).unwrap_err();
        assert_eq!(error.code, "too_long");
    }
}
