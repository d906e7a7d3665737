//! Copies of an SQLite database, taken while it is used, and what comes of them.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tasklane_tests::program::{Finished, Program};
use tasklane_tests::server::Server;
use tasklane_tests::store::{Kind, Store};
use tasklane_tests::task::Task;
use tasklane_tests::user::User;

const WRITERS: usize = 4;
const BACKUPS: usize = 4;
/// How long to write on between two backups.
const BETWEEN: Duration = Duration::from_millis(200);
/// How long a backup of a few dozen MiB may take to begin.
const BEGIN_LIMIT: Duration = Duration::from_secs(30);

async fn back_up(program: &Program, file: &Path) -> Finished {
    program.run(&["backup", file.to_str().unwrap()]).await
}

async fn force(program: &Program, file: &Path) -> Finished {
    let file = file.to_str().unwrap();
    program.run(&["backup", "--force", file]).await
}

/// The names of the files in a folder.
fn names_in(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.collect()
}

/// A folder for backups, with nothing in it.
fn shelf() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tasklane.backup");
    (folder, file)
}

/// Somebody who creates tasks one after the other, titled 0, 1, 2, …
struct Writer {
    user: User,
    acknowledged: Arc<AtomicUsize>,
}

impl Writer {
    async fn start(server: &Server, name: &str, stop: &Arc<AtomicBool>) -> Self {
        let writer = Self {
            user: server.user(name).await,
            acknowledged: Arc::default(),
        };
        let (user, acknowledged) = (writer.user.clone(), Arc::clone(&writer.acknowledged));
        let stop = Arc::clone(stop);
        tokio::spawn(async move {
            while !stop.load(Ordering::SeqCst) {
                let number = acknowledged.load(Ordering::SeqCst);
                user.create_titled(&number.to_string()).await;
                acknowledged.store(number + 1, Ordering::SeqCst);
            }
        });
        writer
    }

    fn acknowledged(&self) -> usize {
        self.acknowledged.load(Ordering::SeqCst)
    }

    /// Holds what a restored server has against what was acknowledged when.
    async fn assert_prefix(&self, restored: &Server, before: usize, after: usize) {
        let user = self.user.at(restored.url());
        let tasks = user.tasks().await;
        // One more may have been written and not been acknowledged yet.
        assert!((before..=after + 1).contains(&tasks.len()));
        let titles: BTreeSet<usize> = tasks
            .iter()
            .map(|task| task.title().parse().unwrap())
            .collect();
        assert_eq!(titles, (0..tasks.len()).collect(), "there is a gap");
        let revisions: BTreeSet<i64> = tasks.iter().map(Task::revision).collect();
        let number = i64::try_from(tasks.len()).unwrap();
        assert_eq!(revisions, (1..=number).collect());
        assert_eq!(user.revision().await, number);
        assert_eq!(feed(&user).await, (1..=number).collect::<Vec<_>>());
        assert_eq!(user.create_titled("Next").await.revision(), number + 1);
    }
}

/// The revisions of the whole feed, as it comes.
async fn feed(user: &User) -> Vec<i64> {
    let (mut since, mut revisions) = (0, Vec::new());
    loop {
        let path = format!("/api/changes?since={since}&limit=500");
        let page = user.get(&path).await.is(200).json();
        let changes = page["changes"].as_array().unwrap();
        revisions.extend(
            changes
                .iter()
                .map(|change| change["revision"].as_i64().unwrap()),
        );
        since = page["revision"].as_i64().unwrap();
        if page["has_more"] == json!(false) {
            return revisions;
        }
    }
}

