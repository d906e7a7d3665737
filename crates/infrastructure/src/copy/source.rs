//! What a copy into another store reads.

use chrono::NaiveDate;
use diesel::connection::{
    AnsiTransactionManager, DefaultLoadingMode, SimpleConnection, TransactionManager,
};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::result::Error as QueryError;
use diesel::row::{Field, Row as FieldRow};
use diesel::sql_types::{BigInt, Binary, Text, Untyped};
use diesel::sqlite::{Sqlite, SqliteConnection, SqliteType};
use tasklane_domain::error::BoxError;
use tasklane_domain::user::Email;
use uuid::Uuid;

use super::digest::RowCounts;
use super::error::CopyError;
use super::row::{Row, Value};
use super::run::{Run, SourceUser};
use super::tables::{Kind, TABLES, Table};
use crate::sqlite::SqliteSettings;
use crate::sqlite::column::Id;
use crate::sqlite::connection::database::Database;
use crate::sqlite::error::TxError;
use crate::sqlite::schema::users;
use crate::sqlite::tools::migrate::find_pending;
use crate::sqlite::tools::search_keys::are_current;

/// The most users of a batch, and the number of live tasks with which it is full. Together they bound
/// what a copy that is killed has to do again, except where one user alone has more.
const BATCH_USERS: i64 = 500;
const BATCH_TASKS: i64 = 20_000;

/// A file that nobody else can use, at one moment of it.
pub(crate) struct CopySource(SqliteConnection);

impl CopySource {
    /// Opens the file, which must exist and be up to date, and keeps everybody else from it.
    pub(crate) fn open(settings: &SqliteSettings) -> Result<Self, CopyError> {
        let path = &settings.path;
        if !path.is_file() {
            return Err(CopyError::NoSource(path.clone()));
        }
        let mut connection = Database::at(settings)?.connect()?;
        // Before anything is read: with a write-ahead log, the first read then takes a lock that
        // no other connection, even an idle one, can share.
        let set_up = connection
            .batch_execute("PRAGMA query_only = ON; PRAGMA locking_mode = EXCLUSIVE")
            .and_then(|()| AnsiTransactionManager::begin_transaction(&mut connection))
            .and_then(|()| {
                sql::<BigInt>("SELECT count(*) FROM sqlite_schema")
                    .get_result::<i64>(&mut connection)
            });
        match set_up {
            Ok(_) => {}
            Err(QueryError::DatabaseError(_, said)) if said.message().contains("locked") => {
                return Err(CopyError::SourceInUse(path.clone()));
            }
            Err(error) => return Err(unreadable(error)),
        }
        let pending = find_pending(&mut connection).map_err(|TxError(error)| error)?;
        match pending.first() {
            Some(migration) => Err(CopyError::SourceBehind(migration.name().to_string())),
            None if !are_current(&mut connection).map_err(unreadable)? => {
                Err(CopyError::SourceKeysBehind)
            }
            None => Ok(Self(connection)),
        }
    }

    /// How many rows there are in each table.
    pub(crate) fn count_rows(&mut self) -> Result<RowCounts, CopyError> {
        let count = |Table { name, .. }: &Table| {
            let count = sql::<BigInt>(&format!("SELECT count(*) FROM {name}"));
            let rows: i64 = count.get_result(&mut self.0).map_err(unreadable)?;
            Ok((*name, rows.unsigned_abs()))
        };
        TABLES.iter().map(count).collect()
    }

    /// The users of the next batch; none at the end.
    pub(crate) fn users_after(
        &mut self,
        after: Option<Uuid>,
    ) -> Result<Vec<SourceUser>, CopyError> {
        let mut query = users::table
            .order(users::id)
            .limit(BATCH_USERS)
            .select((users::id, users::items, users::email))
            .into_boxed();
        if let Some(after) = after {
            query = query.filter(users::id.gt(Id(after)));
        }
        let found: Vec<(Id, i64, Option<String>)> = query.load(&mut self.0).map_err(unreadable)?;
        let mut tasks = 0;
        let batch = found.into_iter().take_while(|(_, items, _)| {
            let has_room = tasks < BATCH_TASKS;
            tasks += items;
            has_room
        });
        batch
            .map(|(Id(id), _, email)| {
                let email = email.as_deref().map(Email::parse).transpose();
                let email = email.map_err(|error| invalid("users", "email", &error))?;
                let email_key = email.as_ref().map(Email::key);
                Ok(SourceUser { id, email_key })
            })
            .collect()
    }

