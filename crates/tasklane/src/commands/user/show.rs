//! Users, for people and for programs.

use serde_json::{Value, json};
use tasklane_domain::clock::Timestamp;
use tasklane_domain::port::DirectoryEntry;
use tasklane_domain::user::{Email, Name, User};

/// A line for each user below a line of headings.
pub(super) fn as_table(users: &[DirectoryEntry]) -> String {
    let headings = ["ID", "EMAIL", "ISSUER", "STATUS", "CREATED"].map(str::to_owned);
    let rows: Vec<[String; 5]> = std::iter::once(headings)
        .chain(users.iter().map(row))
        .collect();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..4).map(width).collect();
    let line = |[id, email, issuer, status, created]: &[String; 5]| {
        format!(
            "{id:<0$}  {email:<1$}  {issuer:<2$}  {status:<3$}  {created}\n",
            widths[0], widths[1], widths[2], widths[3]
        )
    };
    rows.iter().map(line).collect()
}

fn row(entry: &DirectoryEntry) -> [String; 5] {
    let user = &entry.user;
    [
        user.id.to_string(),
        or_dash(user.email.as_ref()),
        user.issuer.clone(),
        status(entry).to_owned(),
        or_dash(user.created_at.as_ref()),
    ]
}

fn status(entry: &DirectoryEntry) -> &'static str {
    match entry.disabled_at {
        Some(_) => "disabled",
        None => "enabled",
    }
}

fn or_dash(value: Option<&impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), ToString::to_string)
}

/// A line for each thing that is known of a user.
pub(super) fn as_lines(entry: &DirectoryEntry) -> String {
    let user = &entry.user;
    let lines = [
        ("id", user.id.to_string()),
        ("email", or_dash(user.email.as_ref())),
        ("verified", verified(user).to_owned()),
        (
            "name",
            or_dash(user.name.as_ref().map(Name::as_str).as_ref()),
        ),
        ("issuer", user.issuer.clone()),
        ("status", status(entry).to_owned()),
        ("created", or_dash(user.created_at.as_ref())),
        ("updated", or_dash(user.updated_at.as_ref())),
        ("disabled", or_dash(entry.disabled_at.as_ref())),
    ];
    let lines = lines.map(|(name, value)| format!("{name:<9} {value}\n"));
    lines.concat()
}

fn verified(user: &User) -> &'static str {
    match (&user.email, user.email_verified) {
        (None, _) => "-",
        (Some(_), true) => "yes",
        (Some(_), false) => "no",
    }
}

/// An array of users.
pub(super) fn as_json(users: &[DirectoryEntry]) -> serde_json::Result<String> {
    in_lines(&users.iter().map(value).collect())
}

/// One user.
pub(super) fn one_as_json(entry: &DirectoryEntry) -> serde_json::Result<String> {
    in_lines(&value(entry))
}

fn in_lines(value: &Value) -> serde_json::Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}

fn value(entry: &DirectoryEntry) -> Value {
    let user = &entry.user;
    let text = |at: Option<Timestamp>| at.map(|at| at.to_string());
    json!({
        "id": user.id.to_string(),
        "email": user.email.as_ref().map(Email::as_str),
        "email_verified": user.email_verified,
        "name": user.name.as_ref().map(Name::as_str),
        "issuer": user.issuer,
        "created_at": text(user.created_at),
        "updated_at": text(user.updated_at),
        "disabled_at": text(entry.disabled_at),
    })
}