#[tokio::test]
async fn a_backup_under_writes_restores_to_a_prefix_of_what_was_acknowledged() {
    let store = Store::create(Kind::Sqlite).await;
    let server = store.program().serve().await;
    let stop = Arc::new(AtomicBool::default());
    let mut writers = Vec::new();
    for number in 0..WRITERS {
        writers.push(Writer::start(&server, &format!("writer-{number}"), &stop).await);
    }
    let shelf = tempfile::tempdir().unwrap();
    let mut taken = Vec::new();
    for number in 0..BACKUPS {
        tokio::time::sleep(BETWEEN).await;
        let before: Vec<usize> = writers.iter().map(Writer::acknowledged).collect();
        let file = shelf.path().join(format!("{number}.db"));
        let finished = back_up(&store.program(), &file).await.succeeded();
        assert_eq!(finished.stdout, format!("{}\n", file.display()));
        let after: Vec<usize> = writers.iter().map(Writer::acknowledged).collect();
        taken.push((file, before, after));
    }
    let in_the_end: usize = writers.iter().map(Writer::acknowledged).sum();
    let at_first: usize = taken[0].1.iter().sum();
    assert!(in_the_end > at_first, "nobody wrote meanwhile");
    stop.store(true, Ordering::SeqCst);
    assert_eq!(names_in(shelf.path()).len(), BACKUPS, "nothing lies beside");

    for (file, before, after) in taken {
        let restored = Store::restore(&file);
        restored.program().run(&["doctor"]).await.succeeded();
        let server = restored.program().serve().await;
        for (index, writer) in writers.iter().enumerate() {
            let (before, after) = (before[index], after[index]);
            writer.assert_prefix(&server, before, after).await;
        }
        server.stop().await;
    }
}

#[tokio::test]
async fn a_backup_is_for_its_owner_alone_and_replaces_another_only_when_told() {
    let store = Store::create(Kind::Sqlite).await;
    let server = store.program().serve().await;
    let ada = server.user("ada").await;
    ada.create_titled("First").await;
    let (folder, file) = shelf();
    back_up(&store.program(), &file).await.succeeded();
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o7777,
        0o600
    );
    let first = fs::read(&file).unwrap();

    ada.create_titled("Second").await;
    let refused = back_up(&store.program(), &file).await;
    let line = refused.failed_with_one_line();
    assert!(
        line.contains("already exists") && line.contains("--force"),
        "{line}"
    );
    assert_eq!(refused.stdout, "");
    assert!(fs::read(&file).unwrap() == first, "it was changed");

    force(&store.program(), &file).await.succeeded();
    assert_eq!(names_in(folder.path()).len(), 1);
    let restored = Store::restore(&file);
    let server = restored.program().serve().await;
    assert_eq!(ada.at(server.url()).tasks().await.len(), 2);
}

#[tokio::test]
async fn a_database_that_is_in_use_is_never_replaced() {
    let store = Store::create(Kind::Sqlite).await;
    let server = store.program().serve().await;
    let ada = server.user("ada").await;
    let other = Store::create(Kind::Sqlite).await;
    let busy = other.program().serve().await;
    busy.user("bob").await;
    for used in [store.file(), other.file()] {
        let before = fs::read(&used).unwrap();
        let refused = force(&store.program(), &used).await;
        let line = refused.failed_with_one_line();
        assert!(line.contains("in use"), "{line}");
        assert!(fs::read(&used).unwrap() == before, "it was changed");
    }
    server.stop().await;
    let itself = force(&store.program(), &store.file()).await;
    assert!(itself.failed_with_one_line().contains("in use"));
    let server = store.program().serve().await;
    ada.at(server.url()).create_titled("Goes on").await;
}

#[tokio::test]
async fn without_a_database_there_is_no_backup_and_none_is_made() {
    let store = Store::create(Kind::Sqlite).await;
    let (folder, file) = shelf();
    let refused = back_up(&store.program(), &file).await;
    let line = refused.failed_with_one_line();
    assert!(line.contains("there is no database file"), "{line}");
    assert_eq!(names_in(folder.path()).len(), 0);
    assert_eq!(names_in(store.program().folder()).len(), 0);
}

#[tokio::test]
async fn postgres_has_tools_of_its_own_and_they_are_named() {
    let store = Store::create(Kind::Postgres).await;
    let (folder, file) = shelf();
    let refused = back_up(&store.program(), &file).await;
    let line = refused.failed_with_one_line();
    for tool in ["pg_dump", "point-in-time"] {
        assert!(line.contains(tool), "{line}");
    }
    assert_eq!(names_in(folder.path()).len(), 0);
}

