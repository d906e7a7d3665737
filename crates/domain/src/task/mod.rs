//! Tasks: the entity, its values, and what may be done to it.

mod change;
mod description;
mod draft;
mod due;
mod entity;
mod idempotency_key;
mod ledger;
mod operation;
mod patch;
mod precondition;
mod priority;
mod purge;
mod revision;
mod state;
mod sync_point;
mod tags;
mod title;
mod write;

pub use change::{Change, ChangePage, FeedError, Tombstone};
pub use description::{Description, MAX_DESCRIPTION_LENGTH};
pub use draft::{Fingerprint, NewTask, TaskDraft};
pub use due::{Due, DueTime, parse_date, parse_timezone, start_of_day};
pub use entity::Task;
pub use idempotency_key::{IdempotencyKey, MAX_KEY_LENGTH};
pub use ledger::{Ledger, OwnerChanges, OwnerState, TaskChange};
pub use operation::{MAX_OPERATIONS, Operation, Outcome, Refusal};
pub use patch::{CompletedChange, DuePatch, InvalidDue, TaskPatch};
pub use precondition::Precondition;
pub use priority::Priority;
pub use purge::{Purge, Trashed};
pub use revision::Revision;
pub use state::TaskState;
pub use sync_point::SyncPoint;
pub use tags::{MAX_TAG_LENGTH, MAX_TAGS, Tag, TagKey, Tags};
pub use title::{MAX_TITLE_LENGTH, Title};
pub use write::{Action, Needs, Write, WriteError, WriteRules, Written};
