//! How a task lies in its table: the one place that names the columns. A new column is a line in
//! [`task_columns`] and one in [`NewTaskRow::of_state`] and [`TaskRow::into_record`].

use chrono::{DateTime, NaiveDate, Utc};
use diesel::QueryResult;
use diesel::prelude::{AsChangeset, Queryable, Selectable};
use diesel::sql_types::{
    Array, BigInt, Bytea, Date, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::task::{Change, Task, TaskState};
use uuid::Uuid;

use crate::postgres::connection::statement::Values;
use crate::postgres::schema::tasks;
use crate::record::{TaskKeys, TaskRecord};

/// Declares the columns beside the owner: those that are read again, and those by which rows are
/// found and sorted. Each with its type here, in diesel and in SQL.
macro_rules! task_columns {
    (
        read { $($read:ident: $read_type:ty => $read_sql:ty, $read_name:literal;)* }
        derived { $($derived:ident: $derived_type:ty => $derived_sql:ty, $derived_name:literal;)* }
    ) => {
        /// A task or a tombstone, as it is read.
        #[derive(Debug, Queryable, Selectable)]
        #[diesel(table_name = tasks, check_for_backend(diesel::pg::Pg))]
        pub(crate) struct TaskRow {
            owner_id: Uuid,
            $($read: $read_type,)*
        }

        /// The SQL types of a [`TaskRow`], for statements that are written in SQL.
        pub(crate) type TaskColumns = diesel::dsl::SqlTypeOf<(tasks::owner_id, $(tasks::$read,)*)>;

        /// A task or a tombstone, as it is written.
        #[derive(Debug, Clone)]
        pub(crate) struct NewTaskRow {
            $(pub(crate) $read: $read_type,)*
            $(pub(crate) $derived: $derived_type,)*
        }

        impl NewTaskRow {
            /// Binds the values in the order of [`WRITTEN`].
            pub(crate) fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
                $(values.push::<$read_sql>(&self.$read)?;)*
                $(values.push::<$derived_sql>(&self.$derived)?;)*
                Ok(())
            }
        }

        /// Rows as they travel to the server: an array a column.
        #[derive(Debug, Clone, Default)]
        pub(crate) struct NewTaskRows {
            owner_id: Vec<Uuid>,
            $($read: Vec<$read_type>,)*
            $($derived: Vec<$derived_type>,)*
        }

        impl NewTaskRows {
            /// Adds a row.
            pub(crate) fn push(&mut self, owner: Uuid, row: NewTaskRow) {
                self.owner_id.push(owner);
                $(self.$read.push(row.$read);)*
                $(self.$derived.push(row.$derived);)*
            }

            /// Binds the arrays: the owners, then the others in the order of [`WRITTEN`].
            pub(crate) fn bind<'b>(&'b self, values: &mut Values<'_, 'b>) -> QueryResult<()> {
                values.push::<Array<SqlUuid>>(&self.owner_id)?;
                $(values.push::<Array<$read_sql>>(&self.$read)?;)*
                $(values.push::<Array<$derived_sql>>(&self.$derived)?;)*
                Ok(())
            }
        }

        /// The columns of a [`TaskRow`], beside the owner.
        const READ: &[&str] = &[$(stringify!($read),)*];

        /// The columns of a [`NewTaskRow`], with their types in SQL.
        pub(crate) const WRITTEN: &[(&str, &str)] = &[
            $((stringify!($read), $read_name),)*
            $((stringify!($derived), $derived_name),)*
        ];
    };
}

