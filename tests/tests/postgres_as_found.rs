//! PostgreSQL as operators find it: other encodings, other defaults, URLs for other clients.

use std::time::Duration;

use serde_json::json;
use tasklane_tests::own_postgres::OwnPostgres;
use tasklane_tests::program::Program;
use tasklane_tests::store::{Kind, Store};

use crate::doctor::{assert_failed, doctor};

#[tokio::test]
async fn a_database_that_is_not_utf8_is_refused_at_the_start_and_by_the_doctor() {
    let server = OwnPostgres::start().await;
    let create = "CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' \
                  TEMPLATE template0";
    server.execute(&[create]).await;
    let mut url: reqwest::Url = server.url().parse().unwrap();
    url.set_path("latin");
    let store = Store::create(Kind::Sqlite).await;
    let program = store
        .program()
        .set("log.level", "error")
        .variable("DATABASE_URL", url.as_str());
    for migrate in ["true", "false"] {
        let program = program.clone().set("database.migrate", migrate);
        let failed = program.run(&["serve"]).await;
        let line = failed.failed_with_one_line();
        assert!(line.contains("LATIN1") && line.contains("UTF8"), "{line}");
    }
    let finished = doctor(&program).await;
    assert_failed(&finished, "encoding", &["LATIN1", "UTF8"]);
}

#[tokio::test]
async fn transactions_are_read_committed_whatever_the_server_s_default_is() {
    let server = OwnPostgres::start().await;
    let isolation = "ALTER DATABASE postgres SET default_transaction_isolation = 'serializable'";
    server.execute(&[isolation]).await;
    let store = Store::create(Kind::Sqlite).await;
    let program = store.program().variable("DATABASE_URL", server.url());
    let app = program.serve().await;
    let ada = app.user("ada").await;
    let title = json!({ "title": "Task" });
    let writes = (0..40).map(|_| ada.post("/api/tasks", &title));
    for answer in futures::future::join_all(writes.map(|call| async { call.await })).await {
        answer.is(201);
    }
}

#[tokio::test]
async fn why_the_store_cannot_be_reached_is_logged_once() {
    let store = Store::create(Kind::Sqlite).await;
    let nowhere = "postgres://ada:hunter2@127.0.0.1:1/tasks";
    let program = store.program().variable("DATABASE_URL", nowhere);
    let server = program.serve().await;
    for _ in 0..4 {
        let anonymous = server.anonymous();
        anonymous
            .get("/health/ready")
            .await
            .problem(503, "unavailable");
        tokio::time::sleep(Duration::from_millis(700)).await;
    }
    let log = server.log();
    for message in [
        "the database cannot be migrated yet",
        "the store cannot be reached",
    ] {
        let lines: Vec<_> = log.lines().filter(|line| line.contains(message)).collect();
        assert_eq!(lines.len(), 1, "{message}: {log}");
        assert!(lines[0].contains("refused"), "{}", lines[0]);
        assert!(lines[0].contains("127.0.0.1:1"), "{}", lines[0]);
    }
    assert!(!log.contains("hunter2"), "{log}");
}

#[tokio::test]
async fn urls_of_other_clients_are_understood() {
    let folder = tempfile::tempdir().unwrap();
    let migrate = async |query: &str| {
        let url = format!("postgres://ada:hunter2@127.0.0.1:1/tasks?{query}");
        let program = Program::bare(folder.path()).variable("DATABASE_URL", &url);
        program.run(&["migrate"]).await.stderr
    };
    for query in [
        "schema=public",
        "gssencmode=disable",
        "fallback_application_name=x",
        "client_encoding=UTF8",
        "connection_limit=5",
        "sslmode=disable&channel_binding=prefer",
    ] {
        let said = migrate(query).await;
        assert!(said.contains("refused"), "{query}: {said}");
    }
    let said = migrate("sslmode=disable&supa=base-pooler.x").await;
    assert!(said.contains("refused") && said.contains("supa"), "{said}");
    assert!(
        !said.contains("base-pooler"),
        "values are not shown: {said}"
    );
    for query in [
        "sslcert=/etc/client.pem",
        "gssencmode=require",
        "sslmode=maybe",
    ] {
        let said = migrate(query).await;
        let name = query.split('=').next().unwrap();
        assert!(
            !said.contains("refused") && said.contains(name),
            "{query}: {said}"
        );
    }
}

#[tokio::test]
async fn a_schema_in_the_url_is_where_the_tables_are() {
    let server = OwnPostgres::start().await;
    server.execute(&["CREATE SCHEMA \"my tasks\""]).await;
    let mut url: reqwest::Url = server.url().parse().unwrap();
    url.query_pairs_mut().append_pair("schema", "my tasks");
    let store = Store::create(Kind::Sqlite).await;
    let url = url.as_str().replace('+', "%20");
    let program = store.program().variable("DATABASE_URL", &url);
    let app = program.serve().await;
    app.user("ada").await.create_titled("Task").await;
    server
        .execute(&["SELECT title FROM \"my tasks\".tasks"])
        .await;
}

#[tokio::test]
async fn the_commonest_mistakes_come_with_a_hint() {
    let server = OwnPostgres::start().await;
    server
        .execute(&[
            "CREATE ROLE ada LOGIN PASSWORD 'secret'",
            "CREATE DATABASE tasks",
        ])
        .await;
    let store = Store::create(Kind::Sqlite).await;
    let port = server.port();
    for (url, hints) in [
        (
            format!("postgres://ada:secret@127.0.0.1:{port}/missing"),
            ["CREATE DATABASE \"missing\"", "127.0.0.1"],
        ),
        (
            format!("postgres://ada:se@cret@127.0.0.1:{port}/tasks"),
            ["%40", "127.0.0.1"],
        ),
        (
            format!("postgres://ada:secret@127.0.0.1:{port}/tasks"),
            ["OWNER TO", "permission denied for schema"],
        ),
    ] {
        let program = store.program().set("log.level", "error");
        let failed = program
            .variable("DATABASE_URL", &url)
            .run(&["migrate"])
            .await;
        let line = failed.failed_with_one_line();
        for hint in hints {
            assert!(line.contains(hint), "{hint}: {line}");
        }
        assert!(
            !line.contains("secret") && !line.contains("cret@"),
            "{line}"
        );
    }
}
