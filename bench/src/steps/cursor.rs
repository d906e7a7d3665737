use std::hint::black_box;

use anyhow::Result;
use tasklane_api::cursor::Cursors;
use tasklane_domain::page::{Position, SortValue, TaskQuery};

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
    let (cursors, position, query) = (Cursors::new(&[7; 32]), position()?, TaskQuery::default());
    Ok(Box::new(move || {
        black_box(cursors.encode(black_box(&position), user_id(7).into(), &query));
    }))
}

pub(super) fn read() -> Result<Run> {
    let (cursors, query) = (Cursors::new(&[7; 32]), TaskQuery::default());
    let cursor = cursors.encode(&position()?, user_id(7).into(), &query);
    cursors.decode(&cursor, user_id(7).into(), &query)?;
    Ok(Box::new(move || {
        let _ = black_box(cursors.decode(black_box(&cursor), user_id(7).into(), &query));
    }))
}
