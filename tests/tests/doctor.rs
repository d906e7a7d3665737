//! `tasklane doctor`: what is well and what is not, each made for real.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use macro_rules_attribute::apply;
use tasklane_tests::app::App;
use tasklane_tests::both_stores;
use tasklane_tests::own_postgres::OwnPostgres;
use tasklane_tests::program::{Finished, Program, SECRET};
use tasklane_tests::signing_key::SigningKey;
use tasklane_tests::store::{Kind, Store};

pub(crate) async fn doctor(program: &Program) -> Finished {
    let finished = program.run(&["doctor"]).await;
    assert!(!finished.stdout.contains(SECRET), "{}", finished.stdout);
    finished
}

/// What the doctor says of a subject, with the advice below it.
#[track_caller]
fn said<'said>(finished: &'said Finished, verdict: &str, subject: &str) -> &'said str {
    let start = format!("{verdict:<8} {subject}: ");
    let text = finished.stdout.split_inclusive('\n');
    let mut begin = 0;
    for line in text {
        if line.starts_with(&start) {
            let rest = &finished.stdout[begin..];
            let advice = rest[line.len()..].split_inclusive('\n').next();
            let advice = advice.filter(|line| line.trim_start().starts_with("->"));
            return &rest[..line.len() + advice.map_or(0, str::len)];
        }
        begin += line.len();
    }
    panic!("no {start:?} in:\n{}", finished.stdout)
}

/// Fails unless the doctor found that check failed and advises that.
#[track_caller]
pub(crate) fn assert_failed(finished: &Finished, subject: &str, words: &[&str]) {
    assert_eq!(finished.status.code(), Some(1), "{}", finished.stdout);
    let line = finished.failed_with_one_line();
    assert!(line.contains("failed"), "{line}");
    assert_says(said(finished, "failed", subject), words);
}

/// Fails unless the doctor warns of that and of nothing worse.
#[track_caller]
pub(crate) fn assert_warned(finished: &Finished, subject: &str, words: &[&str]) {
    assert_eq!(finished.status.code(), Some(0), "{}", finished.stdout);
    assert_says(said(finished, "warning", subject), words);
}

#[track_caller]
pub(crate) fn assert_ok(finished: &Finished, subject: &str, words: &[&str]) {
    assert_says(said(finished, "ok", subject), words);
}

#[track_caller]
fn assert_says(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "{word:?} is not said: {said}");
    }
    assert!(
        said.starts_with("ok") || said.contains("->"),
        "no advice: {said}"
    );
}

#[apply(both_stores)]
async fn a_service_that_runs_well_is_found_well(app: &App) {
    app.user("ada").await.create_titled("Task").await;
    let program = app.store().program();
    let finished = doctor(&program).await.succeeded();
    for subject in ["settings", "signing key", "store", "migrations", "clock"] {
        assert_ok(&finished, subject, &[]);
    }
    if app.store().kind() == Kind::Sqlite {
        assert_ok(&finished, "store", &["SQLite", "tasklane.db", "MiB of log"]);
        assert_ok(&finished, "integrity", &["nothing is damaged"]);
        assert_ok(&finished, "permissions", &["0600"]);
    } else {
        assert_ok(&finished, "store", &["PostgreSQL", "postgres://"]);
    }
    assert!(!finished.stdout.contains("failed"), "{}", finished.stdout);
    assert_eq!(finished.stderr, "");
    app.anonymous().get("/health/ready").await.is(200);
}

