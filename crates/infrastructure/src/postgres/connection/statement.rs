//! Statements that are written in SQL, made known to diesel.
//!
//! Their texts stand in files of their own under `sql/`. Diesel recognises each by its type, so that
//! a connection prepares it once.

use std::borrow::Cow;

use diesel::QueryResult;
use diesel::deserialize::FromSqlRow;
use diesel::expression::QueryMetadata;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::CompatibleType;
use diesel::serialize::ToSql;
use diesel::sql_types::HasSqlType;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures::future::BoxFuture;

/// A statement with the values for its placeholders.
pub(crate) trait Statement: Send + Sync + 'static {
    /// The SQL types of the columns that it gives.
    type Columns;

    /// Whether the text is always the same. If not, there must be few of them, since each is
    /// prepared and kept.
    const FIXED: bool = true;

    /// The text, with `$1`, `$2`, … where values go.
    fn sql(&self) -> Cow<'static, str>;

    /// Pushes the values in the order of their numbers.
    fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()>;
}

/// Takes the values of a statement, one after another.
pub(crate) struct Values<'a, 'b>(AstPass<'a, 'b, Pg>);

impl<'b> Values<'_, 'b> {
    /// Takes the next value, as the SQL type `T`.
    pub(crate) fn push<T>(&mut self, value: &'b impl ToSql<T, Pg>) -> QueryResult<&mut Self>
    where
        Pg: HasSqlType<T>,
    {
        self.0.push_bind_param_value_only(value)?;
        Ok(self)
    }
}

/// A statement on its way to the server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prepared<'s, S>(pub(crate) &'s S);

/// A statement whose rows can be read as `Row`, over a connection that others use too.
pub(crate) trait Load<Row>: Sync {
    /// Sends it and gives its rows.
    fn load<'a>(&'a self, client: &'a AsyncPgConnection) -> BoxFuture<'a, QueryResult<Vec<Row>>>;
}

impl<S, Row, Columns> Load<Row> for S
where
    S: Statement,
    S::Columns: CompatibleType<Row, Pg, SqlType = Columns> + Send,
    Pg: QueryMetadata<S::Columns>,
    Row: FromSqlRow<Columns, Pg> + Send + 'static,
    Columns: 'static,
{
    fn load<'a>(&'a self, client: &'a AsyncPgConnection) -> BoxFuture<'a, QueryResult<Vec<Row>>> {
        Box::pin(async move {
            let mut client = client;
            RunQueryDsl::load(Prepared(self), &mut client).await
        })
    }
}

impl<S: Statement> QueryFragment<Pg> for Prepared<'_, S> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(&self.0.sql());
        self.0.bind(&mut Values(out))
    }
}

impl<S: Statement> QueryId for Prepared<'_, S> {
    type QueryId = S;

    const HAS_STATIC_QUERY_ID: bool = S::FIXED;
}

impl<S: Statement> Query for Prepared<'_, S> {
    type SqlType = S::Columns;
}
