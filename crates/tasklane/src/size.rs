//! Sizes, for people.

use std::fmt;

/// So many bytes, shown in MiB with one decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size(pub(crate) u64);

impl fmt::Display for Size {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = self.0.saturating_mul(10).div_ceil(1 << 20);
        write!(formatter, "{}.{} MiB", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_rounded_up_so_that_only_nothing_is_nothing() {
        for (bytes, text) in [
            (0, "0.0 MiB"),
            (1, "0.1 MiB"),
            (1 << 20, "1.0 MiB"),
            ((1 << 20) + 1, "1.1 MiB"),
            (2_700_000_000, "2575.0 MiB"),
        ] {
            assert_eq!(Size(bytes).to_string(), text);
        }
    }
}
