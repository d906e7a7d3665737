use std::hint::black_box;

use anyhow::Result;
use tasklane_domain::page::{Position, SortValue, TaskQuery, decode_cursor, encode_cursor};

use super::Run;
use crate::population::{created_at, task_id, user_id};

fn position() -> Result<Position> {
    let value = SortValue::Instant(created_at(49)?);
    Ok(Position {
        value,
        id: task_id(7, 49),
    })
}

pub(super) fn write() -> Result<Run> {
    let (position, query) = (position()?, TaskQuery::default());
    Ok(Box::new(move || {
        black_box(encode_cursor(
            black_box(&position),
            user_id(7).into(),
            &query,
        ));
    }))
}

pub(super) fn read() -> Result<Run> {
    let query = TaskQuery::default();
    let cursor = encode_cursor(&position()?, user_id(7).into(), &query);
    decode_cursor(&cursor, user_id(7).into(), &query)?;
    Ok(Box::new(move || {
        let _ = black_box(decode_cursor(black_box(&cursor), user_id(7).into(), &query));
    }))
}
