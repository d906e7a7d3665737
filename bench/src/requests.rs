//! The requests of a load, each written out, so that whoever sends them has nothing to put together.

use std::fmt::Write;

use tasklane_domain::clock::Clock;
use tasklane_infrastructure::system::SystemClock;

use crate::Failure;
use crate::population::{Population, task_id};
use crate::server::Algorithm;
use crate::tokens::Signer;

/// What stands between two requests in a file: no request has it, since JSON escapes it.
const SEPARATOR: char = '\u{1e}';

/// A new task as a client sends it; the server gives it an id.
const NEW_TASK: &str = r#"{"title":"Ring the plumber about kitchen tap 00000","description":"The tap drips since the week before last, 00000 drops an hour; ask what a new one costs, and whether Friday is too early","priority":"high","due":{"date":"2026-12-01"},"tags":["home","errands"]}"#;

/// A file for each kind of request, with its name.
///
/// # Errors
/// None, unless a rule for keys has become stricter.
pub fn files(
    population: &Population,
    algorithm: Algorithm,
) -> Result<Vec<(&'static str, String)>, Failure> {
    let signer = Signer::new(algorithm.key(), SystemClock.now())?;
    let (mut read, mut toggle, mut list, mut create) = Default::default();
    for user in 0..population.active {
        let token = signer.token(user);
        for task in 0..population.tasks {
            let path = format!("/api/tasks/{}", task_id(user, task));
            push(&mut read, "GET", &path, &token, "")?;
            push(&mut toggle, "PATCH", &format!("{path}/toggle"), &token, "")?;
        }
        push(&mut list, "GET", "/api/tasks?limit=50", &token, "")?;
        push(&mut create, "POST", "/api/tasks", &token, NEW_TASK)?;
    }
    Ok(vec![
        ("read.requests", read),
        ("toggle.requests", toggle),
        ("list.requests", list),
        ("create.requests", create),
    ])
}

fn push(
    file: &mut String,
    method: &str,
    path: &str,
    token: &str,
    body: &str,
) -> Result<(), Failure> {
    if !file.is_empty() {
        file.push(SEPARATOR);
    }
    write!(
        file,
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
    )?;
    if body.is_empty() {
        file.push_str("\r\n");
    } else {
        let length = body.len();
        write!(
            file,
            "Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        )?;
    }
    Ok(())
}
