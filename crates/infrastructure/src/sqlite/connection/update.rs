//! Updates that are prepared once.

use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sqlite::{Sqlite, SqliteConnection};

/// An UPDATE that its connection keeps prepared.
///
/// Diesel prepares each of its own every time, since a changeset may leave out columns and so have many
/// texts. With a table's constraints to be read, that takes longer than the update itself. Here the
/// changes must name the same columns each time.
pub(crate) struct Update<Changes, Row> {
    table: &'static str,
    changes: Changes,
    row: Row,
}

impl<Changes, Row> Update<Changes, Row> {
    /// Makes the changes to the row of the table for which the condition `row` holds.
    pub(crate) fn new<C: AsChangeset<Changeset = Changes>>(
        table: &'static str,
        row: Row,
        changes: C,
    ) -> Self {
        Self {
            table,
            changes: changes.as_changeset(),
            row,
        }
    }
}

impl<Changes, Row> QueryFragment<Sqlite> for Update<Changes, Row>
where
    Changes: QueryFragment<Sqlite>,
    Row: QueryFragment<Sqlite>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("UPDATE ");
        out.push_identifier(self.table)?;
        out.push_sql(" SET ");
        self.changes.walk_ast(out.reborrow())?;
        out.push_sql(" WHERE ");
        self.row.walk_ast(out)
    }
}

/// The prepared statement is found by its text.
impl<Changes, Row> QueryId for Update<Changes, Row> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Changes, Row> RunQueryDsl<SqliteConnection> for Update<Changes, Row> {}
