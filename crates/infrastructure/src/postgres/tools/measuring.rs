//! How rows are read, for measurements.

use std::num::NonZeroU32;
use std::ops::Range;

use chrono::NaiveDate;
use diesel::deserialize::FromSqlRow;
use diesel::pg::{Pg, PgValue};
use diesel::row::{Field, PartialRow, Row, RowIndex, RowSealed};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::task::Task;

use crate::postgres::task::row::{TaskColumns, TaskRow};
use crate::record::TaskRecord;

/// The first day that PostgreSQL counts from.
const EPOCH: NaiveDate = match NaiveDate::from_ymd_opt(2000, 1, 1) {
    Some(day) => day,
    None => NaiveDate::MIN,
};
/// Its midnight in UTC, in microseconds since 1970.
const EPOCH_MICROS: i64 = 946_684_800_000_000;

/// A task as PostgreSQL sends it: the bytes of each column, `None` for null.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireRow(Vec<Option<Vec<u8>>>);

impl WireRow {
    /// The row of a task.
    #[must_use]
    pub fn of(task: &Task) -> Self {
        let text = |text: &str| text.as_bytes().to_vec();
        let record = TaskRecord::of_task(task);
        Self(vec![
            Some(record.owner.as_bytes().to_vec()),
            Some(record.id.as_bytes().to_vec()),
            record.title.as_deref().map(text),
            record.description.as_deref().map(text),
            record.completed_at.map(instant),
            Some(record.priority.to_be_bytes().to_vec()),
            record.due_date.map(date),
            record.due_time.as_deref().map(text),
            record.due_timezone.as_deref().map(text),
            Some(text(&record.tags)),
            record.parent.map(|id| id.as_bytes().to_vec()),
            Some(text(&record.position)),
            Some(text(&record.metadata)),
            Some(record.revision.to_be_bytes().to_vec()),
            record.fingerprint,
            Some(instant(record.created_at)),
            Some(instant(record.updated_at)),
            record.deleted_at.map(instant),
        ])
    }

    /// Reads the task as the store does.
    ///
    /// # Errors
    /// The row is not a task.
    pub fn read(&self) -> Result<Task, StoreError> {
        <TaskRow as FromSqlRow<TaskColumns, Pg>>::build_from_row(self)
            .map_err(|error| StoreError::corrupt("row", error))?
            .into_task()
    }
}

fn instant(at: Timestamp) -> Vec<u8> {
    (at.as_micros() - EPOCH_MICROS).to_be_bytes().to_vec()
}

fn date(day: NaiveDate) -> Vec<u8> {
    let days = day.signed_duration_since(EPOCH).num_days();
    i32::try_from(days)
        .unwrap_or(i32::MAX)
        .to_be_bytes()
        .to_vec()
}

impl RowSealed for WireRow {}

impl RowIndex<usize> for WireRow {
    fn idx(&self, index: usize) -> Option<usize> {
        (index < self.0.len()).then_some(index)
    }
}

impl RowIndex<&str> for WireRow {
    fn idx(&self, _name: &str) -> Option<usize> {
        None
    }
}

impl<'a> Row<'a, Pg> for WireRow {
    type Field<'f>
        = WireField<'f>
    where
        'a: 'f;
    type InnerPartialRow = Self;

    fn field_count(&self) -> usize {
        self.0.len()
    }

    fn get<'b, I>(&'b self, index: I) -> Option<WireField<'b>>
    where
        'a: 'b,
        Self: RowIndex<I>,
    {
        let index = self.idx(index)?;
        Some(WireField(self.0[index].as_deref()))
    }

    fn partial_row(&self, range: Range<usize>) -> PartialRow<'_, Self> {
        PartialRow::new(self, range)
    }
}

/// A column of a [`WireRow`].
#[derive(Debug, Clone, Copy)]
pub struct WireField<'r>(Option<&'r [u8]>);

impl<'a> Field<'a, Pg> for WireField<'a> {
    fn field_name(&self) -> Option<&str> {
        None
    }

    fn value(&self) -> Option<PgValue<'_>> {
        // No column of a task is read by its type's number.
        const TYPE: NonZeroU32 = NonZeroU32::MIN;
        self.0.map(|bytes| PgValue::new(bytes, &TYPE))
    }
}

#[cfg(test)]
mod tests {
    use tasklane_domain::id::{OwnerId, TaskId};
    use tasklane_domain::task::{NewTask, Revision};
    use tasklane_domain_testkit::builders::{a_draft, a_full_draft, instant};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_row_reads_as_the_task_that_it_was_made_of() {
        for draft in [a_draft("Buy milk"), a_full_draft("Buy milk")] {
            let new = NewTask {
                id: TaskId::new(Uuid::from_u128(7)),
                draft,
                fingerprint: None,
            };
            let owner = OwnerId::new(Uuid::from_u128(8));
            let task = new.to_task(owner, Revision::new(9).unwrap(), instant(0));
            assert_eq!(WireRow::of(&task).read().unwrap(), task);
        }
    }

    #[test]
    fn a_row_that_breaks_a_rule_is_not_read() {
        let new = NewTask {
            id: TaskId::new(Uuid::nil()),
            draft: a_draft("Buy milk"),
            fingerprint: None,
        };
        let task = new.to_task(OwnerId::new(Uuid::nil()), Revision::ZERO, instant(0));
        let mut row = WireRow::of(&task);
        row.0[2] = Some(b"a\0b".to_vec());
        assert!(row.read().is_err());
    }
}
