//! What the list can be asked for: every filter, the search, and every order.

use macro_rules_attribute::apply;
use serde_json::{Value, json};
use tasklane_tests::app::App;
use tasklane_tests::both_stores;
use tasklane_tests::task::Task;
use tasklane_tests::user::User;
use uuid::Uuid;

/// The titles of all live tasks that a query finds, over pages of two.
async fn found(user: &User, query: &[(&str, &str)]) -> Vec<String> {
    let tasks = user.walk_with("/api/tasks?limit=2", query).await;
    tasks.iter().map(|task| task.title().to_owned()).collect()
}

async fn found_by_title(user: &User, query: &[(&str, &str)]) -> Vec<String> {
    let mut query = query.to_vec();
    query.push(("sort", "title"));
    found(user, &query).await
}

async fn create(user: &User, title: &str, mut fields: Value) -> Task {
    fields["title"] = json!(title);
    user.create(fields).await
}

async fn refused(user: &User, name: &str, value: &str) {
    let answer = user.get("/api/tasks").query(name, value).await;
    let problem = answer.problem(400, "invalid_parameter");
    assert_eq!(problem.parameters(), [name], "{value:?}");
}

#[apply(both_stores)]
async fn tasks_are_found_by_completion(app: &App) {
    let ada = app.user("ada").await;
    create(&ada, "a", json!({ "completed": true })).await;
    create(&ada, "b", json!({})).await;
    create(&ada, "c", json!({ "completed": true })).await;
    assert_eq!(
        found_by_title(&ada, &[("completed", "true")]).await,
        ["a", "c"]
    );
    assert_eq!(found_by_title(&ada, &[("completed", "false")]).await, ["b"]);
    for bad in ["", "yes", "1", "TRUE", "true,false"] {
        refused(&ada, "completed", bad).await;
    }
}

#[apply(both_stores)]
async fn tasks_are_found_by_any_of_some_priorities(app: &App) {
    let ada = app.user("ada").await;
    for priority in ["none", "low", "medium", "high", "urgent"] {
        create(&ada, priority, json!({ "priority": priority })).await;
    }
    assert_eq!(
        found_by_title(&ada, &[("priority", "high")]).await,
        ["high"]
    );
    let several = found_by_title(&ada, &[("priority", "urgent,none,low")]).await;
    assert_eq!(several, ["low", "none", "urgent"]);
    for bad in ["", "worst", "high,worst", "HIGH", "high,", ",high"] {
        refused(&ada, "priority", bad).await;
    }
}

#[apply(both_stores)]
async fn tasks_are_found_by_all_of_some_tags(app: &App) {
    let ada = app.user("ada").await;
    create(&ada, "a", json!({ "tags": ["Home", "été"] })).await;
    create(&ada, "b", json!({ "tags": ["home", "work"] })).await;
    create(
        &ada,
        "c",
        json!({ "tags": ["homework", "ete", "100%", "a_b", "comma,ted"] }),
    )
    .await;
    create(&ada, "d", json!({})).await;
    assert_eq!(found_by_title(&ada, &[("tag", "home")]).await, ["a", "b"]);
    assert_eq!(
        found_by_title(&ada, &[("tag", "HOME"), ("tag", "work")]).await,
        ["b"]
    );
    assert_eq!(
        found_by_title(&ada, &[("tag", "ÉTÉ")]).await,
        ["a"],
        "accents count"
    );
    assert_eq!(found_by_title(&ada, &[("tag", "ete")]).await, ["c"]);
    assert_eq!(found_by_title(&ada, &[("tag", " home ")]).await, ["a", "b"]);
    assert_eq!(found_by_title(&ada, &[("tag", "100%")]).await, ["c"]);
    assert_eq!(found_by_title(&ada, &[("tag", "comma,ted")]).await, ["c"]);
    for none in ["hom", "ome", "%", "_", "a%b", "axb", "home,work"] {
        assert_eq!(found(&ada, &[("tag", none)]).await, [""; 0], "{none}");
    }
}

