//! The task page that the server brings: served whole, cached well, and in nobody's way.

use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;
use tasklane_tests::answer::Answer;
use tasklane_tests::app::App;
use tasklane_tests::both_stores;
use tasklane_tests::program::SECRET;
use tasklane_tests::store::Store;

/// What the page is made of beside its assets, whose names change with their content.
const PARTS: [(&str, &str); 4] = [
    ("/config.json", "application/json"),
    ("/icon.svg", "image/svg+xml"),
    ("/manifest.webmanifest", "application/manifest+json"),
    ("/sw.js", "text/javascript; charset=utf-8"),
];

/// What is behind a tag's `src` or `href`, as a path of the server.
fn linked(html: &str) -> Vec<String> {
    let attributes = [" src=\"", " href=\""];
    let values = attributes
        .iter()
        .flat_map(|attribute| html.split(attribute).skip(1));
    values
        .filter_map(|rest| rest.split('"').next())
        .map(|value| value.trim_start_matches('.').to_owned())
        .collect()
}

#[track_caller]
fn assert_served(answer: &Answer, content_type: &str, caching: &str) {
    assert_eq!(answer.header("content-type"), Some(content_type));
    assert_eq!(answer.header("cache-control"), Some(caching));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert!(answer.header("etag").is_some_and(|tag| tag.len() > 2));
    assert!(!answer.text().is_empty());
}

#[apply(both_stores)]
async fn the_page_is_served_whole_by_the_server_itself(app: &App) {
    let client = app.anonymous();
    let page = client.get("/").await.is(200);
    assert_served(&page, "text/html; charset=utf-8", "no-cache");
    let links = linked(page.text());
    let (assets, others): (Vec<_>, Vec<_>) =
        links.iter().partition(|path| path.starts_with("/assets/"));
    assert!(assets.len() >= 2, "{links:?}");
    for path in assets {
        let content_type = match path.rsplit_once('.').map(|(_, ending)| ending) {
            Some("js") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            other => panic!("{path}: {other:?}"),
        };
        let asset = client.get(path).await.is(200);
        assert_served(&asset, content_type, "public, max-age=31536000, immutable");
    }
    for (path, content_type) in PARTS {
        let part = client.get(path).await.is(200);
        assert_served(&part, content_type, "no-cache");
    }
    for path in others {
        assert!(PARTS.iter().any(|(known, _)| known == path), "{path}");
    }
}

#[apply(both_stores)]
async fn what_a_browser_has_is_not_sent_again(app: &App) {
    let client = app.anonymous();
    let page = client.get("/").await.is(200);
    let tag = page.header("etag").unwrap();
    let again = client.get("/").header("if-none-match", tag).await.is(304);
    assert!(again.text().is_empty());
    assert_eq!(again.header("etag"), Some(tag));
    assert_eq!(again.header("cache-control"), Some("no-cache"));
    let other = client.get("/").header("if-none-match", "\"another\"");
    assert_eq!(other.await.is(200).text(), page.text());
    let head = client.call(Method::HEAD, "/").await.is(200);
    assert_eq!(head.header("etag"), Some(tag));
    assert!(head.text().is_empty());
}

#[apply(both_stores)]
async fn the_pages_policy_lets_in_nothing_that_is_written_into_a_document(app: &App) {
    let client = app.anonymous();
    let page = client.get("/").await.is(200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(!policy.contains("unsafe"), "{policy}");
    for directive in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ] {
        assert!(policy.split("; ").any(|part| part == directive), "{policy}");
    }
    for forbidden in [
        "<style",
        " style=",
        " onload=",
        " onclick=",
        "http:",
        "https:",
    ] {
        assert!(!page.text().contains(forbidden), "{forbidden}");
    }
    for script in page.text().split("<script").skip(1) {
        let (tag, body) = script.split_once('>').unwrap();
        assert!(tag.contains(" src=\"./assets/"), "{tag}");
        assert!(body.starts_with("</script>"), "a script is written inline");
    }
    let worker = client.get("/sw.js").await.is(200);
    assert_eq!(worker.header("content-security-policy"), Some(policy));
}

#[apply(both_stores)]
async fn the_page_may_call_the_service_that_signs_its_visitors_in_and_no_other(store: &Store) {
    let service = "https://id.example.com:8443/api/auth";
    let program = store.program().set("web.better_auth", service);
    let server = program.serve().await;
    let client = server.anonymous();
    let told = client.get("/config.json").await.is(200);
    assert_served(&told, "application/json", "no-cache");
    assert_eq!(
        told.json(),
        json!({ "tasklane": "", "betterAuth": service })
    );
    for path in ["/", "/sw.js"] {
        let page = client.get(path).await.is(200);
        let policy = page.header("content-security-policy").unwrap();
        let directive = "connect-src 'self' https://id.example.com:8443";
        assert!(policy.split("; ").any(|part| part == directive), "{policy}");
        assert_eq!(policy.matches("https:").count(), 1, "{policy}");
    }
}

#[apply(both_stores)]
async fn the_page_stands_in_no_operations_way(app: &App) {
    let client = app.anonymous();
    client
        .get("/api/tasks")
        .await
        .problem(401, "unauthenticated");
    for path in ["/openapi.json", "/health"] {
        let document = client.get(path).await.is(200).json();
        assert!(document.is_object(), "{path}");
    }
    client.get("/docs/").await.is(200);
    let explained = client.get("/problems/not_found").await.is(200);
    assert!(explained.text().contains("not_found"));
    for path in [
        "/tasks",
        "/assets/",
        "/assets/../icon.svgx",
        "/index.html",
        "/api",
    ] {
        client.get(path).await.problem(404, "not_found");
    }
    for path in ["/", "/sw.js"] {
        let refused = client.call(Method::POST, path).await;
        refused.problem(405, "method_not_allowed");
        assert_eq!(refused.header("allow"), Some("GET, HEAD"));
    }
}

#[apply(both_stores)]
async fn production_has_no_page_unless_it_is_asked_for(store: &Store) {
    let production = store
        .program()
        .set("profile", "production")
        .set("database.migrate", "true")
        .set("auth.secret", SECRET);
    let off = store.program().set("web.enabled", "false");
    for program in [&production, &off] {
        let server = program.serve().await;
        for path in ["/", "/sw.js", "/config.json"] {
            server.anonymous().get(path).await.problem(404, "not_found");
        }
        server.stop().await;
    }
    let server = production.set("web.enabled", "true").serve().await;
    server.anonymous().get("/").await.is(200);
}
