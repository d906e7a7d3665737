//! The query behind a list of tasks.

use diesel::dsl::{AsSelect, SqlTypeOf};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
use diesel::sqlite::{Sqlite, SqliteConnection};
use tasklane_domain::id::UserId;
use tasklane_domain::page::{Position, Sort, SortKey, SortValue, TaskFilter, TaskQuery};
use tasklane_domain::task::Priority;

use super::column::{Id, Instant, TextList};
use super::task_row::TaskRow;

/// One row more than a page of tasks holds.
///
/// Its text depends on nothing but sort, trash and whether there is a cursor: a condition that was
/// not asked for is bound as NULL, and true. So there are a few dozen texts, whatever clients ask,
/// and each connection keeps all of them prepared.
pub(super) struct TaskList {
    columns: AsSelect<TaskRow, Sqlite>,
    owner: Id,
    sort: Sort,
    deleted: bool,
    completed: Option<bool>,
    /// One bit a priority, by its rank.
    priorities: i32,
    due_before: Option<Instant>,
    due_after: Option<Instant>,
    tags: Option<TextList>,
    words: Option<TextList>,
    after: Option<Place>,
    limit: i64,
}

/// Behind which place a page begins.
struct Place {
    value: PlaceValue,
    id: Id,
}

enum PlaceValue {
    Number(i64),
    Text(String),
    Undated,
}

impl TaskList {
    pub(super) fn new(owner: UserId, query: &TaskQuery) -> Self {
        let TaskFilter { deleted, completed, priorities, tags, due_before, due_after, words } =
            &query.filter;
        let asked = |texts: &Vec<String>| (!texts.is_empty()).then(|| TextList(texts.clone()));
        Self {
            columns: TaskRow::as_select(),
            owner: owner.into(),
            sort: query.sort,
            deleted: *deleted,
            completed: *completed,
            priorities: priority_bits(priorities),
            due_before: due_before.map(Instant),
            due_after: due_after.map(Instant),
            tags: asked(tags),
            words: asked(words),
            after: query.after.as_ref().map(Place::from),
            limit: i64::from(query.limit) + 1,
        }
    }

    fn push_filter<'b>(&'b self, out: &mut AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql(if self.deleted {
            " AND deleted_at IS NOT NULL AND title IS NOT NULL"
        } else {
            " AND deleted_at IS NULL"
        });
        out.push_sql(" AND ifnull((completed_at IS NOT NULL) = ");
        out.push_bind_param::<Nullable<Bool>, _>(&self.completed)?;
        out.push_sql(", TRUE) AND ((");
        out.push_bind_param::<Integer, _>(&self.priorities)?;
        out.push_sql(" >> priority) & 1)");
        for (bound, comparison) in [(&self.due_before, "due_at < "), (&self.due_after, "due_at >= ")]
        {
            push_if_asked::<Nullable<BigInt>, _>(out, bound)?;
            out.push_sql(comparison);
            out.push_bind_param::<Nullable<BigInt>, _>(bound)?;
            out.push_sql(")");
        }
        for (wanted, missing) in [(&self.tags, TAG_IS_MISSING), (&self.words, WORD_IS_MISSING)] {
            push_if_asked::<Nullable<Text>, _>(out, wanted)?;
            out.push_sql("NOT EXISTS (SELECT 1 FROM json_each(");
            out.push_bind_param::<Nullable<Text>, _>(wanted)?;
            out.push_sql(") AS wanted WHERE ");
            out.push_sql(missing);
            out.push_sql("))");
        }
        Ok(())
    }

    fn push_place<'b>(
        &'b self,
        out: &mut AstPass<'_, 'b, Sqlite>,
        place: &'b Place,
    ) -> QueryResult<()> {
        let comparison = if self.sort.descending { " < " } else { " > " };
        let column = column(self.sort.key);
        out.push_sql(" AND ");
        match &place.value {
            PlaceValue::Undated => {
                out.push_sql("(due_at IS NULL AND id");
                out.push_sql(comparison);
                out.push_bind_param::<Binary, _>(&place.id)?;
                out.push_sql(")");
                return Ok(());
            }
            // The undated ones follow all others, in both directions.
            _ if self.sort.key == SortKey::Due => out.push_sql("(due_at IS NULL OR (due_at, id)"),
            _ => {
                out.push_sql("((");
                out.push_sql(column);
                out.push_sql(", id)");
            }
        }
        out.push_sql(comparison);
        out.push_sql("(");
        match &place.value {
            PlaceValue::Text(text) => out.push_bind_param::<Text, _>(text)?,
            PlaceValue::Number(number) => out.push_bind_param::<BigInt, _>(number)?,
            PlaceValue::Undated => {}
        }
        out.push_sql(", ");
        out.push_bind_param::<Binary, _>(&place.id)?;
        out.push_sql("))");
        Ok(())
    }

    fn push_order(&self, out: &mut AstPass<'_, '_, Sqlite>) {
        let direction = if self.sort.descending { " DESC" } else { " ASC" };
        out.push_sql(" ORDER BY ");
        if self.sort.key == SortKey::Due {
            out.push_sql("due_at IS NULL, ");
        }
        for (column, end) in [(column(self.sort.key), ", "), ("id", "")] {
            out.push_sql(column);
            out.push_sql(direction);
            out.push_sql(end);
        }
    }
}

