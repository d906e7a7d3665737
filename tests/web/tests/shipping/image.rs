//! The container image: `Dockerfile` and `.dockerignore`.

use std::path::{Component, Path, PathBuf};

use serde_json::Value;
use tasklane_tests::program::executable;
use tempfile::TempDir;
use tokio::process::Command;

use super::{SECRET, refuses, root, settings, text, value_of};
use crate::process::succeed;
use crate::python::program;

/// What the linter of Dockerfiles is asked to object to: everything that it knows.
const STRICT: [&str; 2] = ["--failure-threshold", "style"];

#[tokio::test]
async fn the_dockerfile_satisfies_its_linter() {
    let file = root().join("Dockerfile");
    succeed(program("hadolint").args(STRICT).arg(file)).await;

    let folder = TempDir::new().expect("a temporary folder can be made");
    let careless = folder.path().join("Dockerfile");
    std::fs::write(&careless, "FROM debian\nRUN apt-get install curl\n")
        .expect("it can be written");
    refuses(program("hadolint").args(STRICT).arg(careless), "DL3006").await;
}

/// The arguments of an instruction of the last stage.
fn instruction(name: &str) -> String {
    let file = text("Dockerfile").replace("\\\n", " ");
    let (_, last) = file.rsplit_once("\nFROM ").expect("there are stages");
    let mut lines = last.lines();
    let line = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.expect("the instruction is there").trim().to_owned()
}

#[test]
fn the_image_is_built_with_the_workspaces_toolchain_and_says_its_version() {
    let toolchain = text("rust-toolchain.toml");
    let mut lines = toolchain.lines();
    let channel = lines.find_map(|line| line.strip_prefix("channel = "));
    let channel = channel.expect("a toolchain is named").trim_matches('"');
    let dockerfile = text("Dockerfile");
    assert!(
        dockerfile.contains(&format!("FROM rust:{channel}-slim-")),
        "{channel}"
    );
    assert_eq!(
        instruction("ARG"),
        concat!("VERSION=", env!("CARGO_PKG_VERSION"))
    );
}

#[tokio::test]
async fn the_image_runs_as_nobody_in_particular_and_asks_itself_whether_it_is_ready() {
    assert_eq!(instruction("USER"), "65532:65532");
    assert_eq!(instruction("VOLUME"), "[\"/data\"]");
    assert_eq!(instruction("WORKDIR"), "/data");
    assert!(text("Dockerfile").contains("--chown=65532:65532 /data /data"));
    assert_eq!(instruction("ENTRYPOINT"), "[\"/usr/local/bin/tasklane\"]");
    assert_eq!(instruction("CMD"), "[\"serve\"]");
    let check = "CMD [\"/usr/local/bin/tasklane\", \"healthcheck\"]";
    assert!(instruction("HEALTHCHECK").ends_with(check));

    let variables = instruction("ENV");
    let variables = variables
        .split_whitespace()
        .filter_map(|pair| pair.split_once('='));
    let mut variables: Vec<_> = variables
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    variables.push(("TASKLANE__AUTH__SECRET".to_owned(), SECRET.to_owned()));
    let settings = settings(&variables, None).await;
    assert_eq!(value_of(&settings, "profile"), "production");
    assert_eq!(value_of(&settings, "url"), "sqlite:/data/tasklane.db");
    assert_eq!(value_of(&settings, "migrate"), "true");
    let port = value_of(&settings, "address")
        .rsplit_once(':')
        .map(|(_, port)| port);
    assert_eq!(port, Some(instruction("EXPOSE").as_str()));
}

/// Whether a file of the checkout is sent to the builder. Of what Docker understands only this is
/// needed: all is left out, then files and folders are let in again.
fn is_let_in(file: &Path, rules: &str) -> bool {
    let mut rules = rules.lines().filter(|line| !line.starts_with('#'));
    assert_eq!(rules.next(), Some("*"), "nothing may be let in by default");
    let mut exceptions = rules.map(|rule| {
        let path = rule.strip_prefix('!').expect("the rest are exceptions");
        assert!(!path.contains(['*', '?', '[']), "{path}");
        path
    });
    exceptions.any(|path| file.starts_with(path))
}

/// The path without `..`.
fn plain(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut plain, part| {
        if part == Component::ParentDir {
            plain.pop();
        } else {
            plain.push(part);
        }
        plain
    })
}

/// What the compiler read of the checkout when it built the program, by its own account.
fn files_read() -> Vec<PathBuf> {
    let account = executable().with_extension("d");
    let account = std::fs::read_to_string(account).expect("cargo says what it read");
    let (_, files) = account.split_once(": ").expect("a rule of a makefile");
    let (root, target) = (root(), executable());
    let target = target
        .parent()
        .and_then(Path::parent)
        .expect("it lies in the target folder");
    files
        .split_whitespace()
        .map(|file| plain(Path::new(file)))
        .filter(|file| !file.starts_with(target))
        .map(|file| {
            file.strip_prefix(&root)
                .expect("it is of the checkout")
                .to_owned()
        })
        .collect()
}

#[test]
fn all_that_the_build_reads_is_sent_to_the_builder() {
    let rules = text(".dockerignore");
    let files = files_read();
    let reads = |end: &str| files.iter().any(|file| file.ends_with(end));
    assert!(files.len() > 200, "{files:?}");
    assert!(
        reads("config/default.toml") && reads("examples/web/dist/index.html"),
        "{files:?}"
    );
    assert!(
        reads("migrations/postgres") && reads("crates/api/build.rs"),
        "{files:?}"
    );
    for file in files {
        assert!(
            is_let_in(&file, &rules),
            "{} is kept from the builder",
            file.display()
        );
    }
}

#[tokio::test]
async fn the_builder_can_read_the_workspace_and_nothing_else_is_sent_to_it() {
    let rules = text(".dockerignore");
    let mut list = Command::new("git");
    list.args(["ls-files", "--cached", "--others", "--exclude-standard"]);
    let files = succeed(list.current_dir(root())).await;
    let context = TempDir::new().expect("a temporary folder can be made");
    for file in files
        .lines()
        .filter(|file| is_let_in(Path::new(file), &rules))
    {
        let copy = context.path().join(file);
        let folder = copy.parent().expect("a file lies in a folder");
        std::fs::create_dir_all(folder).expect("a folder can be made");
        std::fs::copy(root().join(file), copy).expect("a file can be copied");
    }
    for kept in [
        ".git",
        "docs",
        "deploy",
        "target",
        "tests/tests/cors.rs",
        "config/production.toml",
    ] {
        assert!(!context.path().join(kept).exists(), "{kept}");
    }

    let mut cargo = Command::new("cargo");
    cargo.args([
        "metadata",
        "--locked",
        "--offline",
        "--no-deps",
        "--format-version",
        "1",
    ]);
    let said = succeed(cargo.current_dir(context.path())).await;
    let metadata: Value = serde_json::from_str(&said).expect("cargo writes JSON");
    let packages = metadata["packages"].as_array().expect("there are packages");
    for target in packages
        .iter()
        .filter_map(|package| package["targets"].as_array())
        .flatten()
    {
        let source = target["src_path"].as_str().expect("a target has a source");
        assert!(Path::new(source).is_file(), "{source}");
    }
    assert!(packages.len() >= 7, "{packages:?}");
}
