//! Whole numbers as settings.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserializer;
use serde::de::{Error, Visitor};

/// A number of a settings file, or the digits of one in the environment. Unlike the settings
/// library, which would round `1.7` and read `yes` as 1, this takes whole numbers only.
pub(super) fn whole<'de, D, N>(deserializer: D) -> Result<N, D::Error>
where
    D: Deserializer<'de>,
    N: TryFrom<i64>,
{
    deserializer.deserialize_any(WholeNumber(PhantomData))
}

struct WholeNumber<N>(PhantomData<N>);

impl<N: TryFrom<i64>> WholeNumber<N> {
    fn narrow<E: Error>(number: i64) -> Result<N, E> {
        N::try_from(number).map_err(|_| E::custom("is out of range"))
    }
}

impl<N: TryFrom<i64>> Visitor<'_> for WholeNumber<N> {
    type Value = N;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a whole number")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<N, E> {
        Self::narrow(number)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<N, E> {
        i64::try_from(number)
            .map_err(E::custom)
            .and_then(Self::narrow)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<N, E> {
        let number = text
            .parse()
            .map_err(|_| E::custom("must be a whole number"))?;
        Self::narrow(number)
    }
}
