//! Folding of text for search, sorting and comparison, done here so that every store answers alike.

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longest search text, in characters.
pub const MAX_SEARCH_LENGTH: usize = 200;

/// Folds case and accents: "Ärger" and "ARGER" both become "arger".
///
/// Compatibility decomposition (NFKD), combining marks dropped, full case folding (Unicode 3.13).
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfkd()
        .filter(|c| !is_combining_mark(*c))
        .default_case_fold()
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .collect()
}

/// Folds case but not accents (canonical caseless form): "ÉTÉ" becomes "été", not "ete".
#[must_use]
pub fn fold_case(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfd().default_case_fold().nfc().collect()
}

/// The folded words of a search text, all of which must occur. Empty for a blank text.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    text.split_whitespace()
        .map(fold)
        .filter(|word| !word.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_accents_fold_away() {
        assert_eq!(fold("ÄRGER Straße ﬁne Ｆｕｌｌ"), "arger strasse fine full");
        assert_eq!(fold("Ελλάς"), fold("ΕΛΛΆΣ"));
    }

    #[test]
    fn tags_keep_their_accents() {
        assert_eq!(fold_case("ÉTÉ"), "été");
        assert_eq!(fold_case("e\u{301}te\u{301}"), "été");
        assert_ne!(fold_case("été"), fold_case("ete"));
    }

    #[test]
    fn a_blank_search_has_no_words() {
        assert!(words(" \u{2003}\t").is_empty());
        assert_eq!(words("Buy  MILK"), ["buy", "milk"]);
    }

    proptest::proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC*") {
            let once = fold(&text);
            proptest::prop_assert_eq!(fold(&once), once);
        }
    }
}
