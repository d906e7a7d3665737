use std::fmt;

/// A limit to what an owner may keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quota {
    /// Of [`super::Usage::open_tasks`].
    OpenTasks,
    /// Of [`super::Usage::items`].
    Items,
    /// Of [`super::Usage::bytes`].
    Bytes,
}

/// The limits to what an owner may keep; `None` for no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Quotas {
    /// Most open tasks.
    pub open_tasks: Option<u64>,
    /// Most tasks, trash and tombstones included.
    pub items: Option<u64>,
    /// Most bytes of text.
    pub bytes: Option<u64>,
}

impl fmt::Display for Quota {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::OpenTasks => "open tasks",
            Self::Items => "tasks, with those that were deleted not long ago,",
            Self::Bytes => "bytes of text",
        })
    }
}
