//! The query behind a list of tasks.

use diesel::dsl::{AsSelect, SqlTypeOf};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
use diesel::sqlite::{Sqlite, SqliteConnection};
use tasklane_domain::id::OwnerId;
use tasklane_domain::page::{Position, Sort, SortKey, SortValue, TaskFilter, TaskQuery};
use tasklane_domain::task::Priority;

use super::row::TaskRow;
use crate::record::metadata_line;
use crate::search_terms::SearchTerms;
use crate::sqlite::column::{Id, Instant, TextList};

/// One row more than a page of tasks holds.
///
/// Its text depends on little: sort, trash, whether there is a filter and whether there is a cursor.
/// A condition of the filter that was not asked for is bound as NULL, and true. So there are a few
/// dozen texts, whatever clients ask, and each connection keeps all of them prepared.
pub(crate) struct TaskList {
    columns: AsSelect<TaskRow, Sqlite>,
    owner: Id,
    sort: Sort,
    deleted: bool,
    /// `None` when nothing was asked for.
    filter: Option<Filter>,
    after: Option<Keyset>,
    limit: i64,
}

struct Filter {
    completed: Option<bool>,
    /// One bit a priority, by its rank.
    priorities: i32,
    /// Hexadecimal.
    ids: Option<TextList>,
    has_due: Option<bool>,
    has_parent: Option<bool>,
    parent: Option<Id>,
    due_before: Option<Instant>,
    due_after: Option<Instant>,
    /// What the clock on the wall shows then, for tasks without a time zone.
    due_before_on_wall: Option<Instant>,
    due_after_on_wall: Option<Instant>,
    updated_after: Option<Instant>,
    completed_before: Option<Instant>,
    completed_after: Option<Instant>,
    tags: Option<TextList>,
    metadata: Option<TextList>,
    /// The longest word.
    word: Option<String>,
    other_words: Option<TextList>,
}

/// Behind which place a page begins.
struct Keyset {
    /// `None` among the tasks without a due date.
    value: Option<PlaceValue>,
    id: Id,
}

enum PlaceValue {
    Number(i64),
    Text(String),
}

impl TaskList {
    pub(crate) fn new(owner: OwnerId, query: &TaskQuery) -> Self {
        Self {
            columns: TaskRow::as_select(),
            owner: owner.into(),
            sort: query.sort,
            deleted: query.filter.deleted,
            filter: Filter::asked(&query.filter),
            after: query.after.as_ref().map(Keyset::from),
            limit: i64::from(query.limit.get()) + 1,
        }
    }

    /// Whether an index gives just the page.
    pub(crate) fn is_quick(&self) -> bool {
        self.is_whole_list() && matches!(self.sort.key, SortKey::CreatedAt | SortKey::Revision)
    }

    fn is_whole_list(&self) -> bool {
        self.filter.is_none() && !self.deleted
    }

    /// The column that is sorted by.
    ///
    /// A filter may let few tasks through, and few are in the trash. Walking an index would then
    /// look up one row after the other, several times as slow as reading all of the owner's rows,
    /// which lie together, and sorting what is left. The plus sign keeps the planner from it.
    fn key(&self) -> &'static str {
        let whole_list = self.is_whole_list();
        match self.sort.key {
            SortKey::CreatedAt if whole_list => "created_at",
            SortKey::CreatedAt => "+created_at",
            SortKey::Revision if whole_list => "revision",
            SortKey::Revision => "+revision",
            SortKey::UpdatedAt => "updated_at",
            SortKey::Due => "due_at",
            SortKey::Priority => "priority",
            SortKey::Title => "title_key",
            SortKey::Position => "position",
        }
    }

    fn push_place<'b>(
        &'b self,
        out: &mut AstPass<'_, 'b, Sqlite>,
        Keyset { value, id }: &'b Keyset,
    ) -> QueryResult<()> {
        let behind = if self.sort.descending { " < " } else { " > " };
        let Some(value) = value else {
            out.push_sql(" AND due_at IS NULL AND id");
            out.push_sql(behind);
            return out.push_bind_param::<Binary, _>(id);
        };
        out.push_sql(" AND (");
        if self.sort.key == SortKey::Due {
            // The undated ones follow all others, in both directions.
            out.push_sql("due_at IS NULL OR ");
        }
        for part in ["(", self.key(), ", id)", behind, "("] {
            out.push_sql(part);
        }
        match value {
            PlaceValue::Number(number) => out.push_bind_param::<BigInt, _>(number)?,
            PlaceValue::Text(text) => out.push_bind_param::<Text, _>(text)?,
        }
        out.push_sql(", ");
        out.push_bind_param::<Binary, _>(id)?;
        out.push_sql("))");
        Ok(())
    }

    fn push_order(&self, out: &mut AstPass<'_, '_, Sqlite>) {
        let direction = if self.sort.descending {
            " DESC"
        } else {
            " ASC"
        };
        out.push_sql(" ORDER BY ");
        if self.sort.key == SortKey::Due {
            out.push_sql("due_at IS NULL, ");
        }
        for part in [self.key(), direction, ", id", direction] {
            out.push_sql(part);
        }
    }
}

