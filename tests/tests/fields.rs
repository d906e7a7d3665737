//! What the fields of a task may contain, and that it comes back to the byte.

use macro_rules_attribute::apply;
use serde_json::{Value, json};
use tasklane_tests::app::App;
use tasklane_tests::both_stores;
use tasklane_tests::user::User;

/// Creates a task with one field more than the title.
async fn with_field(user: &User, field: &str, value: Value) -> Value {
    user.create(json!({ "title": "Task", (field): value }))
        .await[field]
        .clone()
}

/// The code with which a value of a field is refused, at exactly that field.
async fn refusal(user: &User, field: &str, value: &Value) -> String {
    let body = json!({ "title": "Task", (field): value });
    refusal_at(user, &body, &format!("/{field}")).await
}

async fn refusal_at(user: &User, body: &Value, pointer: &str) -> String {
    let problem = user
        .post("/api/tasks", body)
        .await
        .problem(422, "validation_failed");
    assert_eq!(problem.pointers(), [pointer], "{body}");
    problem.code_at(pointer).to_owned()
}

#[apply(both_stores)]
async fn text_is_kept_to_the_byte(app: &App) {
    let ada = app.user("ada").await;
    for title in [
        "two  spaces",
        "e\u{301}te\u{301} is not normalised",
        "𝒳 🦀 👩‍👩‍👧‍👦 \u{1F1EE}\u{1F1F9}",
        "\u{202e}right to left\u{202c} and \u{200b} zero width",
        "'; DROP TABLE tasks; -- \\ \" % _ ?  $1 :x",
        "\u{feff}byte order mark",
        "\u{fffd}\u{ffff}\u{10ffff}",
        "null",
    ] {
        assert_eq!(with_field(&ada, "title", json!(title)).await, title);
        assert_eq!(with_field(&ada, "description", json!(title)).await, title);
        assert_eq!(
            with_field(&ada, "tags", json!([title])).await,
            json!([title])
        );
    }
    let text = "  leading\r\n\ttabs and trailing \n\n\u{3000}";
    assert_eq!(with_field(&ada, "description", json!(text)).await, text);
    let kept = ada.tasks().await;
    assert_eq!(
        kept[0]["description"], text,
        "the list says the same as the answer"
    );
}

#[apply(both_stores)]
async fn white_space_around_titles_and_tags_is_dropped(app: &App) {
    let ada = app.user("ada").await;
    let spaced = "\u{3000}\u{a0} \tBuy  milk\r\n\u{2028}";
    assert_eq!(with_field(&ada, "title", json!(spaced)).await, "Buy  milk");
    assert_eq!(
        with_field(&ada, "tags", json!([spaced])).await,
        json!(["Buy  milk"])
    );
}

#[apply(both_stores)]
async fn a_blank_description_is_none(app: &App) {
    let ada = app.user("ada").await;
    for blank in ["", " ", "\n\t\r\n", "\u{2003}\u{3000}"] {
        assert_eq!(
            with_field(&ada, "description", json!(blank)).await,
            Value::Null
        );
    }
}

#[apply(both_stores)]
async fn lengths_are_counted_in_characters(app: &App) {
    let ada = app.user("ada").await;
    for character in ["a", "ü", "𝒳"] {
        let text = |length| json!(character.repeat(length));
        for (field, longest) in [("title", 200), ("description", 10_000)] {
            assert_eq!(with_field(&ada, field, text(longest)).await, text(longest));
            assert_eq!(refusal(&ada, field, &text(longest + 1)).await, "too_long");
        }
        assert_eq!(
            with_field(&ada, "tags", json!([text(50)])).await,
            json!([text(50)])
        );
        let long_tag = json!({ "title": "Task", "tags": ["fine", text(51)] });
        assert_eq!(refusal_at(&ada, &long_tag, "/tags/1").await, "too_long");
    }
    let body = json!({ "title": "a".repeat(201) });
    let problem = ada
        .post("/api/tasks", &body)
        .await
        .problem(422, "validation_failed");
    assert_eq!(problem.entry_at("/title")["params"], json!({ "max": 200 }));
}

#[apply(both_stores)]
async fn a_title_of_the_longest_length_may_be_spaced(app: &App) {
    let ada = app.user("ada").await;
    let title = format!("   {}   ", "𝒳".repeat(200));
    assert_eq!(with_field(&ada, "title", json!(title)).await, title.trim());
}

