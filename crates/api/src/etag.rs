//! Entity tags and the conditions that are made of them (RFC 9110, sections 8.8.3 and 13.1).

use actix_web::http::header::{HeaderMap, HeaderValue};
use tasklane_domain::error::Violation;
use tasklane_domain::page::ListVersion;
use tasklane_domain::task::{Precondition, Revision};

use crate::operation::Header;

/// The tag of one task.
pub(crate) const TASK_ETAG: Header = Header {
    key: "ETag",
    name: "ETag",
    meaning: "The task's current revision, quoted",
    pattern: "^\"[0-9]+\"$",
    example: "\"42\"",
};
/// The tag of a list.
pub(crate) const LIST_ETAG: Header = Header {
    key: "List-ETag",
    name: "ETag",
    meaning: "The user's revision, weak; for the trash with the purge horizon",
    pattern: "^W/\"[0-9]+(-[0-9]+)?\"$",
    example: "W/\"42\"",
};

/// The tag of a summary.
pub(crate) const SUMMARY_ETAG: Header = Header {
    key: "Summary-ETag",
    name: "ETag",
    meaning: "The user's revision, the purge horizon, the day and its time zone, weak",
    pattern: "^W/\"[0-9]+-[0-9]+-[0-9]{4}-[0-9]{2}-[0-9]{2}-[A-Za-z0-9/_+-]+\"$",
    example: "W/\"42-0-2026-11-21-Europe/Rome\"",
};

/// A task's tag: its revision.
#[must_use]
pub fn task_etag(revision: Revision) -> HeaderValue {
    ascii_header(format!("\"{revision}\""))
}

/// A list's tag: the owner's revision, and for the trash the purge horizon too, since a purge
/// removes tasks from the trash and takes no revision.
#[must_use]
pub fn list_etag(version: ListVersion, deleted: bool) -> HeaderValue {
    ascii_header(format!("W/\"{}\"", list_tag(version, deleted)))
}

fn list_tag(version: ListVersion, deleted: bool) -> String {
    if deleted {
        format!("{}-{}", version.revision, version.purge_horizon)
    } else {
        version.revision.to_string()
    }
}

fn ascii_header(text: String) -> HeaderValue {
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}

/// The value of `If-Match` or `If-None-Match`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// `*`: whatever exists.
    Any,
    /// One of these.
    Tags(Vec<EntityTag>),
}

/// A tag that a client has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntityTag {
    weak: bool,
    opaque: String,
}

impl Condition {
    /// Reads a header that may be sent more than once; `None` when it is absent.
    ///
    /// # Errors
    /// It is malformed.
    pub fn from_headers(headers: &HeaderMap, name: &str) -> Result<Option<Self>, Violation> {
        let mut lines = headers.get_all(name).peekable();
        if lines.peek().is_none() {
            return Ok(None);
        }
        let mut tags = Vec::new();
        let mut any = false;
        for line in lines {
            match parse_line(line.as_bytes()).ok_or_else(malformed)? {
                Self::Any => any = true,
                Self::Tags(more) => tags.extend(more),
            }
        }
        match (any, tags.is_empty()) {
            (true, true) => Ok(Some(Self::Any)),
            (false, false) => Ok(Some(Self::Tags(tags))),
            _ => Err(malformed()),
        }
    }

    /// As a precondition on a task: a weak tag never matches, nor does a tag that is not a revision.
    #[must_use]
    pub fn to_precondition(&self) -> Precondition {
        match self {
            Self::Any => Precondition::Exists,
            Self::Tags(tags) => {
                Precondition::AnyOf(tags.iter().filter_map(EntityTag::strong_revision).collect())
            }
        }
    }

    /// Whether a task at that revision is one that the client has (weak comparison).
    #[must_use]
    pub fn matches_task(&self, revision: Revision) -> bool {
        self.matches(&revision.to_string())
    }

    /// Whether a list of that version is one that the client has (weak comparison).
    #[must_use]
    pub fn matches_list(&self, version: ListVersion, deleted: bool) -> bool {
        self.matches(&list_tag(version, deleted))
    }

