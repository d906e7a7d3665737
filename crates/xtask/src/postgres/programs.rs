//! Finding PostgreSQL's server programs, which most systems keep off the search path.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process;

/// Where systems keep several versions side by side: a folder, and how the names of the versions in
/// it begin. The programs lie in a version's `bin`, or, on Alpine, right in its folder.
const VERSIONED: [(&str, &str); 8] = [
    // Debian and Ubuntu
    ("/usr/lib/postgresql", ""),
    // Alpine
    ("/usr/libexec", "postgresql"),
    // PostgreSQL's own packages for Fedora and its relatives
    ("/usr", "pgsql-"),
    // Homebrew on Apple silicon, on Intel, and on Linux
    ("/opt/homebrew/opt", "postgresql"),
    ("/usr/local/opt", "postgresql"),
    ("/home/linuxbrew/.linuxbrew/opt", "postgresql"),
    // Postgres.app, and PostgreSQL's own installer
    ("/Applications/Postgres.app/Contents/Versions", ""),
    ("/Library/PostgreSQL", ""),
];

/// Where a build from source installs itself.
const FROM_SOURCE: &str = "/usr/local/pgsql/bin";

/// The folder with the programs of one PostgreSQL version.
#[derive(Debug)]
pub(crate) struct Programs(PathBuf);

impl Programs {
    /// The programs that `pg_config` or the search path points to, else the newest in a usual place.
    pub(crate) fn find() -> Option<Self> {
        let configured = process::probe(Command::new("pg_config").arg("--bindir"));
        let on_path = process::on_path("initdb");
        configured
            .map(PathBuf::from)
            .into_iter()
            .chain(on_path.and_then(|file| Some(file.parent()?.to_path_buf())))
            .chain(
                VERSIONED
                    .iter()
                    .flat_map(|(parent, prefix)| versions(parent, prefix)),
            )
            .chain([PathBuf::from(FROM_SOURCE)])
            .find_map(|folder| Self::in_folder(&folder))
    }

    /// Client packages bring `pg_config` too, so the server's programs must really be there.
    fn in_folder(folder: &Path) -> Option<Self> {
        let mut server = ["initdb", "postgres"].iter();
        let complete = server.all(|name| folder.join(name).is_file());
        complete.then(|| Self(folder.to_path_buf()))
    }

    /// The program that creates a cluster.
    pub(super) fn initdb(&self) -> PathBuf {
        self.0.join("initdb")
    }

    /// The server itself.
    pub(super) fn postgres(&self) -> PathBuf {
        self.0.join("postgres")
    }

    /// The load generator, which some systems keep in a package of its own.
    pub(crate) fn pgbench(&self) -> PathBuf {
        self.0.join("pgbench")
    }
}

/// The folders that may hold programs, newest version first.
fn versions(parent: &str, prefix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.starts_with(prefix))
        .collect();
    newest_first(&mut names);
    let versions = names.iter().map(|name| Path::new(parent).join(name));
    versions
        .flat_map(|version| [version.join("bin"), version])
        .collect()
}

/// Orders names by the version in them: `postgresql@17` before `10` before `9.6`. A name without a
/// version counts as oldest: it is likely to be a link to one of the others.
fn newest_first(names: &mut [String]) {
    names.sort_by(|left, right| {
        let versions = version_in(right).cmp(&version_in(left));
        versions.then_with(|| left.cmp(right))
    });
}

fn version_in(name: &str) -> Vec<u32> {
    let digits = name.trim_start_matches(|character: char| !character.is_ascii_digit());
    digits
        .split('.')
        .map_while(|part| part.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_as_numbers_whatever_surrounds_them() {
        for expected in [
            &["15", "9.10", "9.6", "8"][..],
            &[
                "postgresql@17",
                "postgresql@16",
                "postgresql@9.6",
                "postgresql",
            ],
        ] {
            let mut names: Vec<String> = expected.iter().rev().map(ToString::to_string).collect();
            newest_first(&mut names);
            assert_eq!(names, expected);
        }
    }

    #[test]
    fn a_folder_without_the_server_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("initdb"), "").unwrap();
        assert!(Programs::in_folder(folder.path()).is_none());
        fs::write(folder.path().join("postgres"), "").unwrap();
        assert!(Programs::in_folder(folder.path()).is_some());
    }
}
