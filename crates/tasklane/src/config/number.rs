//! Numbers as settings.

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

/// A number from 0 to 1 of a settings file, or the text of one in the environment.
pub(super) fn ratio<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    deserializer.deserialize_any(Ratio)
}

struct Ratio;

impl Visitor<'_> for Ratio {
    type Value = f64;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a number from 0 to 1")
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<f64, E> {
        if (0.0..=1.0).contains(&number) {
            return Ok(number);
        }
        Err(E::custom("must be a number from 0 to 1"))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<f64, E> {
        // Whatever is beyond the range stays so.
        self.visit_f64(f64::from(i8::try_from(number).unwrap_or(i8::MAX)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<f64, E> {
        self.visit_f64(text.parse().unwrap_or(f64::NAN))
    }
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
