//! Cursors: a position, made opaque and tied to the question that it belongs to.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Position, SortKey, SortValue, TaskQuery};
use crate::clock::Timestamp;
use crate::id::{OwnerId, TaskId};
use crate::task::{Priority, Revision};

const SEAL_LENGTH: usize = 8;
const ID_LENGTH: usize = 16;

/// A cursor that does not belong to the question, or is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cursor does not belong to this list")]
pub struct InvalidCursor;

/// Writes the place where the next page begins, as URL-safe base64 text.
///
/// The seal in front ties it to owner, filter and sort. It is no secret: the cursor grants nothing,
/// since every query names its owner.
#[must_use]
pub fn encode_cursor(position: &Position, owner: OwnerId, query: &TaskQuery) -> String {
    let mut place = position.id.as_uuid().into_bytes().to_vec();
    match &position.value {
        SortValue::Instant(instant) | SortValue::Due(Some(instant)) => {
            place.extend(instant.as_micros().to_be_bytes());
        }
        SortValue::Due(None) => {}
        SortValue::Priority(priority) => place.extend(priority.rank().to_be_bytes()),
        SortValue::Title(key) => place.extend(key.bytes()),
        SortValue::Revision(revision) => place.extend(revision.as_i64().to_be_bytes()),
    }
    let mut bytes = seal(&place, owner, query).to_vec();
    bytes.extend(place);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads a cursor that [`encode_cursor`] wrote for the same owner, filter and sort.
///
/// # Errors
/// It was made for something else, or by somebody else.
pub fn decode_cursor(
    text: &str,
    owner: OwnerId,
    query: &TaskQuery,
) -> Result<Position, InvalidCursor> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidCursor)?;
    let (sealed, place) = bytes.split_at_checked(SEAL_LENGTH).ok_or(InvalidCursor)?;
    if sealed != seal(place, owner, query) {
        return Err(InvalidCursor);
    }
    let (id, value) = place.split_at_checked(ID_LENGTH).ok_or(InvalidCursor)?;
    let id = TaskId::new(Uuid::from_slice(id).map_err(|_| InvalidCursor)?);
    let value = decode_value(query.sort.key, value).ok_or(InvalidCursor)?;
    Ok(Position { value, id })
}

fn decode_value(key: SortKey, bytes: &[u8]) -> Option<SortValue> {
    let number = || bytes.try_into().ok().map(i64::from_be_bytes);
    match key {
        SortKey::CreatedAt | SortKey::UpdatedAt => number()
            .and_then(Timestamp::from_micros)
            .map(SortValue::Instant),
        SortKey::Due if bytes.is_empty() => Some(SortValue::Due(None)),
        SortKey::Due => number()
            .and_then(Timestamp::from_micros)
            .map(|due| SortValue::Due(Some(due))),
        SortKey::Priority => {
            let rank = i16::from_be_bytes(bytes.try_into().ok()?);
            Priority::from_rank(rank).map(SortValue::Priority)
        }
        SortKey::Title => String::from_utf8(bytes.to_vec()).ok().map(SortValue::Title),
        SortKey::Revision => number().and_then(Revision::new).map(SortValue::Revision),
    }
}

fn seal(place: &[u8], owner: OwnerId, query: &TaskQuery) -> [u8; SEAL_LENGTH] {
    let filter = &query.filter;
    let digest = Sha256::new()
        .chain_update(owner.as_uuid().as_bytes())
        .chain_update(format!("{:?}{:?}", query.sort, filter))
        .chain_update([0])
        .chain_update(place)
        .finalize();
    let mut seal = [0; SEAL_LENGTH];
    seal.copy_from_slice(&digest[..SEAL_LENGTH]);
    seal
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::{Sort, TaskFilter};

    fn owner(number: u128) -> OwnerId {
        OwnerId::new(Uuid::from_u128(number))
    }

    fn query(key: SortKey) -> TaskQuery {
        TaskQuery {
            sort: Sort {
                key,
                descending: true,
            },
            ..TaskQuery::default()
        }
    }

    fn positions() -> Vec<(SortKey, Position)> {
        let id = TaskId::new(Uuid::from_u128(7));
        let instant = Timestamp::from_micros(1_700_000_000_000_001).unwrap();
        [
            (SortKey::CreatedAt, SortValue::Instant(instant)),
            (SortKey::UpdatedAt, SortValue::Instant(instant)),
            (SortKey::Due, SortValue::Due(Some(instant))),
            (SortKey::Due, SortValue::Due(None)),
            (SortKey::Priority, SortValue::Priority(Priority::High)),
            (SortKey::Title, SortValue::Title("été".to_owned())),
            (
                SortKey::Revision,
                SortValue::Revision(Revision::new(42).unwrap()),
            ),
        ]
        .map(|(key, value)| (key, Position { value, id }))
        .to_vec()
    }

    #[test]
    fn a_cursor_leads_back_to_its_position() {
        for (key, position) in positions() {
            let cursor = encode_cursor(&position, owner(1), &query(key));
            assert_eq!(decode_cursor(&cursor, owner(1), &query(key)), Ok(position));
        }
    }

    #[test]
    fn a_cursor_of_another_question_is_refused() {
        let (key, position) = positions().remove(0);
        let made_for = query(key);
        let cursor = encode_cursor(&position, owner(1), &made_for);
        let other_filter = TaskFilter {
            completed: Some(true),
            ..TaskFilter::default()
        };
        let others = [
            TaskQuery {
                filter: other_filter,
                ..made_for.clone()
            },
            TaskQuery {
                sort: Sort {
                    key,
                    descending: false,
                },
                ..made_for.clone()
            },
            query(SortKey::UpdatedAt),
        ];
        for other in others {
            assert_eq!(decode_cursor(&cursor, owner(1), &other), Err(InvalidCursor));
        }
        assert_eq!(
            decode_cursor(&cursor, owner(2), &made_for),
            Err(InvalidCursor)
        );
        assert!(
            decode_cursor(
                &cursor,
                owner(1),
                &TaskQuery {
                    limit: crate::page::PageLimit::new(3).unwrap(),
                    ..made_for
                }
            )
            .is_ok()
        );
    }

    proptest::proptest! {
        #[test]
        fn no_text_and_no_flipped_bit_is_taken_for_a_cursor(text in ".*", bit in 0_usize..256) {
            let (key, position) = positions().remove(0);
            proptest::prop_assert!(decode_cursor(&text, owner(1), &query(key)).is_err());
            let mut bytes =
                URL_SAFE_NO_PAD.decode(encode_cursor(&position, owner(1), &query(key))).unwrap();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let tampered = URL_SAFE_NO_PAD.encode(bytes);
            proptest::prop_assert!(decode_cursor(&tampered, owner(1), &query(key)).is_err());
        }
    }
}
