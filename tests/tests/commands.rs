//! The commands beside `serve`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use macro_rules_attribute::apply;
use serde_json::Value;
use tasklane_tests::app::App;
use tasklane_tests::both_stores;
use tasklane_tests::program::{Program, SECRET};
use tasklane_tests::store::{Kind, Store};
use tasklane_tests::user::PASSWORD;

const COMMANDS: [&str; 12] = [
    "serve",
    "migrate",
    "purge",
    "resync",
    "copy",
    "token",
    "user",
    "backup",
    "doctor",
    "openapi",
    "config",
    "healthcheck",
];

#[tokio::test]
async fn the_help_names_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::bare(folder.path());
    for argument in ["--help", "-h", "help"] {
        let help = program.run(&[argument]).await.succeeded();
        for command in COMMANDS {
            assert!(help.stdout.contains(command), "{command}: {}", help.stdout);
        }
    }
    for command in COMMANDS {
        let help = program.run(&[command, "--help"]).await.succeeded();
        assert!(help.stdout.contains("--config"), "{}", help.stdout);
    }
    let version = program.run(&["--version"]).await.succeeded();
    assert_eq!(
        version.stdout,
        format!("tasklane {}\n", env!("CARGO_PKG_VERSION"))
    );
    let unknown = program.run(&["fly"]).await;
    assert!(
        !unknown.status.success() && unknown.stderr.contains("fly"),
        "{}",
        unknown.stderr
    );
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        0,
        "help makes no files"
    );
}

/// What follows the program's name where a page calls it, in a sentence or in a block.
fn commands_named(page: &str) -> BTreeSet<String> {
    let calls = ["`tasklane ", "/tasklane ", "\ntasklane ", "$(tasklane "];
    let behind = calls.iter().flat_map(|call| page.split(call).skip(1));
    let words = behind.map(|rest| {
        let end = rest.find(|letter: char| !letter.is_ascii_lowercase());
        rest[..end.unwrap_or(rest.len())].to_owned()
    });
    words.filter(|word| !word.is_empty()).collect()
}

#[tokio::test]
async fn the_guides_name_commands_that_there_are() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folders = [root.clone(), root.join("docs")].map(|folder| fs::read_dir(folder).unwrap());
    let files = folders
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path());
    let pages = files.filter(|file| file.extension().is_some_and(|end| end == "md"));
    let named: BTreeSet<_> = pages
        .flat_map(|page| commands_named(&fs::read_to_string(page).unwrap()))
        .collect();
    for command in ["config", "migrate", "purge", "serve", "user"] {
        assert!(named.contains(command), "{named:?}");
    }
    let folder = tempfile::tempdir().unwrap();
    let program = Program::bare(folder.path());
    for command in named {
        program.run(&[&command, "--help"]).await.succeeded();
    }
}

#[tokio::test]
async fn migrating_twice_does_the_same_as_once() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let store = Store::create_empty(kind).await;
        store.program().run(&["migrate"]).await.succeeded();
        store.program().run(&["migrate"]).await.succeeded();
        let server = store
            .program()
            .set("database.migrate", "false")
            .serve()
            .await;
        server.anonymous().get("/health/ready").await.is(200);
        server.user("ada").await.create_titled("Task").await;
        store.program().run(&["migrate"]).await.succeeded();
        server.user("bob").await;
    }
}

#[tokio::test]
async fn migrating_from_several_places_at_once_migrates_once() {
    let store = Store::create_empty(Kind::Postgres).await;
    let program = store.program();
    let migrate = || async { program.run(&["migrate"]).await.succeeded() };
    tokio::join!(migrate(), migrate(), migrate(), migrate());
    let server = program
        .clone()
        .set("database.migrate", "false")
        .serve()
        .await;
    server.anonymous().get("/health/ready").await.is(200);
}

#[tokio::test]
async fn migrating_a_database_that_is_out_of_reach_fails_in_one_line() {
    let store = Store::create(Kind::Sqlite).await;
    let nowhere = "postgres://ada:hunter2@127.0.0.1:1/tasks";
    let program = store
        .program()
        .set("log.level", "error")
        .variable("DATABASE_URL", nowhere);
    let failed = program.run(&["migrate"]).await;
    let line = failed.failed_with_one_line();
    assert!(!line.contains("hunter2"), "{line}");
}

