//! When nothing is copied: each refusal is one line that says why, and changes nothing.

use crate::copy::{Installation, fill};

/// An installation with this many users, who have three tasks each.
async fn filled(users: u32) -> Installation {
    let moving = Installation::create().await;
    moving.source_console(&["migrate"]).await;
    moving.at_source(&fill(users, 3, 10));
    moving
}

async fn refusal(moving: &Installation, arguments: &[&str]) -> String {
    let program = moving.source_program().set("log.level", "error");
    let finished = program.run(arguments).await;
    assert_eq!(finished.stdout, "");
    finished.failed_with_one_line().to_owned()
}

#[tokio::test]
async fn only_from_sqlite_to_postgres_is_copied() {
    let moving = Installation::create().await;
    let postgres = "postgres://ada:hunter2@127.0.0.1:1/tasks";
    let sqlite = moving.source_url();
    for (from, to, rule) in [
        (postgres, postgres, "--from must be a SQLite database"),
        (postgres, &sqlite, "--from must be a SQLite database"),
        (&sqlite, &sqlite, "--to must be a PostgreSQL database"),
        ("mysql:hunter2", postgres, "--from must begin with sqlite:"),
        (&sqlite, "mysql:hunter2", "--to must begin with sqlite:"),
    ] {
        let line = refusal(&moving, &["copy", "--from", from, "--to", to]).await;
        assert!(line.contains(rule), "{line}");
        assert!(!line.contains("hunter2"), "{line}");
    }
    // The configured database is the source itself.
    let line = refusal(&moving, &["copy", "--from", &sqlite]).await;
    assert!(line.contains("--to is missing"), "{line}");
}

#[tokio::test]
async fn a_source_that_is_not_there_or_not_up_to_date_is_refused() {
    let moving = Installation::create().await;
    let line = moving.refused_copy(&[]).await;
    assert!(line.contains("there is no database file"), "{line}");
    let url = moving.source_url();
    let path = std::path::Path::new(url.strip_prefix("sqlite:").unwrap());
    assert!(!path.exists(), "a refused copy makes no file");

    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, "").unwrap();
    let line = moving.refused_copy(&[]).await;
    assert!(
        line.contains("lacks the migration 20261120000001_users"),
        "{line}"
    );
    std::fs::write(path, "this is no database, only a text of some length").unwrap();
    let line = moving.refused_copy(&[]).await;
    assert!(line.contains("not a database"), "{line}");
    assert_eq!(moving.users_at_target().await, 0);
}

#[tokio::test]
async fn a_source_in_use_is_refused_even_while_nobody_calls() {
    let moving = Installation::create().await;
    let server = moving.serve_source().await;
    let ada = server.user("ada").await;
    let line = moving.refused_copy(&[]).await;
    assert!(line.contains("is in use: stop the service first"), "{line}");
    ada.create_titled("The service goes on").await;
    server.stop().await;
    moving.copy(&[]).await.succeeded();
}

#[tokio::test]
async fn a_target_out_of_reach_fails_without_its_password() {
    let moving = filled(1).await;
    let from = moving.source_url();
    let to = "postgres://ada:hunter2@127.0.0.1:1/tasks";
    let line = refusal(&moving, &["copy", "--from", &from, "--to", to]).await;
    assert!(line.contains("cannot connect to PostgreSQL"), "{line}");
    assert!(!line.contains("hunter2"), "{line}");
}

#[tokio::test]
async fn a_target_with_rows_is_refused_unless_they_are_of_this_copy() {
    let moving = filled(4).await;
    moving.copy(&[]).await.succeeded();
    let line = moving.refused_copy(&[]).await;
    assert!(
        line.contains("the target is not empty") && line.contains("--resume"),
        "{line}"
    );
    let copied = moving.copy(&["--resume"]).await.succeeded();
    assert!(
        copied.stdout.contains("4 users were there already"),
        "{}",
        copied.stdout
    );
}

#[tokio::test]
async fn a_user_whom_only_the_target_has_is_named() {
    for stranger in [
        "00000000-0000-0000-0000-000000000000",
        "80000000-0000-4000-8000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
    ] {
        let moving = filled(3).await;
        let target = moving.target_program();
        target.run(&["migrate"]).await.succeeded();
        let add = format!(
            "INSERT INTO users (id, issuer, created_at, updated_at)
             VALUES ('{stranger}', 'local', now(), now())"
        );
        moving.at_target(&add).await;
        let line = moving.refused_copy(&["--resume"]).await;
        assert!(line.contains(stranger), "{line}");
        assert_eq!(moving.users_at_target().await, 1, "nothing was copied");
    }
}

