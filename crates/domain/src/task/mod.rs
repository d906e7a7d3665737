//! Tasks: the entity, its values, and what may be done to it.

mod arrangement;
mod change;
mod description;
mod draft;
mod due;
mod entity;
mod idempotency_key;
mod invalid_input;
mod invalid_member;
mod ledger;
mod metadata;
mod needs;
mod operation;
mod order_key;
mod patch;
mod place;
mod precondition;
mod priority;
mod purge;
mod quota;
pub mod recurrence;
mod reminders;
mod revision;
mod state;
mod sync_point;
mod tags;
mod title;
mod usage;
mod write;

pub use change::{Change, ChangePage, FeedError, Tombstone};
pub use description::{Description, MAX_DESCRIPTION_LENGTH};
pub use draft::{Fingerprint, NewTask, TaskDraft};
pub use due::{Due, DueTime, parse_date, parse_timezone, start_of_day};
pub use entity::Task;
pub use idempotency_key::{IdempotencyKey, MAX_KEY_LENGTH};
pub use invalid_input::{InvalidInput, Part};
pub use invalid_member::InvalidMember;
pub use ledger::{Ledger, MAX_SUBTASKS, OwnerChanges, OwnerState, TaskChange};
pub use metadata::{
    MAX_METADATA_BYTES, MAX_METADATA_MEMBERS, MAX_METADATA_NAME_LENGTH, MAX_METADATA_VALUE_LENGTH,
    Metadata, MetadataChanges, MetadataName, MetadataValue,
};
pub use needs::{Needs, Neighbourhood, Relatives, Siblings};
pub use operation::{MAX_OPERATIONS, Move, Operation, Outcome, Refusal};
pub use order_key::{MAX_ORDER_KEY_LENGTH, OrderKey};
pub use patch::{CompletedChange, DuePatch, MetadataPatch, TaskPatch};
pub use place::{NEIGHBOURS, Place, Reach};
pub use precondition::Precondition;
pub use priority::Priority;
pub use purge::{Purge, Trashed};
pub use quota::{Quota, Quotas};
pub use reminders::{MAX_REMINDERS, MinutesBefore, Reminder, Reminders};
pub use revision::Revision;
pub use state::TaskState;
pub use sync_point::SyncPoint;
pub use tags::{MAX_TAG_LENGTH, MAX_TAGS, Tag, TagKey, Tags};
pub use title::{MAX_TITLE_LENGTH, Title};
pub use usage::Usage;
pub use write::{Action, Refused, Write, WriteError, WriteRules, Written};
