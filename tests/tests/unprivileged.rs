//! A server in a container or under a service manager: a user without rights, and nothing that can be
//! written to but the data.

#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;

use macro_rules_attribute::apply;
use tasklane_tests::both_stores;
use tasklane_tests::program::executable;
use tasklane_tests::store::{Kind, Store};

/// Whom no file belongs to.
const NOBODY: u32 = 65534;

/// What becomes the program. Only root can become somebody else; anybody else has no rights anyway.
const AS_NOBODY: &str = "exec setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs \
     --inh-caps=-all --bounding-set=-all ./tasklane \"$@\"";
const AS_MYSELF: &str = "exec ./tasklane \"$@\"";

/// The names in a folder, but for the logs that the test itself keeps there.
fn names(folder: &Path) -> BTreeSet<String> {
    let names = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let names = names.map(|name| name.into_string().unwrap());
    names.filter(|name| !name.starts_with("server-")).collect()
}

#[apply(both_stores)]
async fn a_server_needs_no_rights_and_writes_to_its_data_alone(store: &Store) {
    let program = store.program();
    let folder = program.folder();
    let data = folder.join("data");
    fs::create_dir(&data).unwrap();
    fs::copy(executable(), folder.join("tasklane")).unwrap();
    let is_root = rustix::process::geteuid().is_root();
    if is_root {
        fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
        chown(&data, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let program = program
        .clone()
        .after(if is_root { AS_NOBODY } else { AS_MYSELF })
        .variable("TMPDIR", "/nonexistent")
        .set("profile", "production")
        .set("auth.registration", "open")
        .set("database.migrate", "true");
    let server = program.serve().await;
    server.anonymous().get("/health/ready").await.is(200);
    let ada = server.user("ada").await;
    let task = ada.create_titled("Task").await;
    assert_eq!(ada.walk("/api/tasks?sort=title&q=task").await, [task]);
    ada.get("/api/users/me/export").await.is(200);
    let owner = fs::metadata(format!("/proc/{}", server.process_id()))
        .unwrap()
        .uid();
    assert!(owner != 0, "it is root");
    server.stop().await;

    assert_eq!(
        names(folder),
        BTreeSet::from(["data".to_owned(), "tasklane".to_owned()])
    );
    let kept = match store.kind() {
        Kind::Sqlite => BTreeSet::from(["tasklane.db".to_owned()]),
        Kind::Postgres => BTreeSet::new(),
    };
    assert_eq!(names(&data), kept);
}