#[apply(both_stores)]
async fn tasks_are_found_by_when_they_are_due(app: &App) {
    let ada = app.user("ada").await;
    create(
        &ada,
        "a all day",
        json!({ "due": { "date": "2026-11-21" } }),
    )
    .await;
    create(
        &ada,
        "b floating",
        json!({ "due": { "date": "2026-11-21", "time": "09:00" } }),
    )
    .await;
    let rome = json!({ "date": "2026-11-21", "time": "09:00", "timezone": "Europe/Rome" });
    create(&ada, "c zoned, 08:00 UTC", json!({ "due": rome })).await;
    create(&ada, "d some day", json!({})).await;
    let letters = async |query: &[(&str, &str)]| -> String {
        let titles = found_by_title(&ada, query).await;
        titles.iter().map(|title| &title[..1]).collect()
    };
    assert_eq!(
        letters(&[("due_after", "2026-11-21")]).await,
        "abc",
        "the bound is included"
    );
    assert_eq!(
        letters(&[("due_before", "2026-11-21")]).await,
        "",
        "the bound is excluded"
    );
    assert_eq!(letters(&[("due_before", "2026-11-22")]).await, "abc");
    assert_eq!(
        letters(&[("due_before", "2026-11-21T08:00:00Z")]).await,
        "a"
    );
    assert_eq!(
        letters(&[("due_before", "2026-11-21T08:00:00.000001Z")]).await,
        "ac"
    );
    assert_eq!(
        letters(&[("due_after", "2026-11-21T08:00:00Z")]).await,
        "bc"
    );
    assert_eq!(
        letters(&[("due_after", "2026-11-21T09:00:00+01:00")]).await,
        "bc"
    );
    assert_eq!(
        letters(&[("due_after", "2026-11-21T08:00:00.1Z")]).await,
        "b"
    );
    let both = [
        ("due_after", "2026-11-21T01:00:00Z"),
        ("due_before", "2026-11-21T08:30:00Z"),
    ];
    assert_eq!(letters(&both).await, "c");
    for name in ["due_before", "due_after"] {
        for bad in [
            "",
            "today",
            "2026-02-30",
            "2026-11-21T08:00",
            "2026-11-21 08:00:00",
            "1700000000",
        ] {
            refused(&ada, name, bad).await;
        }
    }
}

#[apply(both_stores)]
async fn today_is_what_a_person_in_the_zone_calls_it(app: &App) {
    let ada = app.user("ada").await;
    for (title, due) in [
        ("a all day", json!({ "date": "2026-11-28" })),
        (
            "b floating",
            json!({ "date": "2026-11-28", "time": "15:00" }),
        ),
        (
            "c here",
            json!({ "date": "2026-11-28", "time": "09:00", "timezone": "Pacific/Auckland" }),
        ),
        (
            "d elsewhere",
            json!({ "date": "2026-11-27", "time": "12:00", "timezone": "Europe/Rome" }),
        ),
        (
            "e yesterday",
            json!({ "date": "2026-11-27", "time": "23:59" }),
        ),
        ("f tomorrow", json!({ "date": "2026-11-29" })),
        (
            "g tomorrow here",
            json!({ "date": "2026-11-28", "time": "12:00", "timezone": "Europe/Rome" }),
        ),
    ] {
        create(&ada, title, json!({ "due": due })).await;
    }
    let today = [
        ("due_after", "2026-11-28"),
        ("due_before", "2026-11-29"),
        ("timezone", "Pacific/Auckland"),
    ];
    let titles = found_by_title(&ada, &today).await;
    assert_eq!(titles, ["a all day", "b floating", "c here", "d elsewhere"]);
    // An instant is seen from there, too: 04:00 on the wall.
    let later = [
        ("due_after", "2026-11-27T15:00:00Z"),
        ("due_before", "2026-11-29"),
        ("timezone", "Pacific/Auckland"),
    ];
    let titles = found_by_title(&ada, &later).await;
    assert_eq!(titles, ["b floating", "c here"]);
    for bad in ["", "Auckland", "+13:00"] {
        refused(&ada, "timezone", bad).await;
    }
}

#[apply(both_stores)]
async fn tasks_are_found_by_id_due_date_change_and_completion(app: &App) {
    let ada = app.user("ada").await;
    let one = create(&ada, "One", json!({ "due": { "date": "2026-11-21" } })).await;
    let two = create(&ada, "Two", json!({})).await;
    let three = create(&ada, "Three", json!({ "completed": true })).await;
    let ids = format!("{},{},{}", one.id(), three.id().to_uppercase(), Uuid::nil());
    assert_eq!(
        found_by_title(&ada, &[("ids", &ids)]).await,
        ["One", "Three"]
    );
    assert_eq!(found_by_title(&ada, &[("due", "some")]).await, ["One"]);
    assert_eq!(
        found_by_title(&ada, &[("due", "none")]).await,
        ["Three", "Two"]
    );

    let completed_at = three["completed_at"].as_str().unwrap();
    let completed = |name| [(name, completed_at)];
    assert_eq!(
        found_by_title(&ada, &completed("completed_after")).await,
        ["Three"]
    );
    assert_eq!(
        found_by_title(&ada, &completed("completed_before")).await,
        [""; 0]
    );
    let toggled = ada.toggle(&two.path()).await.is(200).task();
    assert_eq!(
        found_by_title(&ada, &completed("completed_after")).await,
        ["Three", "Two"]
    );
    let toggled_at = toggled["updated_at"].as_str().unwrap();
    assert_eq!(
        found_by_title(&ada, &[("updated_after", toggled_at)]).await,
        ["Two"]
    );
    assert_eq!(
        found_by_title(&ada, &[("completed_before", toggled_at)]).await,
        ["Three"]
    );

    let many = vec![one.id(); 101].join(",");
    for (name, bad) in [
        ("ids", ""),
        ("ids", "x"),
        ("ids", &many),
        ("due", "yes"),
        ("updated_after", "now"),
        ("completed_before", ""),
        ("completed_after", "2026-13-01"),
    ] {
        refused(&ada, name, bad).await;
    }
}