/// A tag's key stands between two line feeds, and never holds one.
const TAG_IS_MISSING: &str =
    "instr(tag_keys, char(10) || wanted.value || char(10)) = 0";

/// `instr` takes the word as it is, where `LIKE` would see wildcards in it.
const WORD_IS_MISSING: &str = "instr(title_key, wanted.value) = 0 \
     AND ifnull(instr(description_key, wanted.value), 0) = 0 \
     AND instr(tag_search_key, wanted.value) = 0";

impl QueryFragment<Sqlite> for TaskList {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("SELECT ");
        self.columns.walk_ast(out.reborrow())?;
        out.push_sql(" FROM tasks WHERE user_id = ");
        out.push_bind_param::<Binary, _>(&self.owner)?;
        self.push_filter(&mut out)?;
        if let Some(place) = &self.after {
            self.push_place(&mut out, place)?;
        }
        self.push_order(&mut out);
        out.push_sql(" LIMIT ");
        out.push_bind_param::<BigInt, _>(&self.limit)
    }
}

/// Its text is not known to the compiler, so it is by its text that the prepared statement is found.
impl QueryId for TaskList {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for TaskList {
    type SqlType = SqlTypeOf<AsSelect<TaskRow, Sqlite>>;
}

impl RunQueryDsl<SqliteConnection> for TaskList {}

impl From<&Position> for Place {
    fn from(position: &Position) -> Self {
        let value = match &position.value {
            SortValue::Instant(instant) | SortValue::Due(Some(instant)) => {
                PlaceValue::Number(instant.as_micros())
            }
            SortValue::Due(None) => PlaceValue::Undated,
            SortValue::Priority(priority) => PlaceValue::Number(priority.rank().into()),
            SortValue::Title(key) => PlaceValue::Text(key.clone()),
            SortValue::Revision(revision) => PlaceValue::Number(revision.as_i64()),
        };
        Self { value, id: position.id.into() }
    }
}

fn push_if_asked<'b, ST, T>(out: &mut AstPass<'_, 'b, Sqlite>, value: &'b T) -> QueryResult<()>
where
    Sqlite: diesel::sql_types::HasSqlType<ST>,
    T: diesel::serialize::ToSql<ST, Sqlite>,
{
    out.push_sql(" AND (");
    out.push_bind_param::<ST, _>(value)?;
    out.push_sql(" IS NULL OR ");
    Ok(())
}

fn priority_bits(priorities: &[Priority]) -> i32 {
    let wanted = if priorities.is_empty() { &Priority::ALL[..] } else { priorities };
    wanted.iter().fold(0, |bits, priority| bits | 1 << priority.rank())
}

const fn column(key: SortKey) -> &'static str {
    match key {
        SortKey::CreatedAt => "created_at",
        SortKey::UpdatedAt => "updated_at",
        SortKey::Due => "due_at",
        SortKey::Priority => "priority",
        SortKey::Title => "title_key",
        SortKey::Revision => "revision",
    }
}
