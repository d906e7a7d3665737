//! What lists contain and in which order, spelt out case by case; [`super::walks`] compares whole
//! lists with a model.

use tasklane_domain::clock::Timestamp;
use tasklane_domain::page::{
    DueBound, ListVersion, PageLimit, Sort, SortKey, TaskFilter, TaskPage, TaskQuery,
};
use tasklane_domain::search::SearchWords;
use tasklane_domain::task::{Tag, Task, TaskDraft, parse_timezone};

use super::TaskStore as Stores;
use super::test_user::TestUser;
use crate::builders::{a_description, a_draft, a_task_id, delete, due, page_limit, tags, toggle};

pub(super) fn titles(tasks: &[Task]) -> Vec<&str> {
    tasks.iter().map(|task| task.title.as_str()).collect()
}

pub(super) fn by(key: SortKey, descending: bool) -> TaskQuery {
    TaskQuery {
        sort: Sort { key, descending },
        limit: PageLimit::MAX,
        ..TaskQuery::default()
    }
}

/// The titles of the tasks that match, in the order in which they were made.
async fn matches(actor: &TestUser, filter: TaskFilter) -> Vec<String> {
    let query = TaskQuery {
        filter,
        ..by(SortKey::Revision, false)
    };
    let page = actor.list(&query).await;
    titles(&page.items).into_iter().map(str::to_owned).collect()
}

fn search(text: &str) -> TaskFilter {
    TaskFilter {
        words: SearchWords::parse(text).expect("a short text"),
        ..TaskFilter::default()
    }
}

fn tagged(texts: &[&str]) -> TaskFilter {
    let keys = texts
        .iter()
        .map(|text| Tag::parse(text).expect("a valid tag").key());
    TaskFilter {
        tags: keys.collect(),
        ..TaskFilter::default()
    }
}

/// The newest come first when nothing else is said, and the page knows the owner's version.
pub async fn the_newest_come_first(stores: &Stores) {
    let actor = TestUser::federated(stores);
    for title in ["First", "Second", "Third"] {
        actor.create(a_draft(title)).await;
    }
    let page = actor.list(&TaskQuery::default()).await;
    assert_eq!(titles(&page.items), ["Third", "Second", "First"]);
    assert_eq!((page.next, page.version), (None, actor.version().await));
}

/// A user who does not exist, or has no tasks any more, has an empty list.
pub async fn an_empty_list_is_one_empty_page(stores: &Stores) {
    let actor = TestUser::federated(stores);
    for key in SortKey::ALL {
        let page = actor.list(&by(key, true)).await;
        let empty = TaskPage {
            items: vec![],
            next: None,
            version: ListVersion::default(),
        };
        assert_eq!(page, empty);
    }
    let task = actor.create(a_draft("Deleted")).await;
    let deleted = actor.write(delete(task.id)).await;
    let page = actor.list(&TaskQuery::default()).await;
    assert_eq!(
        (page.items, page.version.revision),
        (vec![], deleted.revision)
    );
}

/// A page that is exactly full and the last one says that it is the last one.
pub async fn an_exactly_full_last_page_has_no_next(stores: &Stores) {
    let actor = TestUser::federated(stores);
    for index in 0..6 {
        actor.create(a_draft(&format!("Task {index}"))).await;
    }
    for key in SortKey::ALL {
        let query = TaskQuery {
            limit: page_limit(3),
            ..by(key, false)
        };
        let first = actor.list(&query).await;
        assert_eq!((first.items.len(), first.next.is_some()), (3, true));
        let second = actor
            .list(&TaskQuery {
                after: first.next,
                ..query
            })
            .await;
        assert_eq!((second.items.len(), second.next), (3, None));
    }
}

/// Words are found without regard to case and accents, anywhere in title, description or tags.
pub async fn words_are_found_whatever_their_case_and_accents(stores: &Stores) {
    let actor = TestUser::federated(stores);
    actor.create(a_draft("ÄRGER in der Straße")).await;
    let described = TaskDraft {
        description: Some(a_description("Crème\nbrûlée")),
        tags: tags(&["Été", "Über morgen"]),
        ..a_draft("Dessert")
    };
    actor.create(described).await;
    actor.create(a_draft("ﬁne Ｆｕｌｌ Ελλάς Привет")).await;
    let (arger, dessert, fine) = (
        "ÄRGER in der Straße",
        "Dessert",
        "ﬁne Ｆｕｌｌ Ελλάς Привет",
    );
    for (text, found) in [
        ("arger", vec![arger]),
        ("STRASSE", vec![arger]),
        ("straße ärger", vec![arger]),
        ("rge ras", vec![arger]),
        ("creme BRULEE", vec![dessert]),
        ("dessert ete creme uber", vec![dessert]),
        ("ber mor", vec![dessert]),
        ("fine full", vec![fine]),
        ("ΕΛΛΑΣ привет", vec![fine]),
        ("ss", vec![arger, dessert]),
        ("dessert strasse", vec![]),
        ("cremebrulee", vec![]),
        ("etedessert", vec![]),
        ("  ", vec![arger, dessert, fine]),
    ] {
        assert_eq!(
            matches(&actor, search(text)).await,
            found,
            "searched for {text:?}"
        );
    }
}

