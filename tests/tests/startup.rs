//! How the server starts, and how it says that it cannot.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use macro_rules_attribute::apply;
use serde_json::json;
use tasklane_tests::both_stores;
use tasklane_tests::program::{Program, SECRET};
use tasklane_tests::store::{Kind, Store};
use tasklane_tests::user::PASSWORD;

#[apply(both_stores)]
async fn stdout_has_the_two_addresses_and_nothing_else(store: &Store) {
    for format in ["json", "pretty"] {
        let server = store
            .program()
            .set("log.format", format)
            .set("log.level", "debug")
            .serve()
            .await;
        let ada = server.user(format).await;
        ada.create_titled("Task").await;
        ada.get("/nothing").await.is(404);
        let expected = format!(
            "listening on {}\nmanagement on {}\n",
            server.url(),
            server.management_url()
        );
        assert_eq!(server.stdout(), expected);
        assert!(
            server.log().contains(server.address()),
            "the log says where it listens, too"
        );
        server.stop().await;
    }
}

#[tokio::test]
async fn without_settings_the_data_lies_beside_the_program() {
    let store = Store::create(Kind::Sqlite).await;
    let folder = tempfile::tempdir().unwrap();
    let bare = Program::bare(folder.path())
        .set("server.address", "127.0.0.1:0")
        .set("management.address", "127.0.0.1:0");
    let server = bare.serve().await;
    let ada = server.user("ada").await;
    let task = ada.create_titled("Task").await;
    assert!(
        server.log().to_lowercase().contains("secret"),
        "a secret made up is warned of"
    );
    server.stop().await;

    let data = folder.path().join("data");
    assert!(data.join("tasklane.db").is_file());
    for file in fs::read_dir(&data).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        let is_database = file
            .file_name()
            .to_string_lossy()
            .starts_with("tasklane.db");
        assert!(
            is_database || mode == 0o600,
            "{}: {mode:o}",
            file.path().display()
        );
    }

    // The secret was kept: the token is still good.
    let server = bare.serve().await;
    assert_eq!(ada.at(server.url()).read(task.id()).await, task);
    drop(store);
}

#[tokio::test]
async fn an_address_in_use_is_reported_with_its_setting_in_one_line() {
    let store = Store::create(Kind::Sqlite).await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for setting in ["server.address", "management.address"] {
        let program = store
            .program()
            .set("log.level", "error")
            .set(setting, &address);
        let failed = program.run(&["serve"]).await;
        let line = failed.failed_with_one_line();
        let variable = format!("TASKLANE__{}", setting.replace('.', "__").to_uppercase());
        for words in [address.as_str(), setting, &variable] {
            assert!(line.contains(words), "{words}: {line}");
        }
        assert_eq!(failed.stdout, "");
    }
}

#[tokio::test]
async fn a_host_name_can_be_listened_on() {
    let store = Store::create(Kind::Sqlite).await;
    let program = store.program().set("server.address", "localhost:0");
    let server = program.serve().await;
    server.anonymous().get("/health/live").await.is(200);
}

#[tokio::test]
async fn one_process_at_a_time_serves_from_a_file() {
    let store = Store::create(Kind::Sqlite).await;
    let program = store.program().set("server.shutdown_timeout", "1s");
    let first = program.serve().await;
    let impatient = program.clone().set("log.level", "error");
    let refused = impatient.run(&["serve"]).await;
    let line = refused.failed_with_one_line();
    assert!(line.contains("another `tasklane serve`"), "{line}");
    assert!(line.contains("tasklane.db"), "{line}");

    // One that starts while the first stops takes over, and commands never wait.
    program.run(&["purge"]).await.succeeded();
    let patient = store.program();
    let (second, ()) = tokio::join!(patient.serve(), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        first.stop().await;
    });
    assert!(
        second.log().contains("waiting for another"),
        "{}",
        second.log()
    );
    second.anonymous().get("/health/ready").await.is(200);
    second.stop().await;
    let left = fs::read_dir(store.file().parent().unwrap())
        .unwrap()
        .count();
    assert_eq!(left, 1, "the lock leaves nothing behind");
}