#[apply(both_stores)]
async fn a_summary_counts_what_there_is(app: &App) {
    let ada = app.user("ada").await;
    for (title, fields) in [
        (
            "Long ago",
            json!({ "due": { "date": "2001-01-01" }, "tags": ["Home"], "priority": "high" }),
        ),
        ("Some day", json!({ "tags": ["home", "Été"] })),
        ("Far away", json!({ "due": { "date": "9999-12-31" } })),
        ("Done", json!({ "completed": true, "tags": ["home"] })),
    ] {
        create(&ada, title, fields).await;
    }
    let trashed = create(&ada, "Trashed", json!({ "tags": ["home"] })).await;
    ada.delete(&trashed.path()).await.is(204);
    let path = "/api/tasks/summary?timezone=Pacific/Auckland";
    let answer = ada.get(path).await.is(200);
    let expected = json!({
        "revision": 6, "open": 3, "completed": 1, "overdue": 1, "today": 0, "upcoming": 0,
        "no_date": 1, "trashed": 1,
        "tags": [{ "tag": "Home", "open": 2 }, { "tag": "Été", "open": 1 }],
        "priorities": { "none": 2, "low": 0, "medium": 0, "high": 1, "urgent": 0 },
    });
    assert_eq!(answer.json(), expected);
    let tag = answer.etag();
    let known = async |path: &str| ada.get(path).header("if-none-match", &tag).await;
    known(path).await.is(304);
    known("/api/tasks/summary?timezone=Pacific/Honolulu")
        .await
        .is(200);
    ada.create_titled("New").await;
    assert_eq!(known(path).await.is(200).json()["open"], 4);
    for (query, name) in [("timezone=x", "timezone"), ("zone=UTC", "zone")] {
        let answer = ada.get(&format!("/api/tasks/summary?{query}")).await;
        answer.problem(400, "invalid_parameter").names(name);
    }
}

#[apply(both_stores)]
async fn every_word_of_a_search_must_occur_somewhere(app: &App) {
    let ada = app.user("ada").await;
    let description = json!({ "description": "At the CRÈMERIE, 100% fresh_milk\nor none" });
    create(&ada, "Buy Milk", description).await;
    create(&ada, "Größe messen", json!({ "tags": ["Maß", "Été"] })).await;
    create(&ada, "100 things", json!({})).await;
    let milk = ["Buy Milk"];
    for words in [
        "milk",
        "MILK buy",
        "  uy\tilk ",
        "cremerie",
        "Crème milk",
        "100%",
        "h_m",
        "none buy",
        "ＭＩＬＫ",
    ] {
        assert_eq!(found(&ada, &[("q", words)]).await, milk, "{words}");
    }
    for words in ["grosse", "GRÖSSE", "mass ete", "größe été"] {
        assert_eq!(
            found(&ada, &[("q", words)]).await,
            ["Größe messen"],
            "{words}"
        );
    }
    for words in [
        "milk bread",
        "buy%milk",
        "m_lk",
        "100_",
        "milkbuy",
        "\\",
        "'",
        "maßete",
    ] {
        assert_eq!(found(&ada, &[("q", words)]).await, [""; 0], "{words}");
    }
    for blank in ["", "  ", "\u{3000}"] {
        assert_eq!(found(&ada, &[("q", blank)]).await.len(), 3, "{blank:?}");
    }
    assert_eq!(found(&ada, &[("q", &"ü".repeat(200))]).await.len(), 0);
    refused(&ada, "q", &"ü".repeat(201)).await;
    refused(&ada, "q", "\0").await;
}

#[apply(both_stores)]
async fn filters_hold_together(app: &App) {
    let ada = app.user("ada").await;
    let wanted = json!({
        "priority": "high", "tags": ["home"], "completed": true, "due": { "date": "2026-11-21" },
    });
    create(&ada, "wanted", wanted.clone()).await;
    for (field, other) in [
        ("priority", json!("low")),
        ("tags", json!(["work"])),
        ("completed", json!(false)),
        ("due", json!({ "date": "2026-11-22" })),
    ] {
        let mut fields = wanted.clone();
        fields[field] = other;
        create(&ada, &format!("wanted but for its {field}"), fields).await;
    }
    let query = [
        ("priority", "high,urgent"),
        ("tag", "home"),
        ("completed", "true"),
        ("due_before", "2026-11-22"),
        ("due_after", "2026-11-21"),
        ("q", "want"),
    ];
    assert_eq!(found(&ada, &query).await, ["wanted"]);
}