#[tokio::test]
async fn nothing_is_made_where_nothing_is() {
    let folder = tempfile::tempdir().unwrap();
    let bare = Program::bare(folder.path());
    let finished = doctor(&bare).await.succeeded();
    assert_ok(
        &finished,
        "store",
        &["data/tasklane.db", "`tasklane serve` makes it"],
    );
    assert_ok(&finished, "signing key", &["makes a secret"]);
    let production = bare.set("profile", "production").set("auth.secret", SECRET);
    let finished = doctor(&production).await;
    assert_warned(&finished, "store", &["DATABASE_URL", "restore a backup"]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_file_that_cannot_be_made_or_used_is_told() {
    let store = Store::create(Kind::Sqlite).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(
        &file,
        "Not a database, but long enough to be taken for one. ".repeat(20),
    )
    .unwrap();
    let program = |path: String| {
        let url = format!("sqlite:{path}");
        store.program().variable("DATABASE_URL", &url)
    };
    let below = program(format!("{}/tasklane.db", file.display()));
    assert_failed(
        &doctor(&below).await,
        "store",
        &["Not a directory", "database.url"],
    );
    let a_folder = program(folder.path().display().to_string());
    assert_failed(&doctor(&a_folder).await, "store", &["unable to open"]);
    let no_database = program(file.display().to_string());
    assert_failed(&doctor(&no_database).await, "store", &["not a database"]);
    assert!(fs::read_to_string(file).unwrap().starts_with("Not a"));
}

#[tokio::test]
async fn a_damaged_page_is_found() {
    let store = Store::create(Kind::Sqlite).await;
    let server = store.program().serve().await;
    let ada = server.user("ada").await;
    for number in 0..100 {
        ada.create_titled(&format!("{number} {}", "x".repeat(150)))
            .await;
    }
    server.stop().await;
    assert_ok(&doctor(&store.program()).await, "integrity", &[]);
    // Some page of the tasks themselves.
    let mut bytes = fs::read(store.file()).unwrap();
    let place = bytes.len() - 6_000;
    bytes[place..place + 4_000].fill(0xa5);
    fs::write(store.file(), bytes).unwrap();
    let finished = doctor(&store.program()).await;
    assert_failed(
        &finished,
        "integrity",
        &["damage", "restore the newest backup"],
    );
}

#[apply(both_stores)]
async fn pending_migrations_are_told_and_not_applied(store: &Store) {
    let empty = Store::create_empty(store.kind()).await;
    let program = empty.program().set("database.migrate", "false");
    // Where there is no file yet, there is nothing to migrate.
    program.serve().await.stop().await;
    for _ in 0..2 {
        let finished = doctor(&program).await;
        assert_failed(
            &finished,
            "migrations",
            &["_users", "_tasks", "`tasklane migrate`"],
        );
    }
    let at_start = program.clone().set("database.migrate", "true");
    assert_warned(&doctor(&at_start).await, "migrations", &["next start"]);
    program.run(&["migrate"]).await.succeeded();
    assert_ok(&doctor(&program).await.succeeded(), "migrations", &[]);
}

#[tokio::test]
async fn a_schema_of_a_newer_version_is_told() {
    let server = OwnPostgres::start().await;
    let store = Store::create(Kind::Sqlite).await;
    let program = store.program().variable("DATABASE_URL", server.url());
    program.run(&["migrate"]).await.succeeded();
    doctor(&program).await.succeeded();
    server
        .execute(&["INSERT INTO __diesel_schema_migrations VALUES ('20991231000001')"])
        .await;
    let finished = doctor(&program).await;
    assert_failed(
        &finished,
        "migrations",
        &["newer version", "20991231000001", "run the version"],
    );
}

#[tokio::test]
async fn a_server_that_is_down_refuses_or_takes_no_writes_is_told() {
    let mut server = OwnPostgres::start().await;
    let store = Store::create(Kind::Sqlite).await;
    let at = |url: &str| store.program().variable("DATABASE_URL", url);
    let program = at(server.url());
    program.run(&["migrate"]).await.succeeded();
    let advice = ["is up", "database.url", "password"];

    let down = at("postgres://ada:hunter2@127.0.0.1:1/tasks");
    let finished = doctor(&down).await;
    assert_failed(&finished, "store", &["127.0.0.1:1", "refused"]);
    assert_failed(&finished, "store", &advice);
    assert!(!finished.stdout.contains("hunter2"), "{}", finished.stdout);
    assert_ok(&finished, "clock", &[]);

    let mut url: reqwest::Url = server.url().parse().unwrap();
    url.set_path("no_such_database");
    assert_failed(
        &doctor(&at(url.as_str())).await,
        "store",
        &["no_such_database"],
    );

    server
        .execute(&["ALTER DATABASE postgres SET default_transaction_read_only = on"])
        .await;
    assert_failed(
        &doctor(&program).await,
        "store",
        &["takes no writes", "primary"],
    );

    server.freeze();
    let finished = program.run(&["doctor", "--timeout", "1s"]).await;
    assert_failed(&finished, "store", &["no answer within 1s"]);
    server.thaw();
}

#[tokio::test]
async fn what_a_pool_and_a_pooler_need_is_told() {
    let store = Store::create(Kind::Postgres).await;
    let pooled = store.program().set("database.statement_cache", "false");
    let finished = doctor(&pooled).await;
    assert_warned(&finished, "pooler", &["DIRECT_DATABASE_URL"]);
    let direct = pooled.variable("DIRECT_DATABASE_URL", &store.url());
    let finished = doctor(&direct).await.succeeded();
    assert!(!finished.stdout.contains("pooler"), "{}", finished.stdout);
    let nowhere = direct.variable("DIRECT_DATABASE_URL", "postgres://127.0.0.1:1/tasks");
    assert_failed(
        &doctor(&nowhere).await,
        "migrations",
        &["DIRECT_DATABASE_URL"],
    );
    let greedy = store.program().set("database.pool_size", "1000");
    assert_warned(
        &doctor(&greedy).await,
        "connections",
        &["1000", "max_connections"],
    );
}

#[tokio::test]
async fn wrong_settings_are_all_told_and_nothing_else_is_looked_at() {
    let store = Store::create(Kind::Sqlite).await;
    let program = store
        .program()
        .set("auth.secret", "short hunter2")
        .set("database.pool_size", "0")
        .set("server.colour", "red");
    let finished = doctor(&program).await;
    assert_failed(&finished, "settings", &["settings file or the environment"]);
    for key in ["auth.secret", "database.pool_size", "server.colour"] {
        assert!(
            finished
                .stdout
                .contains(&format!("failed   settings: {key}")),
            "{key}"
        );
    }
    assert!(!finished.stdout.contains("hunter2") && !finished.stdout.contains("store:"));
    assert!(finished.failed_with_one_line().contains("3 checks failed"));
    let missing = store.program().variable("TASKLANE_CONFIG", "nowhere.toml");
    assert_failed(&doctor(&missing).await, "settings", &["nowhere.toml"]);
}

#[tokio::test]
async fn files_that_are_open_to_others_are_told() {
    let store = Store::create(Kind::Sqlite).await;
    let program = store.program().unset("auth.secret");
    program.serve().await.stop().await;
    assert_ok(
        &doctor(&program).await,
        "signing key",
        &["made for development"],
    );
    let set_mode = |path: &std::path::Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    set_mode(&store.file(), 0o644);
    let finished = doctor(&program).await;
    assert_warned(&finished, "permissions", &["0644", "chmod 600"]);
    let secret = store.file().with_file_name("signing.secret");
    set_mode(&secret, 0o640);
    assert_failed(
        &doctor(&program).await,
        "signing key",
        &["0640", "chmod 600"],
    );
}

#[tokio::test]
async fn a_private_key_that_everybody_can_read_is_told() {
    let store = Store::create(Kind::Sqlite).await;
    let file = store.program().folder().join("key.pem");
    fs::write(&file, SigningKey::ed25519("key").private_pem()).unwrap();
    let program = store.program().unset("auth.secret");
    let program = program.set("auth.private_key_file", file.to_str().unwrap());
    program.run(&["migrate"]).await.succeeded();
    for (mode, everybody) in [(0o644, true), (0o601, true), (0o640, false), (0o600, false)] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let finished = doctor(&program).await;
        if everybody {
            assert_warned(&finished, "signing key", &["key.pem", "chmod o="]);
        } else {
            assert_ok(&finished, "signing key", &["Ed25519", "key.pem"]);
        }
    }
}

#[tokio::test]
async fn a_signing_key_that_is_none_is_told() {
    let store = Store::create(Kind::Sqlite).await;
    let file = store.program().folder().join("key.pem");
    let program = store
        .program()
        .unset("auth.secret")
        .set("auth.private_key_file", file.to_str().unwrap());
    let finished = doctor(&program).await;
    assert_failed(
        &finished,
        "signing key",
        &["auth.private_key_file", "does not start"],
    );
    fs::write(&file, "no key").unwrap();
    let finished = doctor(&program).await;
    assert_failed(&finished, "signing key", &["Ed25519"]);
    assert!(!finished.stdout.contains("no key"), "{}", finished.stdout);
}

#[apply(both_stores)]
async fn production_is_warned_of_what_is_rarely_meant(store: &Store) {
    let program = store.program().set("profile", "production");
    program.run(&["migrate"]).await.succeeded();
    let careless = program.clone().set("rate_limit.enabled", "false");
    let finished = doctor(&careless).await;
    assert_warned(
        &finished,
        "accounts",
        &["nobody can sign in", "tasklane user add"],
    );
    assert_warned(
        &finished,
        "proxies",
        &["server.trusted_proxies", "127.0.0.1"],
    );
    assert_warned(&finished, "cors", &["cors.origins"]);
    assert_warned(&finished, "hsts", &["server.hsts"]);
    assert_warned(&finished, "rate limit", &["rate_limit.enabled"]);
    let settings = "[cors]\norigins = ['https://app.example.com']\n\
         [server]\nhsts = 'max-age=31536000'\ntrusted_proxies = ['127.0.0.1']\n";
    let finished = doctor(&program.configured(settings)).await.succeeded();
    for subject in ["registration", "proxies", "cors", "hsts", "rate limit"] {
        assert_ok(&finished, subject, &[]);
    }
}