impl Filter {
    fn asked(filter: &TaskFilter) -> Option<Self> {
        let nothing = TaskFilter {
            deleted: filter.deleted,
            ..TaskFilter::default()
        };
        if *filter == nothing {
            return None;
        }
        let tags = filter.tags.iter().map(|key| key.as_str().to_owned());
        let tags = (!filter.tags.is_empty()).then(|| TextList(tags.collect()));
        let members = filter
            .metadata
            .iter()
            .map(|(name, value)| metadata_line(name, value));
        let ids = filter
            .ids
            .iter()
            .map(|id| id.as_uuid().simple().to_string());
        let ids = (!filter.ids.is_empty()).then(|| TextList(ids.collect()));
        let words = SearchTerms::new(filter.words.iter().map(str::to_owned).collect());
        Some(Self {
            completed: filter.completed,
            priorities: priority_bits(&filter.priorities),
            ids,
            has_due: filter.has_due,
            has_parent: filter.parent.map(|parent| parent.is_some()),
            parent: filter.parent.flatten().map(Id::from),
            due_before: filter.due_before.map(|due| Instant(due.instant)),
            due_after: filter.due_after.map(|due| Instant(due.instant)),
            due_before_on_wall: filter.due_before.map(|due| Instant(due.wall)),
            due_after_on_wall: filter.due_after.map(|due| Instant(due.wall)),
            updated_after: filter.updated_after.map(Instant),
            completed_before: filter.completed_before.map(Instant),
            completed_after: filter.completed_after.map(Instant),
            tags,
            metadata: (!filter.metadata.is_empty()).then(|| TextList(members.collect())),
            word: words.first,
            other_words: words.others.map(TextList),
        })
    }

