use super::*;
use tasklane_domain::page::{PageLimit, Sort};
use tasklane_domain::task::Title;

fn cursors() -> Cursors {
    Cursors::new(&[7; 32])
}

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
            SortKey::Position,
            SortValue::Position(OrderKey::parse("a0V").unwrap()),
        ),
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
        let cursor = cursors().encode(&position, owner(1), &query(key));
        assert_eq!(
            cursors().decode(&cursor, owner(1), &query(key)),
            Ok(position)
        );
    }
}

#[test]
fn a_cursor_of_another_question_is_refused() {
    let (key, position) = positions().remove(0);
    let made_for = query(key);
    let cursor = cursors().encode(&position, owner(1), &made_for);
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
        assert_eq!(
            cursors().decode(&cursor, owner(1), &other),
            Err(InvalidCursor)
        );
    }
    assert_eq!(
        cursors().decode(&cursor, owner(2), &made_for),
        Err(InvalidCursor)
    );
    assert!(
        cursors()
            .decode(
                &cursor,
                owner(1),
                &TaskQuery {
                    limit: PageLimit::clamp(3),
                    ..made_for
                }
            )
            .is_ok()
    );
}

#[test]
fn a_cursor_of_another_key_or_with_a_flipped_bit_is_refused() {
    let (key, position) = positions().remove(0);
    let cursor = cursors().encode(&position, owner(1), &query(key));
    let others = Cursors::new(&[8; 32]);
    assert_eq!(
        others.decode(&cursor, owner(1), &query(key)),
        Err(InvalidCursor)
    );
    let bytes = URL_SAFE_NO_PAD.decode(&cursor).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let tampered = URL_SAFE_NO_PAD.encode(bytes);
        assert_eq!(
            cursors().decode(&tampered, owner(1), &query(key)),
            Err(InvalidCursor)
        );
    }
    for text in ["", "AAAA", "=", "ü", &"A".repeat(2000)] {
        assert_eq!(
            cursors().decode(text, owner(1), &query(key)),
            Err(InvalidCursor),
            "{text}"
        );
    }
}

#[test]
fn a_cursor_has_at_most_1024_characters_however_long_the_title_is() {
    let every = |from: u32, step: usize| -> String {
        let characters = (from..).filter_map(char::from_u32).step_by(step);
        characters.take(200).collect()
    };
    // Letters of four bytes, symbols that fold to words, and ligatures that fold to sentences.
    let titles = [
        every(0x2_0000, 97),
        every(0x1_F300, 3),
        every(0x3300, 1),
        every(0xFD50, 1),
        "\u{FDFA}".repeat(200),
    ];
    for title in titles {
        let key = Title::parse(title).unwrap().key();
        let value = SortValue::Title(key.clone());
        let id = TaskId::new(Uuid::from_u128(7));
        let position = Position { value, id };
        let cursor = cursors().encode(&position, owner(1), &query(SortKey::Title));
        assert!(
            cursor.len() <= 1024,
            "{} for {} bytes",
            cursor.len(),
            key.len()
        );
        let read = cursors().decode(&cursor, owner(1), &query(SortKey::Title));
        assert_eq!(read, Ok(position));
    }
}
