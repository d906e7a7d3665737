//! The built task page, which is checked in, against its sources.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use crate::process::{package, succeed};

/// Every file below the folder: its name there, and its content.
fn files_below(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).expect("the folder can be read") {
            let path = entry.expect("the folder can be read").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let content = std::fs::read(&path).expect("the file can be read");
            let name = path.strip_prefix(folder).expect("it is below the folder");
            files.insert(name.to_owned(), content);
        }
    }
    files
}

#[tokio::test]
async fn the_checked_in_page_is_what_its_sources_make() {
    let sources = package("examples/web");
    let built = tempfile::tempdir().expect("a temporary folder can be made");
    let mut npm = Command::new("npm");
    npm.args(["run", "build", "--", "--outDir"])
        .arg(built.path())
        .current_dir(&sources)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let said = succeed(&mut npm).await;
    let (made, kept) = (
        files_below(built.path()),
        files_below(&sources.join("dist")),
    );
    assert!(made.len() >= 7, "{said}");
    let names = |files: &BTreeMap<PathBuf, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    let advice = "`npm run build` in examples/web rebuilds it";
    assert_eq!(names(&made), names(&kept), "{advice}");
    for (name, content) in &made {
        assert!(kept[name] == *content, "{}: {advice}", name.display());
    }
}
