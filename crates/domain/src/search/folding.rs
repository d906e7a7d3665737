//! Which characters a search passes over, and which count as each other.

use std::ops::RangeInclusive;

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;

/// Marks that are accents: of Latin, Greek and Cyrillic, the points of Hebrew and Arabic, and marks for
/// symbols. Every other mark is a letter, a vowel or a tone, and without it a word is another.
const ACCENTS: [RangeInclusive<char>; 25] = [
    '\u{0300}'..='\u{036F}',
    '\u{0483}'..='\u{0489}',
    '\u{0591}'..='\u{05BD}',
    '\u{05BF}'..='\u{05BF}',
    '\u{05C1}'..='\u{05C2}',
    '\u{05C4}'..='\u{05C5}',
    '\u{05C7}'..='\u{05C7}',
    '\u{0610}'..='\u{061A}',
    '\u{064B}'..='\u{065F}',
    '\u{0670}'..='\u{0670}',
    '\u{06D6}'..='\u{06DC}',
    '\u{06DF}'..='\u{06E4}',
    '\u{06E7}'..='\u{06E8}',
    '\u{06EA}'..='\u{06ED}',
    '\u{0897}'..='\u{089F}',
    '\u{08CA}'..='\u{08E1}',
    '\u{08E3}'..='\u{08FF}',
    '\u{1AB0}'..='\u{1AFF}',
    '\u{1DC0}'..='\u{1DFF}',
    '\u{20D0}'..='\u{20F0}',
    '\u{2DE0}'..='\u{2DFF}',
    '\u{A66F}'..='\u{A67D}',
    '\u{A69E}'..='\u{A69F}',
    '\u{FB1E}'..='\u{FB1E}',
    '\u{FE20}'..='\u{FE2F}',
];

/// Characters that are not seen (Unicode's `Default_Ignorable_Code_Point`).
const IGNORABLE: [RangeInclusive<char>; 16] = [
    '\u{00AD}'..='\u{00AD}',
    '\u{034F}'..='\u{034F}',
    '\u{061C}'..='\u{061C}',
    '\u{115F}'..='\u{1160}',
    '\u{17B4}'..='\u{17B5}',
    '\u{180B}'..='\u{180F}',
    '\u{200B}'..='\u{200F}',
    '\u{202A}'..='\u{202E}',
    '\u{2060}'..='\u{206F}',
    '\u{3164}'..='\u{3164}',
    '\u{FE00}'..='\u{FE0F}',
    '\u{FEFF}'..='\u{FEFF}',
    '\u{FFA0}'..='\u{FFA0}',
    '\u{FFF0}'..='\u{FFF8}',
    '\u{1BCA0}'..='\u{1BCA3}',
    '\u{E0000}'..='\u{E0FFF}',
];

/// Folds a text so that a word is found however it is written: "Ärger" and "ARGER" both become
/// "arger".
///
/// Full case folding and compatibility decomposition (Unicode 3.13), accents and invisible characters
/// dropped, letters such as đ and ø as those that a keyboard without them has, quotes straight, and
/// composed again, so that a letter is not found in another that begins like it. A word that nothing
/// would be left of stays as it is.
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(text.len());
    for piece in text.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        fold_word(word, &mut folded);
        folded.extend(piece[word.len()..].nfkd());
    }
    folded
}

fn fold_word(word: &str, out: &mut String) {
    if word.is_ascii() {
        return out.extend(word.chars().map(|c| c.to_ascii_lowercase()));
    }
    let start = out.len();
    out.extend(
        word.chars()
            .map(straighten)
            .nfkd()
            .filter(|c| counts(*c))
            .default_case_fold()
            .nfkd()
            .filter(|c| counts(*c))
            .flat_map(|c| plain(c).map_or_else(|| Letters::One(c), Letters::Many))
            .nfc(),
    );
    if out.len() == start {
        out.push_str(word);
    }
}

/// Spaces come from the decomposition of accents that stand alone.
fn counts(c: char) -> bool {
    c < '\u{80}' && c != ' ' || !c.is_whitespace() && !is_in(&ACCENTS, c) && !is_in(&IGNORABLE, c)
}

fn is_in(ranges: &[RangeInclusive<char>], c: char) -> bool {
    let after = ranges.partition_point(|range| *range.end() < c);
    ranges.get(after).is_some_and(|range| range.contains(&c))
}

/// Curly quotes and primes as straight ones, before the decomposition that would double some.
fn straighten(c: char) -> char {
    match c {
        '‘' | '’' | '‚' | '‛' | '′' | '‵' | 'ʹ' | 'ʻ' | 'ʼ' | 'ʽ' => '\'',
        '“' | '”' | '„' | '‟' | '″' | '‶' | 'ʺ' | '〝' | '〞' | '〟' => '"',
        _ => c,
    }
}

