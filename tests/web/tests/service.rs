//! The Better Auth service of `examples/better-auth`, as a process of its own.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use reqwest::header::{COOKIE, SET_COOKIE};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

/// How long the service may take for anything.
const LIMIT: Duration = Duration::from_mins(1);

/// The URL that the example's own settings for Tasklane name.
const DOCUMENTED_URL: &str = "http://localhost:3000";

/// A running service, on a free port. Dropping it ends it.
pub(crate) struct BetterAuth {
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
    url: String,
    http: reqwest::Client,
}

/// Somebody who is signed in there.
pub(crate) struct Visitor {
    /// What the browser keeps: `better-auth.session_token=…`.
    pub(crate) cookie: String,
    /// The session's token, which means nothing outside Better Auth.
    pub(crate) session_token: String,
    /// Their id.
    pub(crate) id: String,
}

impl BetterAuth {
    /// Starts the service.
    pub(crate) async fn start() -> Self {
        let folder = example();
        assert!(
            folder.join("node_modules").is_dir(),
            "the packages of {} are not installed: run `cargo xtask test --web`",
            folder.display()
        );
        let mut child = Command::new("node")
            .arg("server.js")
            .current_dir(folder)
            .env("PORT", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("Node.js can be started");
        let stdout = child.stdout.take().expect("its output is piped");
        let mut service = Self {
            child,
            stdout: BufReader::new(stdout).lines(),
            url: String::new(),
            http: reqwest::Client::builder()
                .no_proxy()
                .timeout(LIMIT)
                .build()
                .expect("an HTTP client can be made"),
        };
        service.url = service.line_after("listening on ").await;
        service
    }

    /// Its base URL: `iss` and `aud` of its tokens.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The example's settings for Tasklane, for where the service really is.
    pub(crate) fn tasklane_settings(&self) -> String {
        let text = std::fs::read_to_string(example().join("tasklane.toml"));
        let text = text.expect("the example has settings for Tasklane");
        assert!(text.contains(DOCUMENTED_URL), "{text}");
        text.replace(DOCUMENTED_URL, &self.url)
    }

    /// Signs somebody up, who is then signed in.
    pub(crate) async fn sign_up(&self, name: &str, email: &str) -> Visitor {
        let account = json!({ "name": name, "email": email, "password": "correct horse battery" });
        let request = self
            .http
            .post(format!("{}/api/auth/sign-up/email", self.url))
            .header("content-type", "application/json")
            .body(account.to_string());
        let response = request.send().await.expect("the service answers");
        let cookie = response.headers().get(SET_COOKIE);
        let cookie = cookie.and_then(|cookie| cookie.to_str().ok()?.split(';').next());
        let cookie = cookie.expect("a session cookie is set").to_owned();
        let body: Value = response.json().await.expect("the answer is JSON");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        Visitor {
            cookie,
            session_token: text(&body["token"]),
            id: text(&body["user"]["id"]),
        }
    }

    /// A signed token for the visitor, from the plugin's own endpoint.
    pub(crate) async fn token(&self, visitor: &Visitor) -> String {
        let request = self
            .http
            .get(format!("{}/api/auth/token", self.url))
            .header(COOKIE, &visitor.cookie);
        let response = request.send().await.expect("the service answers");
        let body: Value = response.json().await.expect("the answer is JSON");
        body["token"].as_str().expect("a token is given").to_owned()
    }

    /// Makes it sign with a new key from now on.
    pub(crate) async fn rotate_its_key(&mut self) {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok());
        let id = id.and_then(Pid::from_raw).expect("the service still runs");
        kill_process(id, Signal::HUP).expect("the service can be signalled");
        self.line_after("rotated the signing key").await;
    }

    /// The rest of the next line that begins so.
    async fn line_after(&mut self, start: &str) -> String {
        loop {
            let line = timeout(LIMIT, self.stdout.next_line()).await;
            let line = line.expect("the service goes on in time");
            let line = line.expect("its output is UTF-8");
            let line = line.expect("the service still runs");
            if let Some(rest) = line.strip_prefix(start) {
                return rest.to_owned();
            }
        }
    }
}

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/better-auth")
}
