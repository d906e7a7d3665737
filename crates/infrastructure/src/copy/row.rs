//! A row on its way, in a form that belongs to neither store.

use chrono::NaiveDate;
use tasklane_domain::error::BoxError;
use uuid::Uuid;

/// What a column holds in one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// Nothing.
    Null,
    /// A UUID.
    Id(Uuid),
    /// A whole number.
    Number(i64),
    /// An instant, in microseconds since 1970-01-01T00:00:00Z.
    Instant(i64),
    /// A day of the calendar.
    Date(NaiveDate),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl Value {
    /// Writes the one form that the value has, wherever it was read: what it is, and then what it
    /// holds, with its length where that may vary, so that no two values run together.
    pub(super) fn write_to(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.push(0),
            Self::Id(id) => {
                out.push(1);
                out.extend(id.as_bytes());
            }
            Self::Number(number) => {
                out.push(2);
                out.extend(number.to_be_bytes());
            }
            Self::Instant(micros) => {
                out.push(3);
                out.extend(micros.to_be_bytes());
            }
            Self::Date(date) => {
                out.push(4);
                write_sized(date.to_string().as_bytes(), out);
            }
            Self::Text(text) => {
                out.push(5);
                write_sized(text.as_bytes(), out);
            }
            Self::Bytes(bytes) => {
                out.push(6);
                write_sized(bytes, out);
            }
        }
    }
}

fn write_sized(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend(bytes.len().to_be_bytes());
    out.extend(bytes);
}

/// A row, its values in the order of its table's columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    owner: Uuid,
    values: Vec<Value>,
}

impl Row {
    /// Takes the values, the first of which says whose the row is.
    pub(crate) fn new(values: Vec<Value>) -> Result<Self, BoxError> {
        match values.first() {
            Some(Value::Id(owner)) => Ok(Self {
                owner: *owner,
                values,
            }),
            _ => Err("a row that is nobody's".into()),
        }
    }

    /// Whose it is.
    pub(super) fn owner(&self) -> Uuid {
        self.owner
    }

    /// Its values.
    pub(crate) fn values(&self) -> &[Value] {
        &self.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(values: &[Value]) -> Vec<u8> {
        let mut out = Vec::new();
        for value in values {
            value.write_to(&mut out);
        }
        out
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn rows_that_differ_are_never_written_alike() {
        let rows = [
            vec![text("ab"), text("")],
            vec![text("a"), text("b")],
            vec![text(""), text("ab")],
            vec![text("ab"), Value::Null],
            vec![Value::Null, text("ab")],
            vec![Value::Bytes(b"ab".to_vec()), Value::Null],
            vec![Value::Number(1), Value::Null],
            vec![Value::Instant(1), Value::Null],
            vec![text("2026-11-21"), Value::Null],
            vec![Value::Date("2026-11-21".parse().unwrap()), Value::Null],
        ];
        for (index, row) in rows.iter().enumerate() {
            for other in &rows[..index] {
                assert_ne!(written(row), written(other), "{row:?} and {other:?}");
            }
        }
    }

    #[test]
    fn a_row_is_somebodys() {
        let owner = Uuid::from_u128(7);
        let row = Row::new(vec![Value::Id(owner), text("a")]).unwrap();
        assert_eq!(row.owner(), owner);
        for nobodys in [vec![], vec![Value::Null], vec![text("a"), Value::Id(owner)]] {
            assert!(Row::new(nobodys).is_err());
        }
    }
}