#[tokio::test]
async fn a_user_who_has_changed_since_is_named_and_not_overwritten() {
    for (change, difference) in [
        (
            "UPDATE tasks SET title = 'Other' WHERE revision = 2 AND owner_id",
            "other checksums",
        ),
        (
            "UPDATE tasks SET updated_at = updated_at + interval '1 us' WHERE owner_id",
            "other checksums",
        ),
        (
            "UPDATE users SET disabled_at = now() WHERE id",
            "other checksums",
        ),
        (
            "DELETE FROM tasks WHERE revision = 1 AND owner_id",
            "3 rows of tasks in the source, 2 in the target",
        ),
        (
            "INSERT INTO sessions (user_id, id, created_at, last_used_at, expires_at, secret_hash)
             SELECT id, id, now(), now(), now(), sha256('secret') FROM users WHERE id",
            "0 rows of sessions in the source, 1 in the target",
        ),
    ] {
        let moving = filled(3).await;
        moving.copy(&[]).await.succeeded();
        let users = moving.ids_at_target().await;
        let (missing, changed) = (&users[0], &users[1]);
        let remove = format!(
            "DELETE FROM tasks WHERE owner_id = '{missing}'; DELETE FROM users WHERE id = '{missing}'"
        );
        moving.at_target(&remove).await;
        moving.at_target(&format!("{change} = '{changed}'")).await;
        let line = moving.refused_copy(&["--resume"]).await;
        assert!(
            line.contains(changed) && line.contains(difference),
            "{change}: {line}"
        );
        assert_eq!(
            moving.ids_at_target().await,
            users[1..],
            "nothing was copied"
        );
        let again = moving.refused_copy(&["--resume"]).await;
        assert_eq!(again, line, "nothing was overwritten");
    }
}

#[tokio::test]
async fn a_user_who_is_missing_among_others_is_copied() {
    let moving = filled(5).await;
    moving.copy(&[]).await.succeeded();
    let users = moving.ids_at_target().await;
    for missing in [&users[1], &users[3], &users[4]] {
        let remove = format!(
            "DELETE FROM tasks WHERE owner_id = '{missing}'; DELETE FROM users WHERE id = '{missing}'"
        );
        moving.at_target(&remove).await;
    }
    let copied = moving.copy(&["--resume"]).await.succeeded();
    assert!(
        copied.stdout.contains("2 users were there already"),
        "{}",
        copied.stdout
    );
    assert_eq!(moving.ids_at_target().await, users);
}

#[tokio::test]
async fn rows_that_arrive_otherwise_than_sent_are_not_kept() {
    let moving = filled(3).await;
    let target = moving.target_program();
    target.run(&["migrate"]).await.succeeded();
    moving
        .at_target(
            "CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS
                 $$BEGIN NEW.title = upper(NEW.title); RETURN NEW; END$$;
             CREATE TRIGGER meddle BEFORE INSERT ON tasks
                 FOR EACH ROW WHEN (NEW.title = 'Task 2') EXECUTE FUNCTION meddle()",
        )
        .await;
    let line = moving.refused_copy(&[]).await;
    assert!(
        line.contains("did not arrive as sent, and was not kept"),
        "{line}"
    );
    assert_eq!(moving.users_at_target().await, 0);
    moving.at_target("DROP TRIGGER meddle ON tasks").await;
    moving.copy(&["--resume"]).await.succeeded();
}

#[tokio::test]
async fn rows_that_the_target_refuses_are_named_with_their_users() {
    let moving = filled(1).await;
    moving.at_source("UPDATE tasks SET title = 'a' || char(0) WHERE revision = 1");
    let line = moving.refused_copy(&[]).await;
    assert!(
        line.contains("PostgreSQL did not take tasks of the users from"),
        "{line}"
    );
    assert!(line.contains("invalid byte sequence"), "{line}");
    assert_eq!(moving.users_at_target().await, 0);
}

#[tokio::test]
async fn rows_without_a_user_are_not_passed_over_in_silence() {
    let moving = filled(2).await;
    moving.at_source("INSERT INTO account_emails VALUES ('nobody@example.com', randomblob(16))");
    let line = moving.refused_copy(&[]).await;
    assert!(
        line.contains("1 rows of account_emails and the target 0"),
        "{line}"
    );
}
