//! How values on their way from another store are told to the server and heard from it.

use bytes::BytesMut;
use chrono::{Datelike, NaiveDate};
use tasklane_domain::error::BoxError;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use uuid::Uuid;

use super::row::Value;
use super::tables::Kind;

/// Where PostgreSQL begins to count: 2000-01-01, in microseconds since 1970-01-01T00:00:00Z and in
/// days since the one before 0001-01-01.
const FIRST_MICROS: i64 = 946_684_800_000_000;
const FIRST_DAY: i32 = 730_120;

/// The type of the columns that hold such values.
pub(crate) fn type_of(kind: Kind) -> Type {
    match kind {
        Kind::Id => Type::UUID,
        Kind::Int2 => Type::INT2,
        Kind::Int8 => Type::INT8,
        Kind::Instant => Type::TIMESTAMPTZ,
        Kind::Date => Type::DATE,
        Kind::Text => Type::TEXT,
        Kind::Bytes => Type::BYTEA,
    }
}

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, BoxError> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Id(id) => {
                out.extend_from_slice(id.as_bytes());
                Ok(IsNull::No)
            }
            Self::Number(number) => match *ty {
                Type::INT2 => i16::try_from(*number)?.to_sql(ty, out),
                _ => number.to_sql(ty, out),
            },
            Self::Instant(micros) => {
                let since_first = micros.checked_sub(FIRST_MICROS);
                since_first
                    .ok_or("an instant out of range")?
                    .to_sql(ty, out)
            }
            Self::Date(date) => (date.num_days_from_ce() - FIRST_DAY).to_sql(ty, out),
            Self::Text(text) => text.to_sql(ty, out),
            Self::Bytes(bytes) => bytes.to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, BoxError> {
        Ok(match *ty {
            Type::UUID => Self::Id(Uuid::from_slice(raw)?),
            Type::INT2 => Self::Number(i16::from_sql(ty, raw)?.into()),
            Type::INT8 => Self::Number(i64::from_sql(ty, raw)?),
            Type::TIMESTAMPTZ => {
                let micros = i64::from_sql(ty, raw)?.checked_add(FIRST_MICROS);
                Self::Instant(micros.ok_or("an instant out of range")?)
            }
            Type::DATE => {
                let day = i32::from_sql(ty, raw)?.checked_add(FIRST_DAY);
                let date = day.and_then(NaiveDate::from_num_days_from_ce_opt);
                Self::Date(date.ok_or("a date out of range")?)
            }
            Type::TEXT => Self::Text(String::from_sql(ty, raw)?),
            Type::BYTEA => Self::Bytes(raw.to_vec()),
            _ => return Err(format!("a column of the type {ty}").into()),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, BoxError> {
        Ok(Self::Null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the server would be told, and what comes of hearing the same.
    fn there_and_back(kind: Kind, value: &Value) -> (Vec<u8>, Value) {
        let (ty, mut out) = (type_of(kind), BytesMut::new());
        match value.to_sql(&ty, &mut out).unwrap() {
            IsNull::Yes => (out.to_vec(), Value::from_sql_null(&ty).unwrap()),
            IsNull::No => (out.to_vec(), Value::from_sql(&ty, &out).unwrap()),
        }
    }

    #[test]
    fn every_kind_of_value_comes_back_as_it_was() {
        for (kind, value) in [
            (Kind::Id, Value::Id(Uuid::from_u128(7))),
            (Kind::Int2, Value::Number(-4)),
            (Kind::Int8, Value::Number(i64::MAX)),
            (Kind::Instant, Value::Instant(-1)),
            (Kind::Instant, Value::Instant(1_795_238_123_456_789)),
            (Kind::Date, Value::Date("0001-01-01".parse().unwrap())),
            (Kind::Date, Value::Date("9999-12-31".parse().unwrap())),
            (Kind::Text, Value::Text("déjà vu".to_owned())),
            (Kind::Text, Value::Text(String::new())),
            (Kind::Bytes, Value::Bytes(vec![0, 255])),
            (Kind::Text, Value::Null),
        ] {
            assert_eq!(there_and_back(kind, &value).1, value);
        }
    }

    #[test]
    fn the_server_counts_from_the_year_2000() {
        let told = |kind, value| there_and_back(kind, &value).0;
        assert_eq!(told(Kind::Instant, Value::Instant(FIRST_MICROS)), [0; 8]);
        let first = Value::Date("2000-01-01".parse().unwrap());
        assert_eq!(told(Kind::Date, first), [0; 4]);
    }

    #[test]
    fn what_a_column_cannot_hold_is_refused() {
        for (ty, value) in [
            (Type::INT2, Value::Number(1 << 15)),
            (Type::TIMESTAMPTZ, Value::Instant(i64::MIN)),
        ] {
            assert!(
                value.to_sql(&ty, &mut BytesMut::new()).is_err(),
                "{value:?}"
            );
        }
        let never = i64::MAX.to_be_bytes();
        assert!(Value::from_sql(&Type::TIMESTAMPTZ, &never).is_err());
        assert!(Value::from_sql(&Type::BOOL, &[1]).is_err());
    }
}
