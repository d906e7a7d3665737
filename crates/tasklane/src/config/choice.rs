//! One of a few words as a setting.

use serde::de::value::StrDeserializer;
use serde::{Deserialize, Deserializer};

/// One word; the error of another lists the ones there are, which the settings library's own
/// does not.
pub(super) fn one<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: for<'word> Deserialize<'word>,
{
    word(&String::deserialize(deserializer)?)
}

/// A list of words.
pub(super) fn many<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: for<'word> Deserialize<'word>,
{
    let words = Option::<Vec<String>>::deserialize(deserializer)?.unwrap_or_default();
    words.iter().map(|text| word(text)).collect()
}

fn word<T, E>(text: &str) -> Result<T, E>
where
    T: for<'word> Deserialize<'word>,
    E: serde::de::Error,
{
    T::deserialize(StrDeserializer::new(text))
}
