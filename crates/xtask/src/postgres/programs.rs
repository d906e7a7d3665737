//! Finding PostgreSQL's server programs, which most systems keep off the search path.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process;

/// Where systems keep several versions side by side. The programs lie in a version's `bin`, or, on
/// Alpine, right in its folder.
const VERSIONED: [Versioned; 8] = [
    // Debian and Ubuntu
    Versioned {
        parent: "/usr/lib/postgresql",
        prefix: "",
    },
    // Alpine
    Versioned {
        parent: "/usr/libexec",
        prefix: "postgresql",
    },
    // PostgreSQL's own packages for Fedora and its relatives
    Versioned {
        parent: "/usr",
        prefix: "pgsql-",
    },
    // Homebrew on Apple silicon, on Intel, and on Linux
    Versioned {
        parent: "/opt/homebrew/opt",
        prefix: "postgresql",
    },
    Versioned {
        parent: "/usr/local/opt",
        prefix: "postgresql",
    },
    Versioned {
        parent: "/home/linuxbrew/.linuxbrew/opt",
        prefix: "postgresql",
    },
    // Postgres.app, and PostgreSQL's own installer
    Versioned {
        parent: "/Applications/Postgres.app/Contents/Versions",
        prefix: "",
    },
    Versioned {
        parent: "/Library/PostgreSQL",
        prefix: "",
    },
];

/// Where a build from source installs itself.
const FROM_SOURCE: &str = "/usr/local/pgsql/bin";

/// A folder of which each entry whose name begins with `prefix` is a version.
struct Versioned {
    parent: &'static str,
    prefix: &'static str,
}

/// The folder with the programs of one PostgreSQL version.
#[derive(Debug)]
pub(super) struct Programs(PathBuf);

impl Programs {
    /// The programs `pg_config` or the search path points to, else the newest in a usual place.
    pub(super) fn find() -> Option<Self> {
        let configured =
            process::probe(Command::new("pg_config").arg("--bindir")).map(PathBuf::from);
        let on_path =
            process::on_path("initdb").and_then(|file| Some(file.parent()?.to_path_buf()));
        configured
            .into_iter()
            .chain(on_path)
            .chain(VERSIONED.iter().flat_map(Versioned::folders))
            .chain([PathBuf::from(FROM_SOURCE)])
            .find_map(|folder| Self::in_folder(&folder))
    }

    /// Client packages bring `pg_config` too, so the server's programs must really be there.
    fn in_folder(folder: &Path) -> Option<Self> {
        let complete = ["initdb", "postgres"]
            .iter()
            .all(|name| folder.join(name).is_file());
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

    /// The load generator.
    pub(super) fn pgbench(&self) -> PathBuf {
        self.0.join("pgbench")
    }

    /// What the server says it is, `PostgreSQL 17.2` for example.
    pub(super) fn version(&self) -> String {
        let answer = process::probe(Command::new(self.postgres()).arg("--version"));
        answer.map_or_else(|| "PostgreSQL".to_owned(), |text| plain_version(&text))
    }
}

impl Versioned {
    /// The folders that may hold programs, newest version first.
    fn folders(&self) -> Vec<PathBuf> {
        let parent = Path::new(self.parent);
        let entries = fs::read_dir(parent).into_iter().flatten().flatten();
        let names = entries
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter(|name| name.starts_with(self.prefix))
            .collect();
        newest_first(names)
            .iter()
            .map(|name| parent.join(name))
            .flat_map(|version| [version.join("bin"), version])
            .collect()
    }
}

/// Orders names by the version in them, `9.6` before `10` before `postgresql@17`, and turns that
/// round. A name without a version counts as oldest: it is likely to be a link to one of the rest.
fn newest_first(mut names: Vec<String>) -> Vec<String> {
    names.sort_by(|left, right| {
        version_in(right)
            .cmp(&version_in(left))
            .then_with(|| left.cmp(right))
    });
    names
}

fn version_in(name: &str) -> Vec<u32> {
    let digits = name.trim_start_matches(|character: char| !character.is_ascii_digit());
    digits
        .split('.')
        .map_while(|part| part.parse().ok())
        .collect()
}

/// `postgres (PostgreSQL) 15.1 (Debian 15.1-0)` without the packager's part.
fn plain_version(answer: &str) -> String {
    let number = answer.split_whitespace().nth(2).unwrap_or_default();
    format!("PostgreSQL {number}").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(names: &[&str]) -> Vec<String> {
        newest_first(names.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn versions_are_ordered_as_numbers() {
        assert_eq!(
            ordered(&["9.6", "15", "9.10", "8"]),
            ["15", "9.10", "9.6", "8"]
        );
    }

    #[test]
    fn a_name_around_the_version_does_not_matter() {
        let names = [
            "postgresql",
            "postgresql@9.6",
            "postgresql@17",
            "postgresql@16",
        ];
        assert_eq!(
            ordered(&names),
            [
                "postgresql@17",
                "postgresql@16",
                "postgresql@9.6",
                "postgresql"
            ]
        );
    }

    #[test]
    fn a_folder_without_the_server_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("initdb"), "").unwrap();
        assert!(Programs::in_folder(folder.path()).is_none());
        fs::write(folder.path().join("postgres"), "").unwrap();
        assert!(Programs::in_folder(folder.path()).is_some());
    }

    #[test]
    fn the_packagers_part_of_a_version_is_left_out() {
        let answer = "postgres (PostgreSQL) 15.1 (Debian 15.1-0+deb12u1)";
        assert_eq!(plain_version(answer), "PostgreSQL 15.1");
        assert_eq!(plain_version(""), "PostgreSQL");
    }
}
