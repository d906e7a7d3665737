//! Attacks on what a token claims.

use jsonwebtoken::Algorithm::{self, HS256};
use serde_json::json;

use super::Scene;
use crate::testing::{NOW, TestKey, claims, local_claims, with, without};

#[tokio::test]
async fn claims_of_the_wrong_type_or_value_are_refused() {
    let mut scene = Scene::new();
    let good = claims("a");
    for (name, value) in [
        ("exp", json!("1800000840")),
        ("exp", json!(null)),
        ("exp", json!([NOW + 840])),
        ("exp", json!(true)),
        ("exp", json!(-1)),
        ("exp", json!(-1.5)),
        ("exp", json!(1e300)),
        ("exp", json!(u64::MAX)),
        ("exp", json!(i64::MAX)),
        ("exp", json!(i64::MIN)),
        ("exp", json!(NOW - 5)),
        ("exp", json!(1_799_999_994.9)),
        ("exp", json!(0)),
        ("nbf", json!(NOW + 6)),
        ("nbf", json!(1_800_000_005.5)),
        ("nbf", json!("0")),
        ("nbf", json!(null)),
        ("nbf", json!(-1)),
        ("iat", json!(NOW + 6)),
        ("iat", json!("now")),
        ("iat", json!(1e18)),
        ("aud", json!("other")),
        ("aud", json!("Tasks")),
        ("aud", json!("tasks ")),
        ("aud", json!("tasks,other")),
        ("aud", json!("")),
        ("aud", json!([])),
        ("aud", json!(["other"])),
        ("aud", json!([["tasks"]])),
        ("aud", json!(["tasks", 1])),
        ("aud", json!({ "tasks": true })),
        ("aud", json!(null)),
        ("sub", json!("")),
        ("sub", json!(42)),
        ("sub", json!(null)),
        ("sub", json!(["user_2ab"])),
        ("sub", json!("x".repeat(256))),
        ("sub", json!("user\u{0}_2ab")),
        ("iss", json!(["https://a.example"])),
        ("iss", json!("https://a.example/")),
        ("iss", json!("https://A.example")),
        ("iss", json!("https://evil.example")),
        ("iss", json!("")),
        ("iss", json!(null)),
    ] {
        scene.with_payload(&with(good.clone(), name, value).to_string());
    }
    for name in ["iss", "sub", "aud", "exp"] {
        scene.with_payload(&without(good.clone(), name).to_string());
    }
    for payload in ["", "null", "[]", "\"text\"", "{}", "{", "{}{}"] {
        scene.with_payload(payload);
    }
    scene.with_payload(&format!("{good}{good}"));
    scene.with_payload(&format!("\u{feff}{good}"));
    scene.with_payload(&format!("[{good}]"));
    scene.play().await;
}

#[tokio::test]
async fn a_local_token_names_a_user_and_a_session() {
    let mut scene = Scene::new();
    let local = TestKey::local();
    for (name, value) in [
        ("sub", json!("user_2ab")),
        ("sub", json!("")),
        ("sid", json!("sess_1")),
        ("sid", json!(1)),
        ("sid", json!(null)),
        ("aud", json!("tasks")),
    ] {
        let token = local.token(HS256, None, &with(local_claims(), name, value.clone()));
        scene.attack(format!("{name} {value}"), token);
    }
    for algorithm in [Algorithm::HS384, Algorithm::HS512] {
        scene.attack(
            format!("{algorithm:?}"),
            local.token(algorithm, None, &local_claims()),
        );
    }
    scene.play().await;
}