#[tokio::test]
async fn a_variable_that_lacks_an_underscore_is_refused_with_the_one_that_was_meant() {
    let folder = tempfile::tempdir().unwrap();
    for (name, meant) in [
        ("TASKLANE_PROFILE", "TASKLANE__PROFILE"),
        ("TASKLANE_SERVER__ADDRESS", "TASKLANE__SERVER__ADDRESS"),
        ("TASKLANE__SERVR__ADDRESS", "TASKLANE__SERVER__ADDRESS"),
    ] {
        let program = Program::bare(folder.path()).variable(name, "production");
        let failed = program.run(&["config"]).await;
        let line = failed.failed_with_one_line();
        assert!(line.contains(name), "{line}");
        assert!(line.ends_with(&format!("did you mean {meant}?")), "{line}");
    }
}

#[apply(both_stores)]
async fn a_start_that_nobody_could_sign_in_to_says_how_to_mend_it(store: &Store) {
    let program = store.program().set("auth.registration", "closed");
    let server = program.serve().await;
    let log = server.log_with("nobody can sign in").await;
    assert!(log.contains("tasklane user add"), "{log}");
    server.stop().await;
    let add = ["user", "add", "ada@example.com"];
    program.run(&add).await.succeeded();
    let server = program.serve().await;
    server.anonymous().get("/health/ready").await.is(200);
    assert!(
        !server.log().contains("nobody can sign in"),
        "{}",
        server.log()
    );
}

#[tokio::test]
async fn a_store_that_cannot_be_opened_is_told_in_one_line() {
    let store = Store::create(Kind::Sqlite).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(
        &file,
        "This is not a database, though it is long enough to be taken for one.",
    )
    .unwrap();
    let below_a_file = format!("sqlite:{}/tasklane.db", file.display());
    let a_folder = format!("sqlite:{}", folder.path().display());
    let no_database = format!("sqlite:{}", file.display());
    for url in [&below_a_file, &a_folder, &no_database] {
        let program = store
            .program()
            .set("log.level", "error")
            .variable("DATABASE_URL", url);
        for command in ["serve", "migrate"] {
            let failed = program.run(&[command]).await;
            let line = failed.failed_with_one_line();
            assert!(
                line.contains(&folder.path().display().to_string()),
                "{url}: {line}"
            );
        }
    }
    assert!(fs::read_to_string(file).unwrap().starts_with("This is not"));
}

#[tokio::test]
async fn a_bad_setting_is_told_by_name_in_one_line() {
    let store = Store::create(Kind::Sqlite).await;
    for (setting, value) in [
        ("server.address", "nowhere"),
        ("server.address", "127.0.0.1:99999"),
        ("server.workers", "0"),
        ("server.workers", "many"),
        ("server.request_timeout", "30"),
        ("server.request_timeout", "-1s"),
        ("server.trusted_proxies", "10.0.0.0/40"),
        ("management.address", "localhost"),
        ("database.pool_size", "0"),
        ("database.pool_wait", "soon"),
        ("database.migrate", "perhaps"),
        ("auth.secret", "too short"),
        ("auth.access_ttl", "0s"),
        ("auth.registration", "ajar"),
        ("rate_limit.api.quota", "-5"),
        ("api.require_if_match", "often"),
        ("log.level", "loud"),
        ("log.format", "xml"),
        ("profile", "staging"),
        ("server.colour", "red"),
        ("serverr", "127.0.0.1:0"),
    ] {
        let failed = store.program().set(setting, value).run(&["serve"]).await;
        let line = failed.failed_with_one_line();
        assert!(line.contains(setting), "{setting}={value}: {line}");
        assert_eq!(failed.stdout, "");
    }
}

#[tokio::test]
async fn a_bad_database_url_is_told_without_its_password() {
    let store = Store::create(Kind::Sqlite).await;
    for url in [
        "mysql://ada:hunter2@localhost/tasks",
        "postgres://ada:hunter2@localhost:99999/tasks",
        "postgres://ada:hunter2@localhost/tasks?sslmode=sometimes",
        "hunter2",
    ] {
        let failed = store
            .program()
            .variable("DATABASE_URL", url)
            .run(&["serve"])
            .await;
        let line = failed.failed_with_one_line();
        assert!(
            line.contains("database.url") || line.contains("DATABASE_URL"),
            "{line}"
        );
        assert!(!line.contains("hunter2"), "{line}");
    }
}

