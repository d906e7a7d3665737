//! Recurrence rules and the days that they make.

use macro_rules_attribute::apply;
use serde_json::{Value, json};
use tasklane_tests::app::App;
use tasklane_tests::both_stores;
use tasklane_tests::user::User;

const PREVIEW: &str = "/api/recurrence/preview";

async fn preview(user: &User, body: Value) -> Value {
    user.post(PREVIEW, &body).await.is(200).json()
}

/// The days of a rule for a task that is due on 2026-11-30, a Monday.
async fn days(user: &User, recurrence: Value) -> Value {
    let due = json!({ "date": "2026-11-30" });
    preview(
        user,
        json!({ "due": due, "recurrence": recurrence, "limit": 3 }),
    )
    .await["dates"]
        .clone()
}

#[apply(both_stores)]
async fn a_rule_comes_back_filled_in_with_its_days(app: &App) {
    let ada = app.user("ada").await;
    let due = json!({ "date": "2026-10-31", "time": "08:00", "timezone": "Europe/Rome" });
    let shown = preview(
        &ada,
        json!({ "due": due, "recurrence": { "frequency": "monthly" }, "limit": 5 }),
    );
    let expected = json!({
        "recurrence": {
            "frequency": "monthly", "interval": 1, "by_day": [], "by_month_day": [31], "by_month": [],
            "by_set_position": [], "first_day_of_week": "mo", "skip": "backward", "from": "today",
            "start": "2026-10-31", "until": null, "count": null,
        },
        "dates": ["2026-10-31", "2026-11-30", "2026-12-31", "2027-01-31", "2027-02-28"],
    });
    assert_eq!(shown.await, expected);
    let again = json!({ "due": { "date": "2027-02-28" }, "recurrence": expected["recurrence"] });
    assert_eq!(
        preview(&ada, again).await["recurrence"],
        expected["recurrence"]
    );
}

#[apply(both_stores)]
async fn the_usual_rules_have_the_expected_days(app: &App) {
    let ada = app.user("ada").await;
    let weekdays = json!(["mo", "tu", "we", "th", "fr"]);
    for (rule, expected) in [
        (
            json!({ "frequency": "weekly", "by_day": weekdays, "start": "2026-12-04" }),
            ["2026-12-04", "2026-12-07", "2026-12-08"],
        ),
        (
            json!({ "frequency": "weekly", "interval": 2 }),
            ["2026-11-30", "2026-12-14", "2026-12-28"],
        ),
        (
            json!({ "frequency": "monthly", "by_day": [{ "day": "fr", "nth": -1 }] }),
            ["2026-12-25", "2027-01-29", "2027-02-26"],
        ),
        (
            json!({ "frequency": "monthly", "by_day": weekdays, "by_set_position": [-1] }),
            ["2026-11-30", "2026-12-31", "2027-01-29"],
        ),
        (
            json!({ "frequency": "yearly", "by_month": [2], "by_month_day": [29], "skip": "omit" }),
            ["2028-02-29", "2032-02-29", "2036-02-29"],
        ),
        (
            json!({ "frequency": "daily", "interval": 3.0, "from": "completion", "by_day": null }),
            ["2026-11-30", "2026-12-03", "2026-12-06"],
        ),
    ] {
        assert_eq!(days(&ada, rule.clone()).await, json!(expected), "{rule}");
    }
}

#[apply(both_stores)]
async fn days_end_with_the_rule_and_begin_after_a_day(app: &App) {
    let ada = app.user("ada").await;
    let shown = async |recurrence: Value, after: Value, limit: Value| {
        let body = json!({
            "due": { "date": "2026-12-09" }, "recurrence": recurrence, "after": after, "limit": limit,
        });
        preview(&ada, body).await["dates"].clone()
    };
    let weekly = json!({ "frequency": "weekly", "start": "2026-11-30" });
    let ten = shown(weekly.clone(), json!(null), json!(null)).await;
    assert_eq!(ten.as_array().map(Vec::len), Some(10));
    let after = shown(weekly, json!("2026-12-07"), json!(1)).await;
    assert_eq!(after, json!(["2026-12-14"]));
    // The task itself, due on a Wednesday, is one of the two that are left.
    let counted = json!({ "frequency": "weekly", "start": "2026-11-30", "count": 2 });
    let expected = json!(["2026-11-30", "2026-12-07", "2026-12-14"]);
    assert_eq!(shown(counted, json!(null), json!(100)).await, expected);
    let ended = json!({ "frequency": "daily", "until": "2020-01-01" });
    assert_eq!(shown(ended, json!(null), json!(null)).await, json!([]));
    let never =
        json!({ "frequency": "yearly", "by_month": [2], "by_month_day": [30], "skip": "omit" });
    assert_eq!(shown(never, json!(null), json!(null)).await, json!([]));
}