    fn push<'b>(&'b self, out: &mut AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        push_if_asked::<Nullable<Bool>, _>(out, &self.completed)?;
        out.push_sql("(completed_at IS NOT NULL) = ");
        out.push_bind_param::<Nullable<Bool>, _>(&self.completed)?;
        out.push_sql(") AND ((");
        out.push_bind_param::<Integer, _>(&self.priorities)?;
        out.push_sql(" >> priority) & 1)");
        self.push_times(out)?;
        push_if_asked::<Nullable<Bool>, _>(out, &self.has_parent)?;
        out.push_sql("(parent_id IS NOT NULL) = ");
        out.push_bind_param::<Nullable<Bool>, _>(&self.has_parent)?;
        out.push_sql(")");
        push_if_asked::<Nullable<Binary>, _>(out, &self.parent)?;
        out.push_sql("parent_id = ");
        out.push_bind_param::<Nullable<Binary>, _>(&self.parent)?;
        out.push_sql(")");
        push_if_asked::<Nullable<Text>, _>(out, &self.word)?;
        out.push_sql("(");
        for (alternative, key) in [
            ("", "title_key"),
            (" OR ", "description_key"),
            (" OR ", "tag_search_key"),
        ] {
            for part in [alternative, "instr(", key, ", "] {
                out.push_sql(part);
            }
            out.push_bind_param::<Nullable<Text>, _>(&self.word)?;
            out.push_sql(") > 0");
        }
        out.push_sql("))");
        push_if_asked::<Nullable<Text>, _>(out, &self.ids)?;
        out.push_sql("lower(hex(id)) IN (SELECT value FROM json_each(");
        out.push_bind_param::<Nullable<Text>, _>(&self.ids)?;
        out.push_sql(")))");
        for (wanted, missing) in [
            (&self.tags, TAG_IS_MISSING),
            (&self.metadata, MEMBER_IS_MISSING),
            (&self.other_words, WORD_IS_MISSING),
        ] {
            push_if_asked::<Nullable<Text>, _>(out, wanted)?;
            out.push_sql("NOT EXISTS (SELECT 1 FROM json_each(");
            out.push_bind_param::<Nullable<Text>, _>(wanted)?;
            out.push_sql(") AS wanted WHERE ");
            out.push_sql(missing);
            out.push_sql("))");
        }
        Ok(())
    }

    fn push_times<'b>(&'b self, out: &mut AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        push_if_asked::<Nullable<Bool>, _>(out, &self.has_due)?;
        out.push_sql("(due_at IS NOT NULL) = ");
        out.push_bind_param::<Nullable<Bool>, _>(&self.has_due)?;
        out.push_sql(")");
        for (instant, wall, comparison) in [
            (&self.due_before, &self.due_before_on_wall, "due_at < "),
            (&self.due_after, &self.due_after_on_wall, "due_at >= "),
        ] {
            push_if_asked::<Nullable<BigInt>, _>(out, instant)?;
            for part in [comparison, "CASE WHEN due_timezone IS NULL THEN "] {
                out.push_sql(part);
            }
            out.push_bind_param::<Nullable<BigInt>, _>(wall)?;
            out.push_sql(" ELSE ");
            out.push_bind_param::<Nullable<BigInt>, _>(instant)?;
            out.push_sql(" END)");
        }
        for (bound, comparison) in [
            (&self.updated_after, "updated_at >= "),
            (&self.completed_before, "completed_at < "),
            (&self.completed_after, "completed_at >= "),
        ] {
            push_if_asked::<Nullable<BigInt>, _>(out, bound)?;
            out.push_sql(comparison);
            out.push_bind_param::<Nullable<BigInt>, _>(bound)?;
            out.push_sql(")");
        }
        Ok(())
    }
}

/// A tag's key stands between two line feeds, and never holds one.
const TAG_IS_MISSING: &str = "instr(tag_keys, char(10) || wanted.value || char(10)) = 0";

/// So does a member of metadata.
const MEMBER_IS_MISSING: &str = "instr(metadata, char(10) || wanted.value || char(10)) = 0";

/// `instr` takes the word as it is, where `LIKE` would see wildcards in it.
const WORD_IS_MISSING: &str = "instr(title_key, wanted.value) = 0 \
     AND ifnull(instr(description_key, wanted.value), 0) = 0 \
     AND instr(tag_search_key, wanted.value) = 0";

impl QueryFragment<Sqlite> for TaskList {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("SELECT ");
        self.columns.walk_ast(out.reborrow())?;
        out.push_sql(" FROM tasks WHERE owner_id = ");
        out.push_bind_param::<Binary, _>(&self.owner)?;
        out.push_sql(if self.deleted {
            " AND deleted_at IS NOT NULL AND title IS NOT NULL"
        } else {
            " AND deleted_at IS NULL"
        });
        if !self.is_quick() {
            // Before what takes long for each row.
            out.push_sql(" AND is_wanted()");
        }
        if let Some(filter) = &self.filter {
            filter.push(&mut out)?;
        }
        if let Some(place) = &self.after {
            self.push_place(&mut out, place)?;
        }
        self.push_order(&mut out);
        // Of a bare parameter SQLite would look at the value, and plan again whenever it is bound.
        out.push_sql(" LIMIT 0 + ");
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

impl From<&Position> for Keyset {
    fn from(position: &Position) -> Self {
        let value = match &position.value {
            SortValue::Due(None) => None,
            SortValue::Instant(instant) | SortValue::Due(Some(instant)) => {
                Some(PlaceValue::Number(instant.as_micros()))
            }
            SortValue::Priority(priority) => Some(PlaceValue::Number(priority.rank().into())),
            SortValue::Title(key) => Some(PlaceValue::Text(key.clone())),
            SortValue::Position(key) => Some(PlaceValue::Text(key.as_str().to_owned())),
            SortValue::Revision(revision) => Some(PlaceValue::Number(revision.as_i64())),
        };
        Self {
            value,
            id: position.id.into(),
        }
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
    let wanted = if priorities.is_empty() {
        &Priority::ALL[..]
    } else {
        priorities
    };
    wanted
        .iter()
        .fold(0, |bits, priority| bits | 1 << priority.rank())
}