#[apply(both_stores)]
async fn titles_are_ordered_without_case_and_accents(app: &App) {
    let ada = app.user("ada").await;
    for title in ["b", "É", "A", "ž", "a b", "𝒳", "Zz", "10", "9", "d"] {
        create(&ada, title, json!({})).await;
    }
    // By the bytes of the folded title: 𝒳 folds to x.
    let ascending = ["10", "9", "A", "a b", "b", "d", "É", "𝒳", "ž", "Zz"];
    assert_eq!(found(&ada, &[("sort", "title")]).await, ascending);
    let mut descending = ascending;
    descending.reverse();
    assert_eq!(found(&ada, &[("sort", "-title")]).await, descending);
}

#[apply(both_stores)]
async fn tasks_without_a_due_date_come_last_both_ways(app: &App) {
    let ada = app.user("ada").await;
    create(&ada, "never 1", json!({})).await;
    create(
        &ada,
        "late",
        json!({ "due": { "date": "2026-11-21", "time": "09:00" } }),
    )
    .await;
    create(&ada, "early", json!({ "due": { "date": "0001-01-01" } })).await;
    create(&ada, "never 2", json!({})).await;
    let zoned = json!({ "date": "2026-11-21", "time": "09:00", "timezone": "Asia/Tokyo" });
    create(&ada, "middle", json!({ "due": zoned })).await;
    create(&ada, "never 3", json!({})).await;
    let ascending = ["early", "middle", "late", "never 1", "never 2", "never 3"];
    assert_eq!(found(&ada, &[("sort", "due")]).await, ascending);
    let descending = ["late", "middle", "early", "never 3", "never 2", "never 1"];
    assert_eq!(found(&ada, &[("sort", "-due")]).await, descending);
}

#[apply(both_stores)]
async fn priorities_are_ordered_by_weight_and_then_by_id(app: &App) {
    let ada = app.user("ada").await;
    for (title, priority) in [
        ("1", "high"),
        ("2", "none"),
        ("3", "urgent"),
        ("4", "high"),
        ("5", "low"),
        ("6", "medium"),
    ] {
        create(&ada, title, json!({ "priority": priority })).await;
    }
    assert_eq!(
        found(&ada, &[("sort", "priority")]).await,
        ["2", "5", "6", "1", "4", "3"]
    );
    assert_eq!(
        found(&ada, &[("sort", "-priority")]).await,
        ["3", "4", "1", "6", "5", "2"]
    );
}

#[apply(both_stores)]
async fn tasks_are_ordered_by_their_times_and_revisions(app: &App) {
    let ada = app.user("ada").await;
    for title in ["1", "2", "3"] {
        create(&ada, title, json!({})).await;
    }
    let first = ada.tasks().await.pop().unwrap();
    ada.toggle(&first.path()).await.is(200);
    assert_eq!(
        found(&ada, &[("sort", "created_at")]).await,
        ["1", "2", "3"]
    );
    assert_eq!(
        found(&ada, &[("sort", "-created_at")]).await,
        ["3", "2", "1"]
    );
    for key in ["updated_at", "revision"] {
        assert_eq!(
            found(&ada, &[("sort", key)]).await,
            ["2", "3", "1"],
            "{key}"
        );
        let descending = format!("-{key}");
        assert_eq!(
            found(&ada, &[("sort", &descending)]).await,
            ["1", "3", "2"],
            "{key}"
        );
    }
    for bad in [
        "",
        "-",
        "id",
        "TITLE",
        "+title",
        "--title",
        "title,due",
        "title desc",
    ] {
        refused(&ada, "sort", bad).await;
    }
}

#[apply(both_stores)]
async fn equal_keys_are_ordered_by_id_in_the_same_direction(app: &App) {
    let ada = app.user("ada").await;
    for _ in 0..5 {
        create(
            &ada,
            "same",
            json!({ "due": { "date": "2026-11-21" }, "priority": "low" }),
        )
        .await;
    }
    for key in ["title", "due", "priority"] {
        let ids = async |sort: &str| -> Vec<String> {
            let tasks = ada.walk(&format!("/api/tasks?limit=2&sort={sort}")).await;
            tasks.iter().map(|task| task.id().to_owned()).collect()
        };
        let mut ascending = ids(key).await;
        assert!(
            ascending.is_sorted() && ascending.len() == 5,
            "{key}: {ascending:?}"
        );
        ascending.reverse();
        assert_eq!(ids(&format!("-{key}")).await, ascending, "{key}");
    }
}