#[tokio::test]
async fn distributing_without_citus_fails_in_one_line_and_changes_nothing() {
    for (kind, why) in [
        (Kind::Sqlite, "names an SQLite file"),
        (Kind::Postgres, "run CREATE EXTENSION citus"),
    ] {
        let store = Store::create_empty(kind).await;
        let program = store.program().set("log.level", "error");
        let failed = program.run(&["migrate", "--distribute"]).await;
        let line = failed.failed_with_one_line();
        assert!(line.contains(why) && failed.stdout.is_empty(), "{line}");
        assert_eq!(failed.status.code(), Some(1));
        if kind == Kind::Sqlite {
            let left = std::fs::read_dir(program.folder()).unwrap().count();
            assert_eq!(left, 0, "no file is made");
        }
        // All migrations are still to come.
        let migrated = program.run(&["migrate"]).await.succeeded();
        assert!(
            migrated.stdout.contains("000001_users"),
            "{}",
            migrated.stdout
        );
    }
}

#[apply(both_stores)]
async fn the_settings_are_shown_without_their_secrets(store: &Store) {
    let program = store
        .program()
        .set("server.request_timeout", "7s")
        .variable(
            "DIRECT_DATABASE_URL",
            "postgres://ada:hunter2@db.example/tasks",
        );
    let shown = program.run(&["config"]).await.succeeded();
    for line in [
        "request_timeout = \"7s\"",
        "level = \"info\"",
        "issuer = \"tasklane\"",
    ] {
        assert!(
            shown.stdout.contains(line),
            "{line} is missing: {}",
            shown.stdout
        );
    }
    for secret in [SECRET, "hunter2"] {
        assert!(
            !shown.stdout.contains(secret) && !shown.stderr.contains(secret),
            "{}",
            shown.stdout
        );
    }
    assert!(shown.stdout.contains("db.example"), "{}", shown.stdout);
}

#[apply(both_stores)]
async fn a_token_of_the_console_is_as_good_as_any(app: &App) {
    let ada = app.user("ada").await;
    let task = ada.create_titled("Task").await;
    let program = app.store().program();
    let printed = program
        .run(&["token", "--email", "ADA@example.com"])
        .await
        .succeeded();
    let token = printed.stdout.strip_suffix('\n').unwrap();
    assert!(
        !token.contains(char::is_whitespace) && token.matches('.').count() == 2,
        "{token}"
    );
    let by_console = app.anonymous().with_token(token);
    assert_eq!(by_console.get(&task.path()).await.is(200).task(), task);

    let unknown = program
        .set("log.level", "error")
        .run(&["token", "--email", "bob@example.com"])
        .await;
    let line = unknown.failed_with_one_line();
    assert!(line.contains("bob@example.com"), "{line}");
    assert!(line.contains("there is no local account"), "{line}");
    assert_eq!(unknown.stdout, "");
}

#[tokio::test]
async fn commands_that_need_a_database_make_none() {
    for arguments in [
        &["token", "--email", "ada@example.com"][..],
        &["user", "add", "ada@example.com"],
        &["user", "list"],
        &["user", "disable", "ada@example.com"],
        &["purge"],
        &["resync"],
    ] {
        let folder = tempfile::tempdir().unwrap();
        let program = Program::bare(folder.path()).set("log.level", "error");
        let failed = program.run(arguments).await;
        let line = failed.failed_with_one_line();
        assert!(line.contains("there is no database file"), "{line}");
        assert!(line.contains("data/tasklane.db"), "{line}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{line}");

        fs::create_dir(folder.path().join("data")).unwrap();
        fs::write(folder.path().join("data/tasklane.db"), "").unwrap();
        let failed = program.run(arguments).await;
        let line = failed.failed_with_one_line();
        assert!(line.contains("run `tasklane migrate`"), "{line}");
        let kept = fs::metadata(folder.path().join("data/tasklane.db")).unwrap();
        assert_eq!(kept.len(), 0, "the file stays as it is");
    }
}

#[apply(both_stores)]
async fn a_health_check_asks_the_running_server(app: &App) {
    let program = app.store().program().set("server.address", app.address());
    let healthy = program.run(&["healthcheck"]).await.succeeded();
    assert!(!healthy.stdout.contains(PASSWORD));
    let nobody = app.store().program().set("server.address", "127.0.0.1:1");
    nobody.run(&["healthcheck"]).await.failed_with_one_line();
}

#[tokio::test]
async fn the_document_needs_no_settings_and_no_store() {
    let folder = tempfile::tempdir().unwrap();
    let printed = Program::bare(folder.path())
        .run(&["openapi"])
        .await
        .succeeded();
    let document: Value = serde_json::from_str(&printed.stdout).unwrap();
    assert_eq!(
        document["openapi"].as_str().map(|version| &version[..4]),
        Some("3.1.")
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
