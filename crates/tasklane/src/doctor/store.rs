//! The store: whether it is there, whole, and of this program's version.

use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use tasklane_domain::error::with_causes;

use super::diagnosis::Diagnosis;
use super::{Report, within};
use crate::composition::{Inspector, Migrations, StoreFacts};
use crate::config::{DatabaseUrl, Profile, Settings};
use crate::size::Size;

/// The log is emptied before it is so long, unless a reader or a full disk keeps it from that.
const LONG_LOG: u64 = 256 << 20;

/// Checks the store. Gives it for further questions when there is nothing wrong with it.
pub(super) async fn check<W: Write>(
    settings: &Settings,
    limit: Duration,
    report: &mut Report<W>,
) -> io::Result<Option<Inspector>> {
    let inspector = match Inspector::of(settings) {
        Ok(Some(inspector)) => inspector,
        Ok(None) => {
            report.add(&missing(settings))?;
            return Ok(None);
        }
        Err(error) => {
            let advice = "correct database.url (DATABASE_URL) or database.direct_url";
            report.add(&Diagnosis::failed("store", with_causes(&error), advice))?;
            return Ok(None);
        }
    };
    let facts = match within(limit, inspector.facts()).await {
        Ok(facts) => facts,
        Err(error) => {
            report.add(&unreachable(settings, &error))?;
            return Ok(None);
        }
    };
    report.add_all(judge_facts(settings, &facts))?;
    if inspector.migrates_through_pooler() {
        report.add(&through_pooler())?;
    }
    let whole = match integrity(&inspector, limit).await {
        Some((whole, diagnosis)) => {
            report.add(&diagnosis)?;
            whole
        }
        None => true,
    };
    let (current, migrations) = migrations(&inspector, settings.database.migrate, limit).await;
    report.add(&migrations)?;
    Ok((whole && current).then_some(inspector))
}

/// A file that is not there, which is made at the first start if it can be.
fn missing(settings: &Settings) -> Diagnosis {
    let DatabaseUrl::Sqlite(path) = &settings.database.url else {
        return Diagnosis::ok("store", settings.database.url.to_string());
    };
    let finding = format!(
        "there is no {} yet: `tasklane serve` makes it",
        path.display()
    );
    if let Err(error) = try_making(path) {
        let finding = format!("there is no {}: {}", path.display(), with_causes(&error));
        let advice = "give the service's user write access to the directory, which must exist, or \
             set database.url to another file";
        return Diagnosis::failed("store", finding, advice);
    }
    match settings.profile {
        Profile::Development => Diagnosis::ok("store", finding),
        Profile::Production => Diagnosis::warning(
            "store",
            finding,
            "if there should be one, correct database.url (DATABASE_URL), or restore a backup",
        ),
    }
}

/// Whether the file could be made: its folder, or else the one above, can be written to.
fn try_making(path: &Path) -> io::Result<()> {
    let path = std::path::absolute(path)?;
    let folder = path.parent().unwrap_or(Path::new("/"));
    let folder = match folder.parent() {
        Some(above) if !folder.exists() => above,
        _ => folder,
    };
    // Removed again at once: whether a file can be made is known only once it was.
    tempfile::tempfile_in(folder).map(drop)
}

fn unreachable(settings: &Settings, error: &str) -> Diagnosis {
    let url = &settings.database.url;
    let advice = match url {
        DatabaseUrl::Sqlite(_) => {
            "check that the file is an SQLite database, that the service's user can read and write \
             it, and that no other program has it locked"
        }
        DatabaseUrl::Postgres(_) => {
            "check that the server is up, and that database.url (DATABASE_URL) has the right host, \
             user, password and sslmode"
        }
    };
    Diagnosis::failed("store", format!("{url}: {error}"), advice)
}

