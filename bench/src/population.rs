//! Who owns what in a store that is measured. Ids follow from numbers, so that requests and
//! statements name them without asking the store.

use chrono::{Days, NaiveDate};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::Violation;
use tasklane_domain::id::{TaskId, UserId};
use tasklane_domain::task::{
    Description, Due, NewTask, Priority, Revision, Tag, Tags, Task, TaskDraft, Title,
};
use uuid::Uuid;

use crate::Failure;

/// The most tasks of one user; their ids would meet beyond.
const MOST_TASKS: u32 = 1_000;

/// What all ids of users, and all ids of tasks, begin with.
pub(crate) const USER_IDS: u128 = 0x0000_0000_0000_7000_8000_0000_0000_0000;
pub(crate) const TASK_IDS: u128 = 0x0000_0000_0000_7000_9000_0000_0000_0000;

/// 2026-01-01T00:00:00Z, when the first task came to be, in microseconds since 1970.
const BEGINNING: i64 = 1_767_225_600_000_000;
const HOUR: i64 = 3_600_000_000;

/// How many there are.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Population {
    /// Users, who are numbered from 0
    #[arg(long, default_value_t = 1_000)]
    pub users: u32,
    /// Tasks of each, numbered from 0
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub tasks: u32,
    /// How many of the users send requests
    #[arg(long, default_value_t = 200)]
    pub active: u32,
}

/// The id of a user.
#[must_use]
pub fn user_id(user: u32) -> UserId {
    UserId::new(Uuid::from_u128(USER_IDS | u128::from(user)))
}

/// The id of a user's task.
#[must_use]
pub fn task_id(user: u32, task: u32) -> TaskId {
    let number = u64::from(user) * u64::from(MOST_TASKS) + u64::from(task);
    TaskId::new(Uuid::from_u128(TASK_IDS | u128::from(number)))
}

/// When a task came to be: one an hour.
///
/// # Errors
/// None with the numbers that a [`Population`] allows.
pub fn created_at(task: u32) -> Result<Timestamp, Failure> {
    let instant = Timestamp::from_micros(BEGINNING + i64::from(task) * HOUR);
    instant.ok_or_else(|| "an instant out of range".into())
}

/// A task of usual size: 40 characters of title and 120 of description, a date and two tags.
///
/// # Errors
/// None, unless a rule of the domain has become stricter.
pub fn new_task(user: u32, task: u32) -> Result<NewTask, Failure> {
    Ok(NewTask {
        id: task_id(user, task),
        draft: draft(task)?,
        fingerprint: None,
    })
}

/// A task as a store holds it.
///
/// # Errors
/// As [`new_task`].
pub fn task(user: u32, task: u32) -> Result<Task, Failure> {
    let revision = Revision::new(i64::from(task) + 1).ok_or("a revision")?;
    Ok(new_task(user, task)?.to_task(user_id(user).into(), revision, created_at(task)?))
}

fn draft(task: u32) -> Result<TaskDraft, Failure> {
    let title = format!("Ring the plumber about kitchen tap {task:05}");
    let description = format!(
        "The tap drips since the week before last, {task:05} drops an hour; ask what a new one \
         costs, and whether Friday is too early"
    );
    Ok(TaskDraft {
        title: Title::parse(&title)?,
        description: Description::parse(&description)?,
        completed: false,
        priority: Priority::High,
        due: due(task)?,
        tags: tags(&["home", "errands"])?,
    })
}

fn due(task: u32) -> Result<Option<Due>, Failure> {
    let first = NaiveDate::from_ymd_opt(2026, 12, 1).ok_or("a date")?;
    let date = first.checked_add_days(Days::new(u64::from(task % 365)));
    Ok(Some(Due::new(date.ok_or("a date")?, None, None)?))
}

fn tags(texts: &[&str]) -> Result<Tags, Violation> {
    let tags: Result<Vec<_>, _> = texts.iter().map(|text| Tag::parse(text)).collect();
    Tags::new(tags?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_of_the_size_that_is_promised() {
        let task = task(7, 999).unwrap();
        assert_eq!(task.title.as_str().len(), 40);
        assert_eq!(task.description.unwrap().as_str().len(), 120);
        assert_eq!(task.tags.len(), 2);
    }

    #[test]
    fn no_two_tasks_have_one_id() {
        assert_ne!(task_id(0, MOST_TASKS - 1), task_id(1, 0));
        assert_eq!(
            task_id(3, 5).to_string(),
            "00000000-0000-7000-9000-000000000bbd"
        );
    }
}