#[apply(both_stores)]
async fn a_title_is_required_and_not_blank(app: &App) {
    let ada = app.user("ada").await;
    for blank in ["", "  ", "\u{2003}\n"] {
        assert_eq!(refusal(&ada, "title", &json!(blank)).await, "too_short");
    }
    refusal(&ada, "title", &Value::Null).await;
    refusal_at(&ada, &json!({}), "/title").await;
    refusal_at(&ada, &json!({ "description": "No title" }), "/title").await;
}

#[apply(both_stores)]
async fn control_characters_are_refused(app: &App) {
    let ada = app.user("ada").await;
    for control in [
        "\0", "\u{1}", "\u{8}", "\u{b}", "\u{1b}", "\u{7f}", "\u{80}", "\u{85}", "\u{9f}",
    ] {
        let text = json!(format!("a{control}b"));
        assert_eq!(
            refusal(&ada, "title", &text).await,
            "control_character",
            "{control:?}"
        );
        assert_eq!(
            refusal(&ada, "description", &text).await,
            "control_character",
            "{control:?}"
        );
        let tagged = json!({ "title": "Task", "tags": [text] });
        assert_eq!(
            refusal_at(&ada, &tagged, "/tags/0").await,
            "control_character",
            "{control:?}"
        );
    }
    for line_break in ["\n", "\r", "\t"] {
        let text = json!(format!("a{line_break}b"));
        assert_eq!(
            refusal(&ada, "title", &text).await,
            "control_character",
            "{line_break:?}"
        );
        assert_eq!(with_field(&ada, "description", text.clone()).await, text);
    }
}

#[apply(both_stores)]
async fn nul_is_refused_everywhere(app: &App) {
    let ada = app.user("ada").await;
    let task = ada.create_titled("Task").await;
    let body = json!({
        "title": "\0", "description": "\0", "priority": "\0", "tags": ["\0"],
        "due": { "date": "\0", "time": "\0", "timezone": "\0" },
    });
    let all = [
        "/description",
        "/due/date",
        "/due/time",
        "/due/timezone",
        "/priority",
        "/tags/0",
        "/title",
    ];
    let problem = ada
        .post("/api/tasks", &body)
        .await
        .problem(422, "validation_failed");
    assert_eq!(problem.pointers(), all);
    let problem = ada
        .patch(&task.path(), &body)
        .await
        .problem(422, "validation_failed");
    assert_eq!(problem.pointers(), all);
    let problem = ada
        .put(&task.path(), &body)
        .await
        .problem(422, "validation_failed");
    assert_eq!(problem.pointers(), all);
    ada.post("/api/tasks", &json!({ "title": "Task", "\0": 1 }))
        .await
        .problem(422, "validation_failed");
    assert_eq!(ada.revision().await, 1);
}

#[apply(both_stores)]
async fn priorities_are_those_five(app: &App) {
    let ada = app.user("ada").await;
    for priority in ["none", "low", "medium", "high", "urgent"] {
        assert_eq!(
            with_field(&ada, "priority", json!(priority)).await,
            priority
        );
    }
    for bad in [
        json!("LOW"),
        json!(""),
        json!("highest"),
        json!(" low"),
        json!(1),
        json!(true),
    ] {
        refusal(&ada, "priority", &bad).await;
    }
}

#[apply(both_stores)]
async fn all_day_floating_and_zoned_stay_what_they_are(app: &App) {
    let ada = app.user("ada").await;
    for (time, timezone) in [
        (None, None),
        (Some("09:00"), None),
        (Some("09:00:00"), None),
        (Some("00:00"), None),
        (Some("23:59:59"), Some("UTC")),
        (Some("02:30"), Some("Europe/Rome")),
        (Some("09:00"), Some("America/Argentina/Buenos_Aires")),
    ] {
        // Days with a gap and with a fold in Rome, and the ends of the calendar.
        for date in [
            "2026-03-29",
            "2026-10-25",
            "0001-01-01",
            "9999-12-31",
            "2028-02-29",
        ] {
            let due = json!({ "date": date, "time": time, "timezone": timezone });
            assert_eq!(with_field(&ada, "due", due.clone()).await, due);
        }
    }
    let short = with_field(&ada, "due", json!({ "date": "2026-11-21" })).await;
    assert_eq!(
        short,
        json!({ "date": "2026-11-21", "time": null, "timezone": null })
    );
}