#[tokio::test]
async fn a_backup_that_cannot_be_written_says_why() {
    let store = Store::create(Kind::Sqlite).await;
    let server = store.program().serve().await;
    server.user("ada").await.create_titled("Kept").await;
    let (folder, file) = shelf();
    let below_a_file = store.file().join("backup");
    let nowhere = folder.path().join("missing/backup");
    for target in [&below_a_file, &nowhere] {
        let refused = back_up(&store.program(), target).await;
        let line = refused.failed_with_one_line();
        let missing = format!("there is no folder {:?}", target.parent().unwrap());
        assert!(line.contains(&missing), "{line}");
    }
    let refused = force(&store.program(), folder.path()).await;
    assert!(refused.failed_with_one_line().contains("is a folder"));

    let full = store.program().after("trap '' XFSZ; ulimit -f 8");
    let refused = back_up(&full, &file).await;
    let line = refused.failed_with_one_line();
    assert!(line.contains("cannot be copied"), "{line}");
    assert!(line.contains("full") || line.contains("I/O"), "{line}");
    assert_eq!(names_in(folder.path()).len(), 0, "nothing is left behind");
    back_up(&store.program(), &file).await.succeeded();
}

#[tokio::test]
async fn a_damaged_database_makes_no_backup() {
    let store = Store::create(Kind::Sqlite).await;
    let server = store.program().serve().await;
    fill(&server.user("ada").await, 2).await;
    server.stop().await;
    damage(&store.file());
    let (folder, file) = shelf();
    let refused = back_up(&store.program(), &file).await;
    let line = refused.failed_with_one_line();
    assert!(
        line.contains("damaged") || line.contains("malformed"),
        "{line}"
    );
    assert_eq!(names_in(folder.path()).len(), 0);
}

#[tokio::test]
async fn a_backup_that_is_killed_leaves_no_file_and_the_database_as_it_was() {
    let store = Store::create(Kind::Sqlite).await;
    let server = store.program().serve().await;
    let ada = server.user("ada").await;
    fill(&ada, 40).await;
    let (folder, file) = shelf();
    let backup = store.program().start(&["backup", file.to_str().unwrap()]);
    let started = Instant::now();
    while !has_begun(folder.path()) {
        assert!(started.elapsed() < BEGIN_LIMIT, "it does not begin");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(backup.kill().await, "it was done before it was killed");
    assert!(!file.exists(), "half of it has the name");
    let left = names_in(folder.path());
    assert!(
        left.iter()
            .all(|name| name.starts_with(".tasklane-backup-")),
        "{left:?}"
    );

    let revision = ada.revision().await;
    assert_eq!(ada.create_titled("Goes on").await.revision(), revision + 1);
    back_up(&store.program(), &file).await.succeeded();
    server.stop().await;
    store.program().run(&["doctor"]).await.succeeded();
}

/// Whether something was copied into a file with a name for the time being.
fn has_begun(shelf: &Path) -> bool {
    let entries = fs::read_dir(shelf).unwrap();
    entries
        .filter_map(|entry| entry.ok()?.metadata().ok())
        .any(|file| file.len() > 100_000)
}

/// Stores this many MiB.
async fn fill(user: &User, mebibytes: usize) {
    let task = json!({ "title": "Long", "description": "x".repeat(9_000) });
    let create = json!({ "op": "create", "task": task });
    let operations = Value::Array(vec![create; 100]);
    for _ in 0..mebibytes {
        let batch = json!({ "operations": operations });
        user.post("/api/batch", &batch).await.is(200);
    }
}

/// Overwrites a stretch in the middle of the file, as a bad disk does.
fn damage(file: &Path) {
    let mut bytes = fs::read(file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 16_384].fill(0xa5);
    fs::write(file, bytes).unwrap();
}
