//! Cursors: a place in a list as opaque text, sealed so that it is good only for the list that it was
//! made for.

use std::io::{Read, Write};

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::id::{OwnerId, TaskId};
use tasklane_domain::page::{Position, SortKey, SortValue, TaskFilter, TaskQuery};
use tasklane_domain::task::{OrderKey, Priority, Revision};
use uuid::Uuid;

const SEAL_LENGTH: usize = 32;
const ID_LENGTH: usize = 16;

/// Writes and reads cursors.
#[derive(Clone)]
pub struct Cursors(hmac::Key);

/// A cursor that is malformed, or belongs to another list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cursor does not belong to this list")]
pub struct InvalidCursor;

impl Cursors {
    /// Seals with a key. Processes that serve the same users must share it.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        Self(hmac::Key::new(HMAC_SHA256, key))
    }

    /// The place where the next page begins.
    #[must_use]
    pub fn encode(&self, position: &Position, owner: OwnerId, query: &TaskQuery) -> String {
        let mut bytes = position.id.as_uuid().into_bytes().to_vec();
        bytes.extend(value_bytes(&position.value));
        let seal = self.context(owner, query, &bytes).sign();
        bytes.extend(seal.as_ref());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The place that a cursor names.
    ///
    /// # Errors
    /// It was not made by [`Cursors::encode`] for the same owner, filter and sort.
    pub fn decode(
        &self,
        text: &str,
        owner: OwnerId,
        query: &TaskQuery,
    ) -> Result<Position, InvalidCursor> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidCursor)?;
        let place = bytes.len().checked_sub(SEAL_LENGTH).ok_or(InvalidCursor)?;
        let (place, seal) = bytes.split_at(place);
        let expected = self.context(owner, query, place).sign();
        aws_lc_rs::constant_time::verify_slices_are_equal(expected.as_ref(), seal)
            .map_err(|_| InvalidCursor)?;
        let (id, value) = place.split_at_checked(ID_LENGTH).ok_or(InvalidCursor)?;
        let id = TaskId::new(Uuid::from_slice(id).map_err(|_| InvalidCursor)?);
        let value = read_value(query.sort.key, value).ok_or(InvalidCursor)?;
        Ok(Position { value, id })
    }

    /// Everything that the cursor is bound to.
    fn context(&self, owner: OwnerId, query: &TaskQuery, place: &[u8]) -> Binding {
        let mut binding = Binding(hmac::Context::with_key(&self.0));
        binding.add("owner", owner.as_uuid().as_bytes());
        binding.add("sort", query.sort.key.as_str().as_bytes());
        binding.add("descending", &[query.sort.descending.into()]);
        binding.add_filter(&query.filter);
        binding.add("place", place);
        binding
    }
}

/// Named fields, each with its length, so that no two lists look alike.
struct Binding(hmac::Context);

impl Binding {
    fn add(&mut self, name: &str, value: &[u8]) {
        for part in [name.as_bytes(), value] {
            self.0.update(&(part.len() as u64).to_be_bytes());
            self.0.update(part);
        }
    }

    fn add_filter(&mut self, filter: &TaskFilter) {
        let TaskFilter {
            deleted,
            completed,
            ids,
            priorities,
            tags,
            metadata,
            parent,
            has_due,
            due_before,
            due_after,
            updated_after,
            completed_before,
            completed_after,
            words,
        } = filter;
        self.add("deleted", &[(*deleted).into()]);
        if let Some(completed) = completed {
            self.add("completed", &[(*completed).into()]);
        }
        for priority in priorities {
            self.add("priority", priority.as_str().as_bytes());
        }
        for tag in tags {
            self.add("tag", tag.as_str().as_bytes());
        }
        for (name, value) in metadata {
            self.add("metadata name", name.as_str().as_bytes());
            self.add("metadata value", value.as_str().as_bytes());
        }
        for id in ids {
            self.add("id", id.as_uuid().as_bytes());
        }
        if let Some(parent) = parent {
            let parent = parent.map(|id| id.as_uuid().into_bytes());
            self.add("parent", parent.as_ref().map_or(&[], |id| &id[..]));
        }
        if let Some(has_due) = has_due {
            self.add("has_due", &[(*has_due).into()]);
        }
        let due_before = (
            due_before.map(|due| due.instant),
            due_before.map(|due| due.wall),
        );
        let due_after = (
            due_after.map(|due| due.instant),
            due_after.map(|due| due.wall),
        );
        for (name, instant) in [
            ("due_before", due_before.0),
            ("due_before on the wall", due_before.1),
            ("due_after", due_after.0),
            ("due_after on the wall", due_after.1),
            ("updated_after", *updated_after),
            ("completed_before", *completed_before),
            ("completed_after", *completed_after),
        ] {
            if let Some(instant) = instant {
                self.add(name, &instant.as_micros().to_be_bytes());
            }
        }
        for word in words.iter() {
            self.add("word", word.as_bytes());
        }
    }

    fn sign(self) -> hmac::Tag {
        self.0.sign()
    }
}

fn value_bytes(value: &SortValue) -> Vec<u8> {
    match value {
        SortValue::Instant(instant) | SortValue::Due(Some(instant)) => {
            instant.as_micros().to_be_bytes().to_vec()
        }
        SortValue::Due(None) => Vec::new(),
        SortValue::Priority(priority) => priority.rank().to_be_bytes().to_vec(),
        SortValue::Title(key) => compress(key),
        SortValue::Position(key) => key.as_str().as_bytes().to_vec(),
        SortValue::Revision(revision) => revision.as_i64().to_be_bytes().to_vec(),
    }
}

fn read_value(key: SortKey, bytes: &[u8]) -> Option<SortValue> {
    let number = || bytes.try_into().ok().map(i64::from_be_bytes);
    let instant = || number().and_then(Timestamp::from_micros);
    match key {
        SortKey::CreatedAt | SortKey::UpdatedAt => instant().map(SortValue::Instant),
        SortKey::Due if bytes.is_empty() => Some(SortValue::Due(None)),
        SortKey::Due => instant().map(|due| SortValue::Due(Some(due))),
        SortKey::Priority => {
            let rank = i16::from_be_bytes(bytes.try_into().ok()?);
            Priority::from_rank(rank).map(SortValue::Priority)
        }
        SortKey::Title => decompress(bytes).map(SortValue::Title),
        SortKey::Position => {
            let key = OrderKey::parse(std::str::from_utf8(bytes).ok()?).ok()?;
            Some(SortValue::Position(key))
        }
        SortKey::Revision => number().and_then(Revision::new).map(SortValue::Revision),
    }
}

/// A title's key can be several times as long as the title; a cursor has at most 1,024 characters.
fn compress(key: &str) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    // Writing to memory cannot fail.
    let _ = encoder.write_all(key.as_bytes());
    encoder.finish().unwrap_or_default()
}

fn decompress(bytes: &[u8]) -> Option<String> {
    let mut key = String::new();
    DeflateDecoder::new(bytes).read_to_string(&mut key).ok()?;
    Some(key)
}

#[cfg(test)]
mod tests;