#[tokio::test]
async fn all_bad_settings_are_told_at_once() {
    let store = Store::create(Kind::Sqlite).await;
    let program = store
        .program()
        .set("auth.secret", "short")
        .set("database.pool_size", "0");
    let failed = program
        .set("auth.registration", "ajar")
        .set("log.level", "loud")
        .run(&["serve"])
        .await;
    assert!(!failed.status.success());
    for setting in [
        "auth.secret",
        "database.pool_size",
        "auth.registration",
        "log.level",
    ] {
        assert!(
            failed.stderr.contains(setting),
            "{setting} is missing: {}",
            failed.stderr
        );
    }
    assert!(!failed.stderr.contains("short\n") && !failed.stderr.contains("panicked"));
}

#[tokio::test]
async fn production_does_not_start_without_a_secret() {
    let store = Store::create(Kind::Sqlite).await;
    let program = store
        .program()
        .set("profile", "production")
        .unset("auth.secret");
    let failed = program.run(&["serve"]).await;
    assert!(
        failed.failed_with_one_line().contains("auth.secret"),
        "{}",
        failed.stderr
    );
    assert!(
        !store.url().is_empty() && !program.folder().join("data").exists(),
        "nothing is left behind"
    );
}

#[tokio::test]
async fn settings_come_from_a_file_and_the_environment_goes_over_it() {
    let store = Store::create(Kind::Sqlite).await;
    let file = store.program().folder().join("tasklane.toml");
    let text = format!(
        "[server]\naddress = \"127.0.0.1:0\"\n[management]\naddress = \"127.0.0.1:0\"\n\
         [auth]\nsecret = \"{SECRET}\"\naccess_ttl = \"7m\"\nregistration = \"closed\"\n\
         [database]\nurl = \"{}\"\n",
        store.url()
    );
    fs::write(&file, text).unwrap();
    let program = Program::bare(store.program().folder())
        .variable("TASKLANE_CONFIG", file.to_str().unwrap())
        .set("auth.registration", "open");
    let server = program.serve().await;
    let account = json!({ "email": "ada@example.com", "password": PASSWORD });
    let answer = server
        .anonymous()
        .post("/api/auth/register", &account)
        .await
        .is(201);
    assert_eq!(answer.json()["expires_in"], 7 * 60);

    let by_argument = Program::bare(store.program().folder());
    let shown = by_argument
        .run(&["config", "--config", file.to_str().unwrap()])
        .await
        .succeeded();
    assert!(
        shown.stdout.contains("access_ttl = \"7m\""),
        "{}",
        shown.stdout
    );
    let missing = by_argument
        .run(&["serve", "--config", "nowhere.toml"])
        .await;
    assert!(missing.failed_with_one_line().contains("nowhere.toml"));
}

#[tokio::test]
async fn a_settings_file_with_a_mistake_is_told_where() {
    let store = Store::create(Kind::Sqlite).await;
    let file = store.program().folder().join("tasklane.toml");
    for (text, place) in [
        ("[server\naddress = 1", "tasklane.toml"),
        ("[server]\nadress = \"127.0.0.1:0\"", "server.adress"),
        ("[server]\nkeep_alive = 60", "server.keep_alive"),
        ("[[auth.issuers]]\nalias = \"x\"", "auth.issuers"),
    ] {
        fs::write(&file, text).unwrap();
        let failed = store
            .program()
            .run(&["serve", "--config", file.to_str().unwrap()])
            .await;
        assert!(
            !failed.status.success() && failed.stderr.contains(place),
            "{}",
            failed.stderr
        );
        assert!(!failed.stderr.contains("panicked"), "{}", failed.stderr);
    }
}

#[apply(both_stores)]
async fn several_servers_start_at_once_on_one_empty_store(store: &Store) {
    if store.kind() == Kind::Sqlite {
        // One process owns an SQLite file; restarting it at once is what there is to test.
        for _ in 0..3 {
            store.program().serve().await.stop().await;
        }
        return;
    }
    let empty = Store::create_empty(Kind::Postgres).await;
    let program = empty.program().set("database.migrate", "true");
    let (first, second, third) = tokio::join!(program.serve(), program.serve(), program.serve());
    let ada = first.user("ada").await;
    let task = ada.create_titled("Task").await;
    for server in [&second, &third] {
        server.anonymous().get("/health/ready").await.is(200);
        assert_eq!(ada.at(server.url()).read(task.id()).await, task);
    }
}
