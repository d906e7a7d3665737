//! What a server is started with, and the requests it gets, each written out, so that nothing is left
//! to do but to send them.

use std::fs;
use std::path::Path;

use anyhow::Result;
use tasklane_domain::clock::Clock;
use tasklane_infrastructure::system::SystemClock;

use crate::population::{Population, task_id};
use crate::tokens::{Algorithm, Signer};

/// Between two requests in a file. No request contains it, since JSON escapes it.
const SEPARATOR: &str = "\u{1e}";

/// A new task as a client sends it; the server gives it an id.
const NEW_TASK: &str = r#"{"title":"Ring the plumber about kitchen tap 00000","description":"The tap drips since the week before last, 00000 drops an hour; ask what a new one costs, and whether Friday is too early","priority":"high","due":{"date":"2026-12-01"},"tags":["home","errands"]}"#;

/// Everything switched on. The limits are higher than any load of ours; they are counted all the same.
const SETTINGS: &str = r#"
[server]
address = "127.0.0.1:0"
user_concurrency = 1000000
[management]
address = "127.0.0.1:0"
[rate_limit]
api = { quota = 1000000000, window = "1m" }
[cors]
origins = ["https://app.example.com"]
[quota]
tasks_per_user = 0
items_per_user = 0
bytes_per_user = 0
[log]
level = "info"
format = "json"
[auth]
"#;

/// Writes the settings (`tasklane.toml`) and the requests (`<kind>.requests`) into a folder.
///
/// # Errors
/// A file cannot be written.
pub fn write(folder: &Path, algorithm: Algorithm, population: &Population) -> Result<()> {
    let settings = format!("{SETTINGS}{}\n", algorithm.setting(folder)?);
    fs::write(folder.join("tasklane.toml"), settings)?;
    let signer = Signer::new(algorithm, SystemClock.now())?;
    let (mut live, mut read, mut list, mut toggle, mut create) = Default::default();
    for user in 0..population.active {
        let token = signer.token(user);
        let push = |requests: &mut Vec<String>, line: &str, body: &str| {
            requests.push(request(line, &token, body));
        };
        for task in 0..population.tasks {
            let path = format!("/api/tasks/{}", task_id(user, task));
            push(&mut read, &format!("GET {path}"), "");
            push(&mut toggle, &format!("PATCH {path}/toggle"), "");
        }
        push(&mut live, "GET /health/live", "");
        push(&mut list, "GET /api/tasks?limit=50", "");
        push(&mut create, "POST /api/tasks", NEW_TASK);
    }
    let kinds = [
        ("live", live),
        ("read", read),
        ("list", list),
        ("toggle", toggle),
        ("create", create),
    ];
    for (kind, requests) in kinds {
        fs::write(
            folder.join(format!("{kind}.requests")),
            requests.join(SEPARATOR),
        )?;
    }
    Ok(())
}

fn request(line: &str, token: &str, body: &str) -> String {
    let head = format!("{line} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n");
    if body.is_empty() {
        return head + "\r\n";
    }
    let length = body.len();
    format!("{head}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}")
}
