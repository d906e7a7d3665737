//! The users and tasks of a store that is measured. Ids follow from numbers, so that requests name
//! them without asking the store.

use anyhow::{Context, Result};
use chrono::{Days, NaiveDate};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::Violation;
use tasklane_domain::id::{TaskId, UserId};
use tasklane_domain::task::{
    Description, Due, Metadata, NewTask, Priority, Revision, Tag, Tags, Task, TaskDraft, Title,
};
use uuid::Uuid;

/// The most tasks of one user: with more, two tasks would have one id.
const MOST_TASKS: u32 = 1_000;

/// How the ids of users, and those of tasks, begin.
const USER_IDS: u128 = 0x0000_0000_0000_7000_8000_0000_0000_0000;
const TASK_IDS: u128 = 0x0000_0000_0000_7000_9000_0000_0000_0000;

/// 2026-01-01T00:00:00Z, when the first task was created, in microseconds since 1970.
const BEGINNING: i64 = 1_767_225_600_000_000;
const HOUR: i64 = 3_600_000_000;

/// How many there are.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Population {
    /// Users, numbered from 0
    #[arg(long)]
    pub users: u32,
    /// Tasks of each, numbered from 0
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub tasks: u32,
    /// How many of the users send requests
    #[arg(long)]
    pub active: u32,
}

/// The id of a user.
pub(crate) fn user_id(user: u32) -> UserId {
    UserId::new(Uuid::from_u128(USER_IDS | u128::from(user)))
}

/// The id of a user's task.
pub(crate) fn task_id(user: u32, task: u32) -> TaskId {
    let number = u64::from(user) * u64::from(MOST_TASKS) + u64::from(task);
    TaskId::new(Uuid::from_u128(TASK_IDS | u128::from(number)))
}

/// When a task was created: one every hour.
pub(crate) fn created_at(task: u32) -> Result<Timestamp> {
    let instant = Timestamp::from_micros(BEGINNING + i64::from(task) * HOUR);
    instant.context("an instant out of range")
}

/// A task of usual size: 40 characters of title and 120 of description, a date and two tags.
pub(crate) fn new_task(user: u32, task: u32) -> Result<NewTask> {
    Ok(NewTask {
        id: task_id(user, task),
        draft: draft(task)?,
        fingerprint: None,
    })
}

/// A task as a store holds it.
pub(crate) fn task(user: u32, task: u32) -> Result<Task> {
    let revision = Revision::new(i64::from(task) + 1).context("a revision")?;
    Ok(new_task(user, task)?.to_task(user_id(user).into(), revision, created_at(task)?))
}

fn draft(task: u32) -> Result<TaskDraft> {
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
        parent: None,
        position: None,
        metadata: Metadata::default(),
    })
}

fn due(task: u32) -> Result<Option<Due>> {
    let first = NaiveDate::from_ymd_opt(2026, 12, 1).context("a date")?;
    let date = first.checked_add_days(Days::new(u64::from(task % 365)));
    Ok(Some(Due::new(date.context("a date")?, None, None)?))
}

fn tags(texts: &[&str]) -> Result<Tags, Violation> {
    let tags: Result<Vec<_>, _> = texts.iter().map(|text| Tag::parse(text)).collect();
    Tags::new(tags?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_has_the_size_that_its_documentation_says() {
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