    /// Whether the client has what this tag names, given without its quotes (weak comparison).
    #[must_use]
    pub fn matches(&self, opaque: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Tags(tags) => tags.iter().any(|tag| tag.opaque == opaque),
        }
    }
}

impl EntityTag {
    fn strong_revision(&self) -> Option<Revision> {
        let number = self.opaque.parse().ok().and_then(Revision::new)?;
        (!self.weak && number.to_string() == self.opaque).then_some(number)
    }
}

fn malformed() -> Violation {
    Violation::new("malformed", "must be * or a list of quoted entity tags")
}

fn parse_line(line: &[u8]) -> Option<Condition> {
    let line = line.trim_ascii();
    if line == b"*" {
        return Some(Condition::Any);
    }
    let mut tags = Vec::new();
    let mut rest = line;
    loop {
        rest = rest.trim_ascii_start();
        // Empty list elements are allowed (RFC 9110, section 5.6.1).
        if let [b',', after @ ..] = rest {
            rest = after;
            continue;
        }
        if rest.is_empty() {
            break;
        }
        let (tag, after) = parse_tag(rest)?;
        tags.push(tag);
        rest = after.trim_ascii_start();
        if !matches!(rest, [] | [b',', ..]) {
            return None;
        }
    }
    (!tags.is_empty()).then_some(Condition::Tags(tags))
}

fn parse_tag(text: &[u8]) -> Option<(EntityTag, &[u8])> {
    let (weak, quoted) = match text {
        [b'W', b'/', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let inner = quoted.strip_prefix(b"\"")?;
    let end = inner.iter().position(|byte| *byte == b'"')?;
    let (opaque, rest) = inner.split_at(end);
    let valid = opaque
        .iter()
        .all(|byte| matches!(byte, 0x21 | 0x23..=0x7e | 0x80..));
    let opaque = String::from_utf8_lossy(opaque).into_owned();
    valid.then_some((EntityTag { weak, opaque }, &rest[1..]))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::IF_MATCH;

    use super::*;

    fn condition(lines: &[&str]) -> Result<Option<Condition>, Violation> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(IF_MATCH, HeaderValue::from_str(line).unwrap());
        }
        Condition::from_headers(&headers, "if-match")
    }

    fn revision(number: i64) -> Revision {
        Revision::new(number).unwrap()
    }

    #[test]
    fn lists_and_lines_add_up() {
        let condition = condition(&[r#""1", W/"2" ,"#, r#", "3""#])
            .unwrap()
            .unwrap();
        let expected = Precondition::AnyOf(vec![revision(1), revision(3)]);
        assert_eq!(condition.to_precondition(), expected);
        assert!(condition.matches_task(revision(2)) && !condition.matches_task(revision(4)));
    }

    #[test]
    fn a_tag_that_is_not_a_revision_matches_nothing() {
        for tag in [
            r#""abc""#,
            r#""01""#,
            r#""-1""#,
            r#""""#,
            r#"W/"1""#,
            r#""99999999999999999999""#,
        ] {
            let condition = condition(&[tag]).unwrap().unwrap();
            assert_eq!(
                condition.to_precondition(),
                Precondition::AnyOf(vec![]),
                "{tag}"
            );
        }
    }

    #[test]
    fn a_malformed_condition_is_refused() {
        for line in [
            "",
            "1",
            r#""1"#,
            r#""1" "2""#,
            r#"w/"1""#,
            r#"*, "1""#,
            ",",
            r#""a b""#,
        ] {
            assert_eq!(condition(&[line]).unwrap_err().code, "malformed", "{line}");
        }
        assert!(condition(&["*", r#""1""#]).is_err());
    }

    #[test]
    fn an_absent_header_asks_nothing_and_a_star_asks_for_existence() {
        assert_eq!(condition(&[]).unwrap(), None);
        assert_eq!(
            condition(&["*"]).unwrap().unwrap().to_precondition(),
            Precondition::Exists
        );
    }

    #[test]
    fn the_trash_has_the_horizon_in_its_tag() {
        let version = ListVersion {
            revision: revision(7),
            purge_horizon: revision(3),
        };
        assert_eq!(list_etag(version, false), "W/\"7\"");
        assert_eq!(list_etag(version, true), "W/\"7-3\"");
    }
}