#[apply(both_stores)]
async fn what_is_no_due_date_is_refused_where_it_is_wrong(app: &App) {
    let ada = app.user("ada").await;
    let day = "2026-11-21";
    for (due, pointer) in [
        (json!({}), "/due/date"),
        (json!({ "time": "09:00" }), "/due/date"),
        (json!({ "date": null }), "/due/date"),
        (json!({ "date": "2026-02-30" }), "/due/date"),
        (json!({ "date": "21.11.2026" }), "/due/date"),
        (json!({ "date": "2026-11-21T09:00" }), "/due/date"),
        (json!({ "date": "0000-01-01" }), "/due/date"),
        (json!({ "date": "10000-01-01" }), "/due/date"),
        (json!({ "date": 20_261_121 }), "/due/date"),
        (json!({ "date": day, "time": "9:00" }), "/due/time"),
        (json!({ "date": day, "time": "24:00" }), "/due/time"),
        (json!({ "date": day, "time": "09:00:60" }), "/due/time"),
        (json!({ "date": day, "time": "09:00Z" }), "/due/time"),
        (json!({ "date": day, "time": "" }), "/due/time"),
        (
            json!({ "date": day, "time": "09:00", "timezone": "Europe/Atlantis" }),
            "/due/timezone",
        ),
        (
            json!({ "date": day, "time": "09:00", "timezone": "+01:00" }),
            "/due/timezone",
        ),
        (
            json!({ "date": day, "time": "09:00", "timezone": "" }),
            "/due/timezone",
        ),
        (
            json!({ "date": day, "timezone": "Europe/Rome" }),
            "/due/timezone",
        ),
        (json!({ "date": day, "zone": "Europe/Rome" }), "/due/zone"),
        (json!("2026-11-21"), "/due"),
        (json!([]), "/due"),
        (json!(false), "/due"),
    ] {
        refusal_at(&ada, &json!({ "title": "Task", "due": due }), pointer).await;
    }
}

#[apply(both_stores)]
async fn tags_keep_their_order_and_fold_their_repetitions(app: &App) {
    let ada = app.user("ada").await;
    let given = json!([
        "Work",
        "été",
        " work ",
        "ÉTÉ",
        "ete",
        "Straße",
        "STRASSE",
        "e\u{301}te\u{301}"
    ]);
    let kept = with_field(&ada, "tags", given).await;
    assert_eq!(kept, json!(["Work", "été", "ete", "Straße"]));
}

#[apply(both_stores)]
async fn twenty_tags_are_the_most_and_each_has_text(app: &App) {
    let ada = app.user("ada").await;
    let names = |count: usize| {
        json!(
            (0..count)
                .map(|number| number.to_string())
                .collect::<Vec<_>>()
        )
    };
    assert_eq!(with_field(&ada, "tags", names(20)).await, names(20));
    assert_eq!(refusal(&ada, "tags", &names(21)).await, "too_many");
    let blank = json!({ "title": "Task", "tags": ["a", " ", "b"] });
    assert_eq!(refusal_at(&ada, &blank, "/tags/1").await, "too_short");
    refusal_at(
        &ada,
        &json!({ "title": "Task", "tags": ["a", null] }),
        "/tags/1",
    )
    .await;
    refusal(&ada, "tags", &json!("home")).await;
    refusal(&ada, "tags", &json!({ "0": "home" })).await;
}

#[apply(both_stores)]
async fn null_and_absent_both_mean_the_default(app: &App) {
    let ada = app.user("ada").await;
    let nulls = json!({
        "title": "Task", "description": null, "completed": null, "priority": null, "due": null,
        "tags": null,
    });
    let (with, without) = (ada.create(nulls).await, ada.create_titled("Task").await);
    for member in [
        "description",
        "completed",
        "completed_at",
        "priority",
        "due",
        "tags",
    ] {
        assert_eq!(with[member], without[member], "{member}");
    }
}

#[apply(both_stores)]
async fn what_the_server_sets_is_unknown_in_a_body(app: &App) {
    let ada = app.user("ada").await;
    let task = ada.create_titled("Task").await;
    let body = task.clone().into_document();
    let set_by_server = [
        "/completed_at",
        "/created_at",
        "/deleted_at",
        "/id",
        "/owner_id",
        "/revision",
        "/updated_at",
    ];
    for answer in [
        ada.post("/api/tasks", &body).await,
        ada.put(&task.path(), &body).await,
        ada.patch(&task.path(), &body).await,
    ] {
        assert_eq!(
            answer.problem(422, "validation_failed").pointers(),
            set_by_server
        );
    }
    assert_eq!(ada.tasks().await, [task]);
}