    /// The rows that these users have in a table. They are read as they are asked for.
    pub(crate) fn rows(
        &mut self,
        table: &'static Table,
        run: &Run,
    ) -> Result<impl Iterator<Item = Result<Row, CopyError>> + use<'_>, CopyError> {
        let mut query = diesel::sql_query(table.select("IN (SELECT value FROM json_each($3))"))
            .into_boxed::<Sqlite>()
            .bind::<Binary, _>(Id(run.first))
            .bind::<Binary, _>(Id(run.last));
        if table.by_email_key {
            let keys = serde_json::to_string(&run.email_keys).map_err(unreadable)?;
            query = query.bind::<Text, _>(keys);
        }
        let rows = query
            .load_iter::<Fields, DefaultLoadingMode>(&mut self.0)
            .map_err(unreadable)?;
        Ok(rows.map(|fields| fields.map_err(unreadable)?.into_row(table)))
    }
}

fn unreadable(error: impl Into<BoxError>) -> CopyError {
    CopyError::Read(error.into())
}

fn invalid(table: &str, column: &str, error: &dyn std::fmt::Display) -> CopyError {
    unreadable(format!("{table}.{column}: {error}"))
}

/// A row as it lies in the file.
struct Fields(Vec<Stored>);

/// A value as it lies in the file.
enum Stored {
    Null,
    Integer(i64),
    Text(String),
    Blob(Vec<u8>),
}

impl FromSqlRow<Untyped, Sqlite> for Fields {
    fn build_from_row<'a>(row: &impl FieldRow<'a, Sqlite>) -> deserialize::Result<Self> {
        let read = |index| {
            let field = row.get(index).ok_or("a row that is too short")?;
            let Some(mut value) = field.value() else {
                return Ok(Stored::Null);
            };
            Ok(match value.value_type() {
                Some(SqliteType::SmallInt | SqliteType::Integer | SqliteType::Long) => {
                    Stored::Integer(value.read_long())
                }
                Some(SqliteType::Text) => {
                    Stored::Text(<String as FromSql<Text, Sqlite>>::from_sql(value)?)
                }
                Some(SqliteType::Binary) => Stored::Blob(value.read_blob().to_vec()),
                other => return Err(format!("{other:?} is no type of a column").into()),
            })
        };
        let fields: deserialize::Result<_> = (0..row.field_count()).map(read).collect();
        fields.map(Self)
    }
}

impl Fields {
    fn into_row(self, table: &Table) -> Result<Row, CopyError> {
        let columns = table.columns.iter().zip(self.0);
        let values = columns.map(|((column, kind), stored)| {
            let value = stored.into_value(*kind);
            value.map_err(|error| invalid(table.name, column, &error))
        });
        let values: Result<_, CopyError> = values.collect();
        Row::new(values?).map_err(unreadable)
    }
}

impl Stored {
    fn into_value(self, kind: Kind) -> Result<Value, BoxError> {
        Ok(match (kind, self) {
            (_, Self::Null) => Value::Null,
            (Kind::Id, Self::Blob(bytes)) => Value::Id(Uuid::from_slice(&bytes)?),
            (Kind::Int2 | Kind::Int8, Self::Integer(number)) => Value::Number(number),
            (Kind::Instant, Self::Integer(micros)) => Value::Instant(micros),
            (Kind::Date, Self::Text(text)) => Value::Date(text.parse::<NaiveDate>()?),
            (Kind::Text, Self::Text(text)) => Value::Text(text),
            (Kind::Bytes, Self::Blob(bytes)) => Value::Bytes(bytes),
            (kind, _) => return Err(format!("a value that is no {kind:?}").into()),
        })
    }
}
