//! Whatever a list is asked with, it answers with a page or says which parameter is wrong.

use macro_rules_attribute::apply;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tasklane_tests::answer::Answer;
use tasklane_tests::app::App;
use tasklane_tests::both_stores;
use tasklane_tests::user::User;

/// The same queries each time: what fails once can be looked at.
const SEED: u64 = 20_261_121;
const QUERIES: usize = 1_000;

const PARAMETERS: [&str; 16] = [
    "limit",
    "cursor",
    "completed",
    "priority",
    "tag",
    "due_before",
    "due_after",
    "due",
    "updated_after",
    "completed_before",
    "completed_after",
    "timezone",
    "ids",
    "q",
    "deleted",
    "sort",
];

/// What is right for one parameter or another, and what is right for none.
const VALUES: [&str; 52] = [
    "1",
    "50",
    "100",
    "0",
    "101",
    "-1",
    "1e2",
    "0x10",
    "٣",
    "9223372036854775808",
    "true",
    "false",
    "True",
    "1 ",
    "null",
    "low",
    "low,high",
    "none,low,medium,high,urgent",
    "low,",
    ",",
    "LOW",
    "low,low",
    "2026-11-21",
    "2026-11-21T10:00:00Z",
    "2026-11-21T10:00:00+14:00",
    "2026-02-30",
    "0000-01-01",
    "+262142-12-31",
    "-262143-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999Z",
    "2026-11-21T24:00:00Z",
    "none",
    "some",
    "Pacific/Apia",
    "0193a5c8-7e2b-7c4d-9f10-6b1a2c3d4e5f",
    "title",
    "-title",
    "--title",
    "due",
    "-due",
    "priority",
    "-revision",
    "created_at; DROP TABLE tasks",
    "' OR 1=1 --",
    "%",
    "_",
    "\\",
    "",
    " ",
    "é",
    "e\u{301}",
    "𝒳",
];

fn value(chance: &mut StdRng) -> String {
    match chance.random_range(0..10) {
        0 => "x".repeat(chance.random_range(1..3000)),
        1 => (0..chance.random_range(1..40))
            .map(|_| char::from_u32(chance.random_range(0..0x1_1000)).unwrap_or('\u{fffd}'))
            .collect(),
        _ => VALUES[chance.random_range(0..VALUES.len())].to_owned(),
    }
}

fn query(chance: &mut StdRng, cursors: &[String]) -> Vec<(&'static str, String)> {
    (0..chance.random_range(1..5))
        .map(|_| {
            let name = PARAMETERS[chance.random_range(0..PARAMETERS.len())];
            let value = if name == "cursor" && chance.random() {
                cursors[chance.random_range(0..cursors.len())].clone()
            } else {
                value(chance)
            };
            (name, value)
        })
        .collect()
}

async fn fill(user: &User) {
    for number in 0..30 {
        let priority = ["none", "low", "urgent"][number % 3];
        let tags = &["home", "été"][..=number % 2];
        let date = format!("2026-11-{:02}", number % 28 + 1);
        let due = (number % 4 > 0).then(|| json!({ "date": date }));
        let task = json!({
            "title": format!("{number} Größe % _ \\ 'x'"),
            "priority": priority,
            "tags": tags,
            "due": due,
            "completed": number % 5 == 0,
        });
        let task = user.create(task).await;
        if number % 6 == 0 {
            user.delete(&task.path()).await.is(204);
        }
    }
}

/// Cursors of several orders: right for some of the queries.
async fn cursors(user: &User) -> Vec<String> {
    let mut cursors = Vec::new();
    for sort in [
        "-created_at",
        "title",
        "due",
        "-due",
        "-revision",
        "priority",
    ] {
        let page = user.get(&format!("/api/tasks?limit=2&sort={sort}")).await;
        let page = page.is(200).json();
        cursors.push(page["next_cursor"].as_str().unwrap().to_owned());
    }
    cursors
}

/// A page of the caller's own tasks that is no longer than was asked for.
fn assert_page(answer: &Answer, user: &User, query: &[(&str, String)]) {
    let page = answer.json();
    let items = page["items"].as_array().unwrap();
    let limit = query.iter().find(|(name, _)| *name == "limit");
    let limit = limit.map_or(50, |(_, limit)| limit.parse().unwrap());
    assert!(items.len() <= limit, "{query:?}");
    assert!(items.iter().all(|task| task["owner_id"] == user.id()));
    let deleted = query
        .iter()
        .any(|(name, value)| *name == "deleted" && value == "true");
    let in_trash = |task: &Value| !task["deleted_at"].is_null();
    assert!(
        items.iter().all(|task| in_trash(task) == deleted),
        "{query:?}"
    );
}

#[apply(both_stores)]
async fn every_query_gives_a_page_or_names_what_is_wrong(app: &App) {
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    fill(&ada).await;
    fill(&bob).await;
    let mut cursors = cursors(&ada).await;
    cursors.extend(self::cursors(&bob).await);
    let mut chance = StdRng::seed_from_u64(SEED);
    let (mut pages, mut refusals) = (0, 0);
    for _ in 0..QUERIES {
        let query = query(&mut chance, &cursors);
        let mut call = ada.get("/api/tasks");
        for (name, value) in &query {
            call = call.query(name, value);
        }
        let answer = call.await;
        match answer.status() {
            200 => {
                assert_page(&answer, &ada, &query);
                pages += 1;
            }
            400 => {
                let problem = answer.document();
                if problem["code"] != "invalid_cursor" {
                    assert_eq!(problem["code"], "invalid_parameter", "{query:?}");
                    let named = problem["errors"].as_array().unwrap();
                    let is_there =
                        |error: &Value| query.iter().any(|(name, _)| error["parameter"] == *name);
                    assert!(!named.is_empty() && named.iter().all(is_there), "{problem}");
                }
                refusals += 1;
            }
            status => panic!("{status} for {query:?}"),
        }
    }
    assert!(
        pages > 50 && refusals > 50,
        "{pages} pages, {refusals} refusals"
    );
}
