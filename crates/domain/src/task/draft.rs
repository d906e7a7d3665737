use sha2::{Digest, Sha256};

use super::{Description, Due, Metadata, OrderKey, Priority, Revision, Tags, Task, Title};
use crate::clock::Timestamp;
use crate::id::{OwnerId, TaskId};

/// The part of a task that a client sets: all of it, for a new task or a replacement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskDraft {
    /// What is to be done.
    pub title: Title,
    /// More about it.
    pub description: Option<Description>,
    /// Whether it is done.
    pub completed: bool,
    /// How much it matters.
    pub priority: Priority,
    /// By when.
    pub due: Option<Due>,
    /// Labels.
    pub tags: Tags,
    /// The task that it is a part of.
    pub parent: Option<TaskId>,
    /// Its place among its siblings; `None` for the one that follows from its creation, behind
    /// all that were created before.
    pub position: Option<OrderKey>,
    /// What the client keeps with it for itself.
    pub metadata: Metadata,
}

impl TaskDraft {
    /// An open task with nothing but a title.
    #[must_use]
    pub fn titled(title: Title) -> Self {
        Self {
            title,
            description: None,
            completed: false,
            priority: Priority::None,
            due: None,
            tags: Tags::default(),
            parent: None,
            position: None,
            metadata: Metadata::default(),
        }
    }

    /// Tells two drafts apart: equal drafts have equal fingerprints, however they were spelt.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let mut digest = Sha256::new();
        let mut field = |value: Option<&str>| {
            let length = value.map_or(u64::MAX, |value| value.len() as u64);
            digest.update(length.to_be_bytes());
            digest.update(value.unwrap_or_default());
        };
        field(Some(self.title.as_str()));
        field(self.description.as_ref().map(Description::as_str));
        field(Some(if self.completed { "completed" } else { "open" }));
        field(Some(self.priority.as_str()));
        let due = self.due.as_ref();
        field(due.map(|due| due.date().to_string()).as_deref());
        field(
            due.and_then(Due::time)
                .map(|time| time.to_string())
                .as_deref(),
        );
        field(due.and_then(Due::timezone).map(chrono_tz::Tz::name));
        field(self.position.as_ref().map(OrderKey::as_str));
        field(self.parent.map(|id| id.to_string()).as_deref());
        for (name, value) in self.metadata.iter() {
            field(Some(name.as_str()));
            field(Some(value.as_str()));
        }
        // Behind all members, so that no tag is taken for one.
        field(None);
        self.tags.iter().for_each(|tag| field(Some(tag.as_str())));
        Fingerprint(digest.finalize().into())
    }
}

/// SHA-256 over a draft, kept with a task that was created under an `Idempotency-Key`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// A fingerprint that a store kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes, to be kept.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A task that is to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTask {
    /// Its id; the create fails when it is taken, be it by a tombstone.
    pub id: TaskId,
    /// Its content.
    pub draft: TaskDraft,
    /// Kept when the id was derived from an `Idempotency-Key`.
    pub fingerprint: Option<Fingerprint>,
}

impl NewTask {
    /// The task that it becomes.
    #[must_use]
    pub fn to_task(&self, owner: OwnerId, revision: Revision, at: Timestamp) -> Task {
        let TaskDraft {
            title,
            description,
            completed,
            priority,
            due,
            tags,
            parent,
            position,
            metadata,
        } = self.draft.clone();
        Task {
            id: self.id,
            owner,
            title,
            description,
            completed_at: completed.then_some(at),
            priority,
            due,
            tags,
            parent,
            position: position.unwrap_or_else(|| OrderKey::of_instant(at)),
            metadata,
            revision,
            created_at: at,
            updated_at: at,
            deleted_at: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::{MetadataName, MetadataValue, Tag};

    #[test]
    fn every_field_counts_in_the_fingerprint() {
        let plain = TaskDraft::titled(Title::parse("Buy milk").unwrap());
        let tags = |texts: &[&str]| {
            Tags::new(texts.iter().map(|text| Tag::parse(text).unwrap()).collect()).unwrap()
        };
        let metadata = |members: &[(&str, &str)]| {
            let members = members.iter().map(|(name, value)| {
                let name = MetadataName::parse(name).unwrap();
                (name, MetadataValue::parse(value).unwrap())
            });
            Metadata::new(members.collect()).unwrap()
        };
        let date = crate::task::parse_date("2026-11-21").unwrap();
        let due =
            |time: Option<&str>| Due::new(date, time.map(|time| time.parse().unwrap()), None).ok();
        let drafts = [
            plain.clone(),
            TaskDraft {
                title: Title::parse("Buy bread").unwrap(),
                ..plain.clone()
            },
            TaskDraft {
                description: Description::parse("x").unwrap(),
                ..plain.clone()
            },
            TaskDraft {
                completed: true,
                ..plain.clone()
            },
            TaskDraft {
                priority: Priority::Low,
                ..plain.clone()
            },
            TaskDraft {
                due: due(None),
                ..plain.clone()
            },
            TaskDraft {
                due: due(Some("00:00")),
                ..plain.clone()
            },
            TaskDraft {
                parent: Some(TaskId::new(uuid::Uuid::nil())),
                ..plain.clone()
            },
            TaskDraft {
                position: OrderKey::parse("a0").ok(),
                ..plain.clone()
            },
            TaskDraft {
                metadata: metadata(&[("a", "b")]),
                ..plain.clone()
            },
            TaskDraft {
                metadata: metadata(&[("a", "")]),
                ..plain.clone()
            },
            TaskDraft {
                metadata: metadata(&[("a", ""), ("b", "")]),
                ..plain.clone()
            },
            TaskDraft {
                tags: tags(&["ab"]),
                ..plain.clone()
            },
            TaskDraft {
                tags: tags(&["a", "b"]),
                ..plain.clone()
            },
        ];
        for (index, draft) in drafts.iter().enumerate() {
            assert_eq!(draft.fingerprint(), draft.clone().fingerprint());
            for other in &drafts[index + 1..] {
                assert_ne!(
                    draft.fingerprint(),
                    other.fingerprint(),
                    "{draft:?} {other:?}"
                );
            }
        }
    }
}