fn judge_facts(settings: &Settings, facts: &StoreFacts) -> Vec<Diagnosis> {
    let description = format!("{}: {}", settings.database.url, facts.description);
    let reached = if facts.read_only {
        Diagnosis::failed(
            "store",
            format!("{description}, which takes no writes"),
            "name the primary in database.url, not a standby, or switch default_transaction_read_only \
             off",
        )
    } else {
        Diagnosis::ok("store", description)
    };
    let pool_size = settings.database.pool_size;
    let too_many = facts
        .max_connections
        .filter(|most| (*most as usize) <= pool_size)
        .map(|most| {
            Diagnosis::warning(
                "connections",
                format!("database.pool_size = {pool_size}, and the server takes {most} in all"),
                "lower database.pool_size, or raise the server's max_connections",
            )
        });
    [
        Some(reached),
        facts.encoding.as_deref().and_then(wrong_encoding),
        facts.mode.map(permissions),
        facts.log_size.and_then(long_log),
        too_many,
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn wrong_encoding(encoding: &str) -> Option<Diagnosis> {
    (encoding != "UTF8").then(|| {
        Diagnosis::failed(
            "encoding",
            format!("the database's encoding is {encoding}, and must be UTF8"),
            "create another database with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
        )
    })
}

fn permissions(mode: u32) -> Diagnosis {
    let of_others = mode & 0o077;
    if of_others == 0 {
        return Diagnosis::ok(
            "permissions",
            format!("for its owner alone (mode {mode:04o})"),
        );
    }
    Diagnosis::warning(
        "permissions",
        format!("the database file is open to others (mode {mode:04o})"),
        "it holds password hashes: `chmod 600` it and the files beside it",
    )
}

fn long_log(log_size: u64) -> Option<Diagnosis> {
    (log_size > LONG_LOG).then(|| {
        Diagnosis::warning(
            "log",
            format!("{} are waiting beside the database file", Size(log_size)),
            "end long-running readers of the file, such as a backup that hangs; the next restart \
             empties the log",
        )
    })
}

fn through_pooler() -> Diagnosis {
    Diagnosis::warning(
        "pooler",
        "migrations and notifications would go through what looks like a pooler",
        "name the server itself in database.direct_url (DIRECT_DATABASE_URL)",
    )
}

/// Whether there is nothing wrong with the file, as far as it could be looked through; `None` for a
/// store that sees to that itself.
async fn integrity(inspector: &Inspector, limit: Duration) -> Option<(bool, Diagnosis)> {
    const SUBJECT: &str = "integrity";
    const ADVICE: &str = "stop the service, keep the file and the files beside it for later, and \
         restore the newest backup";
    let Ok(found) = tokio::time::timeout(limit, inspector.find_damage()).await else {
        let finding = format!("the file could not be checked within {limit:?}");
        let advice = "give it more time: `tasklane doctor --timeout 10m`";
        return Some((true, Diagnosis::warning(SUBJECT, finding, advice)));
    };
    match found {
        Ok(None) => None,
        Ok(Some(damage)) if damage.is_empty() => {
            Some((true, Diagnosis::ok(SUBJECT, "nothing is damaged")))
        }
        Ok(Some(damage)) => {
            let finding = format!("the file is damaged: {}", damage.join("; "));
            Some((false, Diagnosis::failed(SUBJECT, finding, ADVICE)))
        }
        Err(error) => {
            let finding = with_causes(error.as_ref());
            Some((false, Diagnosis::failed(SUBJECT, finding, ADVICE)))
        }
    }
}

/// Whether the schema is this program's.
async fn migrations(inspector: &Inspector, at_start: bool, limit: Duration) -> (bool, Diagnosis) {
    match within(limit, inspector.migrations()).await {
        Ok(migrations) => judge_migrations(&migrations, at_start),
        Err(error) => {
            let advice = "check that database.direct_url (DIRECT_DATABASE_URL), or database.url \
                 without it, names a server that lets this user read its tables";
            (false, Diagnosis::failed("migrations", error, advice))
        }
    }
}

fn judge_migrations(migrations: &Migrations, at_start: bool) -> (bool, Diagnosis) {
    const SUBJECT: &str = "migrations";
    if let Some(newer) = &migrations.newer {
        let advice = "run the version of Tasklane that changed it, or restore a backup from before";
        return (false, Diagnosis::failed(SUBJECT, newer.clone(), advice));
    }
    if migrations.pending.is_empty() {
        return (true, Diagnosis::ok(SUBJECT, "all are applied"));
    }
    let finding = format!("not applied yet: {}", migrations.pending.join(", "));
    if at_start {
        let advice = "nothing to do: the next start applies them (database.migrate)";
        (false, Diagnosis::warning(SUBJECT, finding, advice))
    } else {
        let advice = "run `tasklane migrate`; until then readiness is 503";
        (false, Diagnosis::failed(SUBJECT, finding, advice))
    }
}

#[cfg(test)]
mod tests {
    use super::super::diagnosis::Verdict;
    use super::*;

    #[test]
    fn pending_migrations_fail_unless_the_next_start_applies_them() {
        let verdict = |pending: &[&str], newer: Option<&str>, at_start| {
            let migrations = Migrations {
                pending: pending.iter().map(ToString::to_string).collect(),
                newer: newer.map(str::to_owned),
            };
            judge_migrations(&migrations, at_start).1.verdict
        };
        assert_eq!(verdict(&[], None, false), Verdict::Ok);
        assert_eq!(verdict(&["1_users"], None, false), Verdict::Failed);
        assert_eq!(verdict(&["1_users"], None, true), Verdict::Warning);
        assert_eq!(verdict(&[], Some("newer"), true), Verdict::Failed);
    }

    #[test]
    fn a_log_that_is_never_emptied_is_warned_of() {
        assert_eq!(long_log(LONG_LOG), None);
        assert_eq!(long_log(LONG_LOG + 1).unwrap().verdict, Verdict::Warning);
    }

    #[test]
    fn a_file_is_for_its_owner_alone() {
        for (mode, verdict) in [
            (0o600, Verdict::Ok),
            (0o400, Verdict::Ok),
            (0o640, Verdict::Warning),
            (0o602, Verdict::Warning),
        ] {
            assert_eq!(permissions(mode).verdict, verdict, "{mode:o}");
        }
    }
}