task_columns! {
    read {
        id: Uuid => SqlUuid, "uuid";
        title: Option<String> => Nullable<Text>, "text";
        description: Option<String> => Nullable<Text>, "text";
        completed_at: Option<DateTime<Utc>> => Nullable<Timestamptz>, "timestamptz";
        priority: i16 => SmallInt, "smallint";
        due_date: Option<NaiveDate> => Nullable<Date>, "date";
        due_time: Option<String> => Nullable<Text>, "text";
        due_timezone: Option<String> => Nullable<Text>, "text";
        tags: String => Text, "text";
        parent_id: Option<Uuid> => Nullable<SqlUuid>, "uuid";
        position: String => Text, "text";
        metadata: String => Text, "text";
        revision: i64 => BigInt, "bigint";
        fingerprint: Option<Vec<u8>> => Nullable<Bytea>, "bytea";
        created_at: DateTime<Utc> => Timestamptz, "timestamptz";
        updated_at: DateTime<Utc> => Timestamptz, "timestamptz";
        deleted_at: Option<DateTime<Utc>> => Nullable<Timestamptz>, "timestamptz";
    }
    derived {
        title_key: Option<String> => Nullable<Text>, "text";
        description_key: Option<String> => Nullable<Text>, "text";
        due_at: Option<DateTime<Utc>> => Nullable<Timestamptz>, "timestamptz";
        tag_keys: String => Text, "text";
        tag_search_key: String => Text, "text";
    }
}

/// The columns of a [`TaskRow`], of the relation of that name.
pub(crate) fn columns_of(relation: &str) -> String {
    let others = READ.iter().map(|column| format!(", {relation}.{column}"));
    format!("{relation}.owner_id{}", others.collect::<String>())
}

impl TaskRow {
    pub(crate) fn into_task(self) -> Result<Task, StoreError> {
        self.into_record().into_task()
    }

    pub(crate) fn into_change(self) -> Result<Change, StoreError> {
        self.into_record().into_change()
    }

    pub(crate) fn into_state(self) -> Result<TaskState, StoreError> {
        self.into_record().into_state()
    }

    fn into_record(self) -> TaskRecord {
        TaskRecord {
            owner: self.owner_id,
            id: self.id,
            title: self.title,
            description: self.description,
            completed_at: self.completed_at.map(Timestamp::new),
            priority: self.priority,
            due_date: self.due_date,
            due_time: self.due_time,
            due_timezone: self.due_timezone,
            tags: self.tags,
            parent: self.parent_id,
            position: self.position,
            metadata: self.metadata,
            revision: self.revision,
            fingerprint: self.fingerprint,
            created_at: Timestamp::new(self.created_at),
            updated_at: Timestamp::new(self.updated_at),
            deleted_at: self.deleted_at.map(Timestamp::new),
        }
    }
}

impl NewTaskRow {
    /// The row of what is held under an id.
    pub(crate) fn of_state(held: &TaskState) -> Self {
        let TaskKeys {
            title_key,
            description_key,
            due_at,
            tag_keys,
            tag_search_key,
        } = TaskKeys::of(held);
        let record = TaskRecord::of(held);
        Self {
            id: record.id,
            title: record.title,
            description: record.description,
            completed_at: record.completed_at.map(Timestamp::as_datetime),
            priority: record.priority,
            due_date: record.due_date,
            due_time: record.due_time,
            due_timezone: record.due_timezone,
            tags: record.tags,
            parent_id: record.parent,
            position: record.position,
            metadata: record.metadata,
            revision: record.revision,
            fingerprint: record.fingerprint,
            created_at: record.created_at.as_datetime(),
            updated_at: record.updated_at.as_datetime(),
            deleted_at: record.deleted_at.map(Timestamp::as_datetime),
            title_key,
            description_key,
            due_at: due_at.map(Timestamp::as_datetime),
            tag_keys,
            tag_search_key,
        }
    }
}

/// By what a task is found and sorted.
#[derive(AsChangeset)]
#[diesel(table_name = tasks, treat_none_as_null = true)]
pub(crate) struct TaskKeyColumns {
    title_key: Option<String>,
    description_key: Option<String>,
    due_at: Option<DateTime<Utc>>,
    tag_keys: String,
    tag_search_key: String,
}

impl TaskKeyColumns {
    pub(crate) fn of_state(held: &TaskState) -> Self {
        let keys = TaskKeys::of(held);
        Self {
            title_key: keys.title_key,
            description_key: keys.description_key,
            due_at: keys.due_at.map(Timestamp::as_datetime),
            tag_keys: keys.tag_keys,
            tag_search_key: keys.tag_search_key,
        }
    }
}