#[apply(both_stores)]
async fn everything_that_is_wrong_is_named_by_its_member(app: &App) {
    let ada = app.user("ada").await;
    let body = json!({
        "due": { "date": "2026-11-30", "timezone": "Europe/Rome" },
        "recurrence": {
            "frequency": "weekly", "by_day": ["mo", { "day": "tu", "nth": 1 }], "by_month_day": [1, 1],
            "by_set_position": [1], "until": "2027-01-01", "count": 3,
        },
        "limit": 101,
    });
    let answer = ada.post(PREVIEW, &body).await;
    let problem = answer.problem(422, "validation_failed");
    let mut found: Vec<(&str, &str)> = problem
        .errors()
        .iter()
        .map(|error| {
            (
                error["pointer"].as_str().unwrap(),
                error["code"].as_str().unwrap(),
            )
        })
        .collect();
    found.sort_unstable();
    let expected = [
        ("/due/timezone", "needs_time"),
        ("/limit", "out_of_range"),
        ("/recurrence/by_day", "mixed"),
        ("/recurrence/by_day", "not_allowed"),
        ("/recurrence/by_month_day", "duplicate"),
        ("/recurrence/by_month_day", "not_allowed"),
        ("/recurrence/by_set_position", "not_allowed"),
        ("/recurrence/count", "exclusive"),
    ];
    assert_eq!(found, expected);
}

#[apply(both_stores)]
async fn each_value_has_its_limits(app: &App) {
    let ada = app.user("ada").await;
    for (member, value, pointer, code) in [
        (
            "frequency",
            json!("hourly"),
            "/recurrence/frequency",
            "unknown_value",
        ),
        (
            "frequency",
            json!(null),
            "/recurrence/frequency",
            "required",
        ),
        ("interval", json!(0), "/recurrence/interval", "out_of_range"),
        (
            "interval",
            json!(1000),
            "/recurrence/interval",
            "out_of_range",
        ),
        ("interval", json!("1"), "/recurrence/interval", "wrong_type"),
        (
            "by_day",
            json!(["mo", "Monday"]),
            "/recurrence/by_day/1",
            "unknown_value",
        ),
        (
            "by_day",
            json!([{ "day": "mo", "nth": 6 }]),
            "/recurrence/by_day/0/nth",
            "out_of_range",
        ),
        (
            "by_day",
            json!([{ "nth": 1 }]),
            "/recurrence/by_day/0/day",
            "required",
        ),
        (
            "by_day",
            json!(["mo", "mo"]),
            "/recurrence/by_day",
            "duplicate",
        ),
        (
            "by_month_day",
            json!([1, 0]),
            "/recurrence/by_month_day/1",
            "out_of_range",
        ),
        (
            "by_month",
            json!([13]),
            "/recurrence/by_month/0",
            "out_of_range",
        ),
        (
            "by_set_position",
            json!([1]),
            "/recurrence/by_set_position",
            "needs_days",
        ),
        ("count", json!(10_000), "/recurrence/count", "out_of_range"),
        (
            "start",
            json!("tomorrow"),
            "/recurrence/start",
            "invalid_date",
        ),
        (
            "by_year_day",
            json!([1]),
            "/recurrence/by_year_day",
            "unknown_field",
        ),
    ] {
        let mut recurrence = json!({ "frequency": "monthly" });
        recurrence[member] = value.clone();
        let body = json!({ "due": { "date": "2026-11-30" }, "recurrence": recurrence });
        let answer = ada.post(PREVIEW, &body).await;
        let problem = answer.problem(422, "validation_failed");
        let error = &problem.errors()[0];
        assert_eq!(
            (&error["pointer"], &error["code"]),
            (&json!(pointer), &json!(code)),
            "{member} {value}"
        );
    }
}

#[apply(both_stores)]
async fn a_preview_needs_a_token_and_a_due_date(app: &App) {
    let body = json!({ "recurrence": { "frequency": "daily" } });
    let stranger = app.anonymous().post(PREVIEW, &body).await;
    stranger.problem(401, "unauthenticated");
    let ada = app.user("ada").await;
    let answer = ada.post(PREVIEW, &body).await;
    let problem = answer.problem(422, "validation_failed");
    assert_eq!(problem.pointers(), ["/due"]);
}