/// What stands for a folded letter that no decomposition makes plain.
fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'ⱥ' => "a",
        'æ' => "ae",
        'ƀ' | 'ƃ' | 'ɓ' => "b",
        'ƈ' | 'ȼ' => "c",
        'đ' | 'ð' | 'ɖ' | 'ɗ' | 'ƌ' => "d",
        'ɇ' => "e",
        'ƒ' => "f",
        'ǥ' | 'ɠ' => "g",
        'ħ' | 'ⱨ' => "h",
        'ı' | 'ɨ' | 'ɩ' => "i",
        'ȷ' | 'ɉ' => "j",
        'ƙ' | 'ⱪ' | 'ĸ' => "k",
        'ł' | 'ƚ' | 'ɫ' | 'ⱡ' => "l",
        'ŋ' | 'ɲ' | 'ƞ' => "n",
        'ø' | 'ɵ' => "o",
        'œ' => "oe",
        'ƥ' | 'ᵽ' => "p",
        'ɍ' | 'ɽ' => "r",
        'ȿ' => "s",
        'þ' => "th",
        'ŧ' | 'ƭ' | 'ʈ' | 'ⱦ' => "t",
        'ʉ' => "u",
        'ʋ' => "v",
        'ⱳ' => "w",
        'ƴ' | 'ɏ' => "y",
        'ƶ' | 'ȥ' | 'ⱬ' | 'ɀ' => "z",
        // The prime that three and four of are made of.
        '′' | '‵' => "'",
        _ => return None,
    })
}

enum Letters {
    One(char),
    Many(&'static str),
}

impl Iterator for Letters {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        match self {
            Self::One(c) => {
                let c = *c;
                *self = Self::Many("");
                Some(c)
            }
            Self::Many(rest) => {
                let mut letters = rest.chars();
                let first = letters.next();
                *rest = letters.as_str();
                first
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_found(word: &str, text: &str) -> bool {
        fold(text).contains(&fold(word))
    }

    #[test]
    fn case_and_accents_fold_away() {
        assert_eq!(fold("ÄRGER Straße ﬁne Ｆｕｌｌ"), "arger strasse fine full");
        for (text, word) in [
            ("Café", "cafe"),
            ("Việt", "VIET"),
            ("Ελλάς", "ΕΛΛΑΣ"),
            ("ᾳδης", "αδης"),
            ("ёлка", "елка"),
            ("Київ", "киів"),
            ("İstanbul", "istanbul"),
            ("שָׁלוֹם", "שלום"),
            ("מְנוֹרָה", "מנורה"),
            ("مُحَمَّد", "محمد"),
            ("أحمد", "احمد"),
        ] {
            assert!(
                is_found(word, text) && is_found(text, word),
                "{word} {text}"
            );
        }
    }

    #[test]
    fn letters_without_a_decomposition_are_found_by_plain_ones() {
        for (text, word) in [
            ("Đuro", "duro"),
            ("Łódź", "lodz"),
            ("Øresund", "oresund"),
            ("Ħal", "hal"),
            ("Ŧ", "t"),
            ("Æther", "aether"),
            ("cœur", "coeur"),
            ("GROẞ", "gross"),
            ("ısı", "isi"),
            ("Ǿ", "o"),
            ("Þór", "thor"),
        ] {
            assert_eq!(fold(text), word);
        }
    }

    #[test]
    fn a_mark_that_is_a_letter_or_a_vowel_makes_another_word() {
        for (word, text) in [
            ("ハハ", "パパ"),
            ("パパ", "ハハ"),
            ("か", "が"),
            ("かき", "かぎ"),
            ("कम", "काम"),
            ("काम", "कम"),
            ("কম", "কাম"),
            ("கமல", "காமல"),
            ("ทู", "ที่"),
            ("ที", "ทู"),
            ("ກາ", "ກີ"),
            ("កា", "កី"),
            ("ကာ", "ကီ"),
            ("가", "각"),
        ] {
            assert!(!is_found(word, text), "{word} in {text}");
        }
    }

    #[test]
    fn forms_of_one_text_are_found_by_each_other() {
        for (one, other) in [
            ("ｶﾞｷﾞ", "ガギ"),
            ("か\u{3099}", "が"),
            ("\u{1112}\u{1161}\u{11AB}", "한"),
            ("क\u{93C}", "\u{958}"),
            ("①②", "12"),
        ] {
            assert_eq!(fold(one), fold(other));
        }
    }

    #[test]
    fn quotes_and_primes_are_straight() {
        assert_eq!(fold("“don’t” ‚x‘"), "\"don't\" 'x'");
        assert_eq!(fold("5′ 6″ 7‴"), "5' 6\" 7'''");
    }

    #[test]
    fn what_is_not_seen_is_passed_over() {
        assert_eq!(
            fold("Donau\u{AD}dampf\u{200B}schiff\u{FEFF}"),
            "donaudampfschiff"
        );
        assert_eq!(fold("❤\u{FE0F}"), "❤");
        assert_eq!(fold("\u{202B}שלום\u{202C}"), "שלום");
    }

    #[test]
    fn a_word_that_folds_to_nothing_finds_itself_only() {
        for word in ["\u{301}", "´", "\u{FE0F}", "\u{AD}\u{200B}"] {
            assert!(!is_found(word, "anything é ❤\u{FE0F} else"), "{word:?}");
            assert!(is_found(word, &format!("an {word} alone")), "{word:?}");
        }
    }

    #[test]
    fn white_space_stays() {
        assert_eq!(fold("Ä\u{A0}b\u{3000}c\n\u{2003}d"), "a b c\n d");
    }

    #[test]
    fn the_ranges_are_in_order() {
        for ranges in [&ACCENTS[..], &IGNORABLE[..]] {
            let starts = ranges.iter().skip(1).map(RangeInclusive::start);
            assert!(
                ranges
                    .iter()
                    .zip(starts)
                    .all(|(range, next)| range.end() < next)
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC*") {
            let once = fold(&text);
            proptest::prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn a_word_is_found_where_it_stands(before in "\\PC*", word in "\\PC+", after in "\\PC*") {
            let text = format!("{before} {word} {after}");
            for word in word.split_whitespace() {
                proptest::prop_assert!(is_found(word, &text));
            }
        }
    }
}
