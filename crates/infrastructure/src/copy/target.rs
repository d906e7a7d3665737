//! What a copy from another store writes, and reads again to compare.

use std::collections::BTreeSet;
use std::pin::{Pin, pin};

use futures::TryStreamExt;
use tasklane_domain::error::BoxError;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, Transaction};
use uuid::Uuid;

use super::digest::{Digests, RowCounts};
use super::error::CopyError;
use super::row::{Row, Value};
use super::run::Run;
use super::tables::{TABLES, Table};
use super::value::type_of;
use crate::postgres::PostgresStore;
use crate::postgres::connection::driver::Driver;

/// A copy takes its time, whatever bounds the role has been given for serving. The lock makes copies
/// take turns: one that was killed may still be committed by the server when the next one begins.
const BEGIN: &str = "
    SET LOCAL statement_timeout = 0;
    SET LOCAL idle_in_transaction_session_timeout = 0;
    SET LOCAL lock_timeout = '30s';
    SELECT pg_advisory_xact_lock(8386110886207516793);
    SET LOCAL lock_timeout = 0";

/// A database that is being copied into.
pub(crate) struct CopyTarget(Client);

impl CopyTarget {
    /// Connects to where migrations run: no pooler shall stand between.
    pub(crate) async fn connect(store: &PostgresStore) -> Result<Self, CopyError> {
        let connecting = store.direct.connect().await;
        let (client, connection) = connecting.map_err(|error| CopyError::Connect(error.into()))?;
        Driver::start(connection);
        Ok(Self(client))
    }

    /// Begins a transaction, once no other copy is in one. Dropped, it is rolled back.
    pub(crate) async fn begin(&mut self) -> Result<CopyTransaction<'_>, CopyError> {
        let transaction = self.0.transaction().await.map_err(failed)?;
        let begun = transaction.batch_execute(BEGIN).await;
        begun.map_err(|error| match error.code() {
            Some(&SqlState::LOCK_NOT_AVAILABLE) => CopyError::TargetInUse,
            _ => failed(error),
        })?;
        Ok(CopyTransaction(transaction))
    }

    /// Makes sure that there are exactly as many rows, and lets the planner know of them.
    pub(crate) async fn finish(&mut self, expected: &RowCounts) -> Result<(), CopyError> {
        let CopyTransaction(transaction) = self.begin().await?;
        for Table { name: table, .. } in &TABLES {
            let count = format!("SELECT count(*) FROM {table}");
            let rows = transaction.query_typed_one(&count, &[]).await;
            let rows: i64 = rows.and_then(|row| row.try_get(0)).map_err(failed)?;
            let source_rows = expected.get(table).copied().unwrap_or_default();
            let target_rows = rows.unsigned_abs();
            if source_rows != target_rows {
                return Err(CopyError::Remainder {
                    table,
                    source_rows,
                    target_rows,
                });
            }
        }
        let tables = TABLES.map(|table| table.name).join(", ");
        let analyze = format!("ANALYZE {tables}");
        transaction.batch_execute(&analyze).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)
    }
}

fn failed(error: impl Into<BoxError>) -> CopyError {
    CopyError::Target(error.into())
}

/// A batch of users, who arrive together.
pub(crate) struct CopyTransaction<'c>(Transaction<'c>);

impl CopyTransaction<'_> {
    /// Whether no table has a row.
    pub(crate) async fn is_empty(&self) -> Result<bool, CopyError> {
        let any = TABLES.map(|table| format!("EXISTS (SELECT FROM {})", table.name));
        let question = format!("SELECT {}", any.join(" OR "));
        let answer = self.0.query_typed_one(&question, &[]).await;
        let has_any: bool = answer.and_then(|row| row.try_get(0)).map_err(failed)?;
        Ok(!has_any)
    }

    /// The users behind one id, up to and with another, at most as many as asked for.
    pub(crate) async fn users_between(
        &self,
        after: Option<Uuid>,
        last: Option<Uuid>,
        most: usize,
    ) -> Result<BTreeSet<Uuid>, CopyError> {
        let question = format!(
            "SELECT id FROM users WHERE ($1::uuid IS NULL OR id > $1)
             AND ($2::uuid IS NULL OR id <= $2) ORDER BY id LIMIT {most}"
        );
        let bound = |id: Option<Uuid>| (id.map_or(Value::Null, Value::Id), Type::UUID);
        let bounds = [bound(after), bound(last)];
        let rows = self.0.query_typed_raw(&question, bounds).await;
        let mut rows = pin!(rows.map_err(failed)?);
        let mut users = BTreeSet::new();
        while let Some(row) = rows.try_next().await.map_err(failed)? {
            if let Value::Id(id) = row.try_get(0).map_err(failed)? {
                users.insert(id);
            }
        }
        Ok(users)
    }

    /// Begins to add rows to a table.
    pub(crate) async fn write(&self, table: &Table) -> Result<RowWriter, Error> {
        let (name, columns) = (table.name, table.column_list());
        let copy = format!("COPY {name} ({columns}) FROM STDIN (FORMAT binary)");
        let sink = self.0.copy_in(&copy).await?;
        let writer = BinaryCopyInWriter::new(sink, &types_of(table));
        Ok(RowWriter(Box::pin(writer)))
    }

    /// What the rows of these users come to, as a query gives them.
    pub(crate) async fn digests(&self, run: &Run) -> Result<Digests, CopyError> {
        let mut digests = Digests::default();
        for table in &TABLES {
            let (first, last) = (Value::Id(run.first), Value::Id(run.last));
            let mut values: Vec<(&(dyn ToSql + Sync), Type)> =
                vec![(&first, Type::UUID), (&last, Type::UUID)];
            if table.by_email_key {
                values.push((&run.email_keys, Type::TEXT_ARRAY));
            }
            let select = table.select("= ANY ($3)");
            let rows = self.0.query_typed_raw(&select, values).await;
            let mut rows = pin!(rows.map_err(failed)?);
            while let Some(row) = rows.try_next().await.map_err(failed)? {
                let values = (0..row.len()).map(|column| row.try_get::<_, Value>(column));
                let values: Result<_, Error> = values.collect();
                let row = Row::new(values.map_err(failed)?).map_err(failed)?;
                digests.add(table, &row);
            }
        }
        Ok(digests)
    }

    /// Keeps what was written.
    pub(crate) async fn commit(self) -> Result<(), CopyError> {
        self.0.commit().await.map_err(failed)
    }
}

fn types_of(table: &Table) -> Vec<Type> {
    let kinds = table.columns.iter().map(|(_, kind)| *kind);
    kinds.map(type_of).collect()
}

/// Adds rows to a table, as many as come. Without [`RowWriter::finish`] none of them is added.
pub(crate) struct RowWriter(Pin<Box<BinaryCopyInWriter>>);

impl RowWriter {
    /// Sends a row. Whether it is taken may show later.
    pub(crate) async fn write(&mut self, row: &Row) -> Result<(), Error> {
        self.0.as_mut().write_raw(row.values()).await
    }

    /// Waits until all rows are taken.
    pub(crate) async fn finish(mut self) -> Result<(), Error> {
        self.0.as_mut().finish().await.map(drop)
    }
}