/// What is a wildcard or an operator elsewhere is a character here.
pub async fn wildcards_in_words_are_plain_characters(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let all = [
        "100% sure",
        "1000 sure",
        "under_score",
        "underXscore",
        "back\\slash",
        "a*b?c[d]",
        "it's \"so\"",
    ];
    for title in all {
        actor.create(a_draft(title)).await;
    }
    for (text, found) in [
        ("100%", "100% sure"),
        ("%", "100% sure"),
        ("0%", "100% sure"),
        ("r_s", "under_score"),
        ("_", "under_score"),
        ("\\", "back\\slash"),
        ("k\\s", "back\\slash"),
        ("a*b?c[d]", "a*b?c[d]"),
        ("?", "a*b?c[d]"),
        ("'", "it's \"so\""),
        ("\"so\"", "it's \"so\""),
    ] {
        assert_eq!(
            matches(&actor, search(text)).await,
            [found],
            "searched for {text:?}"
        );
    }
    assert_eq!(matches(&actor, search("%%")).await, Vec::<String>::new());
    assert_eq!(matches(&actor, search("\\_")).await, Vec::<String>::new());
}

/// Every tag must be there as a whole; case does not matter, accents do.
pub async fn tags_match_as_a_whole_without_case(stores: &Stores) {
    let actor = TestUser::federated(stores);
    for (title, labels) in [
        ("both", &["Home", "Été"][..]),
        ("home", &["home"]),
        ("homework", &["homework", "at home"]),
        ("ete", &["ete", "100%", "a_b", "c\\d", "x,y", "\"q\""]),
        ("none", &[]),
    ] {
        actor
            .create(TaskDraft {
                tags: tags(labels),
                ..a_draft(title)
            })
            .await;
    }
    for (wanted, found) in [
        (&["HOME"][..], vec!["both", "home"]),
        (&["home", "été"], vec!["both"]),
        (&["ÉTÉ"], vec!["both"]),
        (&["E\u{301}TE\u{301}"], vec!["both"]),
        (&["ete"], vec!["ete"]),
        (&["at home"], vec!["homework"]),
        (&["hom"], vec![]),
        (&["%"], vec![]),
        (&["100%", "A_B", "C\\D", "X,Y", "\"Q\""], vec!["ete"]),
        (&["a%b"], vec![]),
        (&["home", "absent"], vec![]),
        (&[], vec!["both", "home", "homework", "ete", "none"]),
    ] {
        assert_eq!(
            matches(&actor, tagged(wanted)).await,
            found,
            "tagged {wanted:?}"
        );
    }
}

/// `due_before` excludes its instant, `due_after` includes it, and neither finds undated tasks.
pub async fn due_limits_are_exclusive_and_inclusive(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let date = due("2026-11-21", Some("09:00"), Some("Europe/Rome"));
    let at = date.instant();
    actor
        .create(TaskDraft {
            due: Some(date),
            ..a_draft("Due")
        })
        .await;
    actor.create(a_draft("Undated")).await;
    let shifted = |micros| Timestamp::from_micros(at.as_micros() + micros).map(DueBound::from);
    for (micros, before, after) in [(-1, false, true), (0, false, true), (1, true, false)] {
        let filter = TaskFilter {
            due_before: shifted(micros),
            ..TaskFilter::default()
        };
        assert_eq!(
            matches(&actor, filter).await.len(),
            usize::from(before),
            "before, by {micros}"
        );
        let filter = TaskFilter {
            due_after: shifted(micros),
            ..TaskFilter::default()
        };
        assert_eq!(
            matches(&actor, filter).await.len(),
            usize::from(after),
            "after, by {micros}"
        );
    }
    let exactly = TaskFilter {
        due_before: shifted(1),
        due_after: shifted(0),
        ..TaskFilter::default()
    };
    assert_eq!(matches(&actor, exactly).await, ["Due"]);
}

