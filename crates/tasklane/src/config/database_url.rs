use std::fmt;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use url::Url;

/// Stands where a password was.
const PASSWORD: &str = "***";

/// Which store, and where. Shown without its password.
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub enum DatabaseUrl {
    /// A file, relative to the working directory unless absolute.
    Sqlite(PathBuf),
    /// A connection URL, which the store reads. It may contain a password.
    Postgres(SecretString),
}

impl DatabaseUrl {
    /// The store's name, for people.
    #[must_use]
    pub const fn store_name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    /// The database file, if it is one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(file) => Some(file),
            Self::Postgres(_) => None,
        }
    }

    /// Where this process keeps files of its own: beside the SQLite file, else in `data`.
    #[must_use]
    pub fn data_folder(&self) -> &Path {
        match self {
            Self::Sqlite(file) => match file.parent() {
                Some(folder) if folder != Path::new("") => folder,
                _ => Path::new("."),
            },
            Self::Postgres(_) => Path::new("data"),
        }
    }
}

impl TryFrom<String> for DatabaseUrl {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.into()));
        }
        let path = text
            .strip_prefix("sqlite:")
            .ok_or("must begin with sqlite:, postgres:// or postgresql://")?;
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() || path.ends_with('/') || path.starts_with(":memory:") {
            return Err("must name a file, such as sqlite:data/tasklane.db");
        }
        if path == "~" || path.starts_with("~/") {
            return Err(
                "must not begin with ~, which only a shell understands: write the path out",
            );
        }
        if path.contains('?') {
            return Err("must name a file alone: a SQLite URL takes no parameters here");
        }
        Ok(Self::Sqlite(path.into()))
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(file) => write!(formatter, "sqlite:{}", file.display()),
            Self::Postgres(url) => formatter.write_str(&without_password(url.expose_secret())),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "DatabaseUrl({self})")
    }
}

impl Serialize for DatabaseUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The URL with its password replaced, or nothing but the scheme where it cannot be told what of
/// it is the password.
fn without_password(text: &str) -> String {
    redacted(text).unwrap_or_else(|| format!("postgres://{PASSWORD}"))
}

fn redacted(text: &str) -> Option<String> {
    let mut url = Url::parse(text).ok()?;
    // An unescaped `/`, `?` or `#` in a password moves the rest of it behind the host.
    let behind_host = [Some(url.path()), url.query(), url.fragment()];
    if behind_host
        .into_iter()
        .flatten()
        .any(|part| part.contains('@'))
    {
        return None;
    }
    if url.password().is_some() {
        url.set_password(Some(PASSWORD)).ok()?;
    }
    if url.query_pairs().any(|(name, _)| name.contains("password")) {
        let kept: Vec<_> = url
            .query_pairs()
            .filter(|(name, _)| !name.contains("password"))
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        url.query_pairs_mut()
            .clear()
            .extend_pairs(kept)
            .append_pair("password", PASSWORD);
    }
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<DatabaseUrl, &'static str> {
        DatabaseUrl::try_from(text.to_owned())
    }

    #[test]
    fn a_sqlite_url_names_a_file() {
        for (text, expected) in [
            ("sqlite:data/tasklane.db", "data/tasklane.db"),
            ("sqlite://data/tasklane.db", "data/tasklane.db"),
            ("sqlite:/var/lib/tasklane.db", "/var/lib/tasklane.db"),
            ("sqlite:///var/lib/tasklane.db", "/var/lib/tasklane.db"),
            ("sqlite:tasks 1%20.db", "tasks 1%20.db"),
        ] {
            let DatabaseUrl::Sqlite(path) = parse(text).unwrap() else {
                panic!("{text}")
            };
            assert_eq!(path, Path::new(expected), "{text}");
        }
    }

    #[test]
    fn what_names_no_store_is_refused() {
        for text in [
            "",
            "data/tasklane.db",
            "mysql://host/db",
            "postgres:db",
            "POSTGRES://host/db",
            "sqlite:",
            "sqlite://",
            "sqlite::memory:",
            "sqlite:data/",
            "sqlite:a.db?mode=ro",
            "sqlite:~/tasklane.db",
            "sqlite://~/tasklane.db",
        ] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_data_folder_is_beside_the_file() {
        let folder = |text| parse(text).unwrap().data_folder().to_owned();
        assert_eq!(folder("sqlite:data/tasklane.db"), Path::new("data"));
        assert_eq!(folder("sqlite:tasklane.db"), Path::new("."));
        assert_eq!(folder("sqlite:/tasklane.db"), Path::new("/"));
        assert_eq!(folder("postgres://localhost/tasklane"), Path::new("data"));
    }

    #[test]
    fn a_url_is_shown_without_its_password() {
        let shown = |text: &str| parse(text).unwrap().to_string();
        assert_eq!(shown("sqlite:///var/lib/t.db"), "sqlite:/var/lib/t.db");
        assert_eq!(
            shown("postgres://localhost/tasklane"),
            "postgres://localhost/tasklane"
        );
        assert_eq!(
            shown("postgres://me@localhost/tasklane"),
            "postgres://me@localhost/tasklane"
        );
        assert_eq!(
            shown("postgres://me:hunter2@db.example:5433/tasklane?sslmode=verify-full"),
            "postgres://me:***@db.example:5433/tasklane?sslmode=verify-full",
        );
        assert_eq!(
            shown("postgresql://me:hunter2@ep-x-pooler.neon.tech/db?options=endpoint%3Dep-x"),
            "postgresql://me:***@ep-x-pooler.neon.tech/db?options=endpoint%3Dep-x",
        );
    }

    #[test]
    fn no_form_of_a_url_gives_its_password_away() {
        for text in [
            "postgres://me:hunter2@host/db",
            "postgres://me:a@hunter2@host/db",
            "postgres://me:a/hunter2@host/db",
            "postgres://me:1/hunter2@host/db",
            "postgres://me:1?hunter2@host/db",
            "postgres://me:1#hunter2@host/db",
            "postgres://me:hunter2@a:1,b:2/db",
            "postgres://host/db?user=me&password=hunter2",
            "postgres://host/db?password=hunter2&sslpassword=hunter2",
            "postgres:///db?host=/run&password=hunter2",
            "postgres://:hunter2@/db",
        ] {
            let url = parse(text).unwrap();
            let shown = format!("{url} {url:?}");
            assert!(
                shown.contains("postgres://") && !shown.contains("hunter2"),
                "{text}: {shown}"
            );
        }
    }
}
