use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;

use super::{DueBound, ListVersion};
use crate::clock::Timestamp;
use crate::task::{Due, Priority, Tag, Tags, Task};

/// The days that follow today and count as upcoming.
const UPCOMING_DAYS: u64 = 7;

/// What a summary is made of, all of it of one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// The state that it shows.
    pub version: ListVersion,
    /// How many live tasks are completed.
    pub completed: u64,
    /// How many tasks are in the trash.
    pub trashed: u64,
    /// Each live task that is open, in any order.
    pub open: Vec<OpenTask>,
}

/// What a summary counts of an open task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenTask {
    /// When it is due.
    pub due: Option<Due>,
    /// Its priority.
    pub priority: Priority,
    /// Its tags.
    pub tags: Tags,
}

impl Tally {
    /// The tally of an owner's tasks, those in the trash included.
    #[must_use]
    pub fn of<'a>(version: ListVersion, tasks: impl IntoIterator<Item = &'a Task>) -> Self {
        let mut tally = Self {
            version,
            ..Self::default()
        };
        for task in tasks {
            match (task.is_deleted(), task.is_completed()) {
                (true, _) => tally.trashed += 1,
                (false, true) => tally.completed += 1,
                (false, false) => tally.open.push(OpenTask {
                    due: task.due.clone(),
                    priority: task.priority,
                    tags: task.tags.clone(),
                }),
            }
        }
        tally
    }
}

/// A day in a time zone, and those around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Today {
    date: NaiveDate,
    zone: Tz,
}

impl Today {
    /// The day that an instant is on in a time zone.
    #[must_use]
    pub fn at(instant: Timestamp, zone: Tz) -> Self {
        let date = instant.as_datetime().with_timezone(&zone).date_naive();
        Self { date, zone }
    }

    /// The date.
    #[must_use]
    pub fn date(self) -> NaiveDate {
        self.date
    }

    /// The time zone.
    #[must_use]
    pub fn zone(self) -> Tz {
        self.zone
    }

    fn start_after(self, days: u64) -> DueBound {
        let date = self.date.checked_add_days(Days::new(days));
        DueBound::start_of(date.unwrap_or(NaiveDate::MAX), self.zone)
    }
}

/// The numbers that badges and sidebars show.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// The state that they show.
    pub version: ListVersion,
    /// Live tasks that are open.
    pub open: u64,
    /// Live tasks that are completed.
    pub completed: u64,
    /// Open tasks that are due before today.
    pub overdue: u64,
    /// Open tasks that are due today, at any time of it.
    pub today: u64,
    /// Open tasks that are due within the seven days after today.
    pub upcoming: u64,
    /// Open tasks without a due date.
    pub no_date: u64,
    /// Tasks in the trash.
    pub trashed: u64,
    /// Open tasks by tag, in the order of the tags' keys. Tags with one key count together, under the
    /// spelling that most of them have.
    pub tags: Vec<(Tag, u64)>,
    /// Open tasks by priority; one that no task has is missing.
    pub priorities: BTreeMap<Priority, u64>,
}

impl Summary {
    /// Counts what there is, as it is today.
    #[must_use]
    pub fn of(tally: &Tally, today: Today) -> Self {
        let starts = [0, 1, 1 + UPCOMING_DAYS].map(|days| today.start_after(days));
        let mut summary = Self {
            version: tally.version,
            open: tally.open.len() as u64,
            completed: tally.completed,
            trashed: tally.trashed,
            tags: count_tags(&tally.open),
            ..Self::default()
        };
        for task in &tally.open {
            *summary.priorities.entry(task.priority).or_default() += 1;
            let Some(due) = &task.due else {
                summary.no_date += 1;
                continue;
            };
            let at = due.instant();
            match starts.iter().position(|start| at < start.of(due)) {
                Some(0) => summary.overdue += 1,
                Some(1) => summary.today += 1,
                Some(_) => summary.upcoming += 1,
                None => {}
            }
        }
        summary
    }
}

fn count_tags(tasks: &[OpenTask]) -> Vec<(Tag, u64)> {
    let mut spellings: BTreeMap<String, BTreeMap<&str, (&Tag, u64)>> = BTreeMap::new();
    for tag in tasks.iter().flat_map(|task| task.tags.iter()) {
        let spellings = spellings.entry(tag.key().as_str().to_owned()).or_default();
        spellings.entry(tag.as_str()).or_insert((tag, 0)).1 += 1;
    }
    let counts = spellings.into_values().filter_map(|spellings| {
        let open = spellings.values().map(|(_, count)| count).sum();
        // Of equals, the first by its bytes.
        let (tag, _) = spellings
            .into_values()
            .rev()
            .max_by_key(|(_, count)| *count)?;
        Some((tag.clone(), open))
    });
    counts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::{parse_date, parse_timezone};

    fn open(date: &str, time: Option<&str>, zone: Option<&str>) -> OpenTask {
        let time = time.map(|time| time.parse().unwrap());
        let zone = zone.map(|zone| parse_timezone(zone).unwrap());
        OpenTask {
            due: Some(Due::new(parse_date(date).unwrap(), time, zone).unwrap()),
            priority: Priority::None,
            tags: Tags::default(),
        }
    }

    fn tagged(labels: &[&str]) -> OpenTask {
        let tags = labels.iter().map(|label| Tag::parse(label).unwrap());
        OpenTask {
            due: None,
            priority: Priority::High,
            tags: Tags::new(tags.collect()).unwrap(),
        }
    }

    /// 11:30 in Auckland on 2026-11-29, the day before in UTC.
    fn today(zone: &str) -> Today {
        let instant = Timestamp::from_micros(1_795_905_000_000_000).unwrap();
        Today::at(instant, parse_timezone(zone).unwrap())
    }

    #[test]
    fn a_day_is_that_of_the_zone() {
        assert_eq!(today("Pacific/Auckland").date().to_string(), "2026-11-29");
        assert_eq!(today("UTC").date().to_string(), "2026-11-28");
    }

    #[test]
    fn due_dates_count_on_the_day_that_they_have_in_the_zone() {
        let tally = Tally {
            open: vec![
                open("2026-11-28", None, None),
                open("2026-11-28", Some("09:00"), Some("Europe/Rome")),
                open("2026-11-29", None, None),
                open("2026-11-29", Some("23:59"), None),
                open("2026-11-28", Some("12:00"), Some("Europe/Rome")),
                open("2026-11-30", None, None),
                open("2026-12-06", Some("23:59"), None),
                open("2026-12-07", None, None),
            ],
            ..Tally::default()
        };
        let summary = Summary::of(&tally, today("Pacific/Auckland"));
        let counts = [
            summary.overdue,
            summary.today,
            summary.upcoming,
            summary.no_date,
        ];
        assert_eq!((counts, summary.open), ([2, 3, 2, 0], 8));
    }

    #[test]
    fn tags_of_one_key_count_together_under_the_usual_spelling() {
        let tally = Tally {
            open: vec![
                tagged(&["home", "b"]),
                tagged(&["Home"]),
                tagged(&["Home", "B"]),
            ],
            ..Tally::default()
        };
        let summary = Summary::of(&tally, today("UTC"));
        let tags: Vec<_> = summary
            .tags
            .iter()
            .map(|(tag, open)| (tag.as_str(), *open))
            .collect();
        assert_eq!(tags, [("B", 2), ("Home", 3)]);
        assert_eq!(summary.priorities, BTreeMap::from([(Priority::High, 3)]));
        assert_eq!(summary.no_date, 3);
    }
}