/// Instants far from any due date are limits like others.
pub async fn due_limits_may_be_far_away(stores: &Stores) {
    let actor = TestUser::federated(stores);
    for date in ["0001-01-01", "9999-12-31"] {
        actor
            .create(TaskDraft {
                due: Some(due(date, None, None)),
                ..a_draft(date)
            })
            .await;
    }
    let day = |date| Some(due(date, None, None).instant().into());
    let early = TaskFilter {
        due_before: day("9999-12-31"),
        ..TaskFilter::default()
    };
    assert_eq!(matches(&actor, early).await, ["0001-01-01"]);
    let late = TaskFilter {
        due_after: day("0001-01-02"),
        ..TaskFilter::default()
    };
    assert_eq!(matches(&actor, late).await, ["9999-12-31"]);
    let all = TaskFilter {
        due_after: day("0001-01-01"),
        ..TaskFilter::default()
    };
    assert_eq!(matches(&actor, all).await.len(), 2);
}

/// Seen from a time zone, zoned tasks are compared by their instant, all others by the wall.
pub async fn due_limits_follow_clock_and_calendar_of_a_place(stores: &Stores) {
    let actor = TestUser::federated(stores);
    for (title, date, time, zone) in [
        ("all day", "2026-11-28", None, None),
        ("floating", "2026-11-28", Some("15:00"), None),
        (
            "here",
            "2026-11-28",
            Some("23:30"),
            Some("Pacific/Auckland"),
        ),
        (
            "elsewhere",
            "2026-11-27",
            Some("12:00"),
            Some("Europe/Rome"),
        ),
        ("all day before", "2026-11-27", None, None),
        ("floating before", "2026-11-27", Some("23:59"), None),
        (
            "elsewhere before",
            "2026-11-27",
            Some("11:59"),
            Some("Europe/Rome"),
        ),
        ("all day after", "2026-11-29", None, None),
        (
            "elsewhere after",
            "2026-11-28",
            Some("12:00"),
            Some("Europe/Rome"),
        ),
    ] {
        let due = Some(due(date, time, zone));
        actor
            .create(TaskDraft {
                due,
                ..a_draft(title)
            })
            .await;
    }
    let zone = parse_timezone("Pacific/Auckland").expect("a time zone");
    let start = |date| Some(DueBound::start_of(due(date, None, None).date(), zone));
    let today = TaskFilter {
        due_after: start("2026-11-28"),
        due_before: start("2026-11-29"),
        ..TaskFilter::default()
    };
    let mut found = matches(&actor, today).await;
    found.sort_unstable();
    assert_eq!(found, ["all day", "elsewhere", "floating", "here"]);
}

/// Only the tasks that are named are found, and what names no task finds nothing.
pub async fn ids_choose_tasks(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let one = actor.create(a_draft("One")).await;
    let two = actor.create(a_draft("Two")).await;
    actor.create(a_draft("Three")).await;
    let trashed = actor.create(a_draft("Trashed")).await;
    actor.write(delete(trashed.id)).await;
    for (ids, found) in [
        (vec![one.id, two.id], vec!["One", "Two"]),
        (vec![two.id, a_task_id(), trashed.id], vec!["Two"]),
        (vec![a_task_id()], vec![]),
    ] {
        let filter = TaskFilter {
            ids,
            ..TaskFilter::default()
        };
        let mut titles = matches(&actor, filter).await;
        titles.sort_unstable();
        assert_eq!(titles, found);
    }
}

/// Filters of every kind follow the task through its changes.
pub async fn filters_follow_the_changes_of_a_task(stores: &Stores) {
    let actor = TestUser::federated(stores);
    let task = actor
        .create(TaskDraft {
            tags: tags(&["home"]),
            ..a_draft("Buy milk")
        })
        .await;
    let done = || TaskFilter {
        completed: Some(true),
        ..TaskFilter::default()
    };
    assert!(matches(&actor, done()).await.is_empty());
    actor.write(toggle(task.id)).await;
    assert_eq!(matches(&actor, done()).await, ["Buy milk"]);
    let patch = tasklane_domain::task::TaskPatch::replace_with(TaskDraft {
        description: Some(a_description("Écru")),
        tags: tags(&["work"]),
        ..a_draft("Paint")
    });
    actor.write(crate::builders::update(task.id, patch)).await;
    for gone in [done(), search("milk"), tagged(&["home"])] {
        assert!(matches(&actor, gone).await.is_empty());
    }
    for found in [search("paint ecru work"), tagged(&["work"])] {
        assert_eq!(matches(&actor, found).await, ["Paint"]);
    }
    actor.write(delete(task.id)).await;
    let deleted = TaskFilter {
        deleted: true,
        ..search("ecru")
    };
    assert_eq!(matches(&actor, deleted).await, ["Paint"]);
    assert!(matches(&actor, search("ecru")).await.is_empty());
}
