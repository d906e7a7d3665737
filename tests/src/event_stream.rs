//! A reader of server-sent events (WHATWG HTML, section 9.2).

use std::time::Duration;

use reqwest::Response;
use serde_json::Value;
use tokio::time::timeout;

use crate::server::Server;
use crate::user::User;

/// How long a test waits for what must come.
const LIMIT: Duration = Duration::from_mins(1);

/// Where events come from.
pub const EVENTS: &str = "/api/events";

/// An open stream of changes. Dropping it closes the connection.
#[derive(Debug)]
pub struct EventStream {
    response: Response,
    unread: Vec<u8>,
}

/// What stands between two blank lines.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// How long to wait before connecting again, in milliseconds.
    Retry(u64),
    /// Something for nobody.
    Comment,
    /// A change.
    Change(Change),
}

/// A change, as an event tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The revision in the event's id.
    pub id: i64,
    /// The event's id: where to resume.
    pub resume: String,
    /// The entry of the change feed.
    pub entry: Value,
}

impl Change {
    /// The item that changed; null when it was erased.
    #[must_use]
    pub fn item(&self) -> &Value {
        &self.entry["item"]
    }
}

impl EventStream {
    /// What changes from now on.
    pub async fn follow(server: &Server, user: &User) -> Self {
        Self::open(server, user.access_token(), EVENTS, None).await
    }

    /// What changes after the last event.
    pub async fn resume(server: &Server, user: &User, last: i64) -> Self {
        Self::open(server, user.access_token(), EVENTS, Some(last)).await
    }

    /// Opens a stream at a path, with a token, resumed after the last event if one is given.
    pub async fn open(server: &Server, token: &str, path: &str, last: Option<i64>) -> Self {
        let client = reqwest::Client::builder().no_proxy().build();
        let client = client.expect("an HTTP client can be made");
        let mut request = client
            .get(format!("{}{path}", server.url()))
            .header("accept", "text/event-stream")
            .header("authorization", format!("Bearer {token}"));
        if let Some(last) = last {
            request = request.header("last-event-id", last.to_string());
        }
        let response = request.send().await.expect("the server answers");
        assert_eq!(response.status(), 200, "{path}");
        Self {
            response,
            unread: Vec::new(),
        }
    }

    /// A header of the answer.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// What comes next; `None` when the stream has ended as it should. Fails when nothing comes.
    pub async fn next(&mut self) -> Option<Block> {
        timeout(LIMIT, self.read_block())
            .await
            .expect("the stream is silent")
    }

    /// The next change; `None` when the stream has ended as it should.
    pub async fn change(&mut self) -> Option<Change> {
        loop {
            if let Block::Change(change) = self.next().await? {
                return Some(change);
            }
        }
    }

    /// The ids of the next changes, as many as asked for.
    pub async fn next_ids(&mut self, number: usize) -> Vec<i64> {
        let mut ids = Vec::new();
        for _ in 0..number {
            ids.push(self.change().await.expect("the stream goes on").id);
        }
        ids
    }

    /// The next change; `None` when none comes within that time.
    pub async fn change_within(&mut self, limit: Duration) -> Option<Change> {
        timeout(limit, self.change())
            .await
            .ok()
            .map(|change| change.expect("the stream goes on"))
    }

    /// Waits until the stream has ended; gives the changes that came before.
    pub async fn ended(&mut self) -> Vec<Change> {
        let mut changes = Vec::new();
        while let Some(change) = self.change().await {
            changes.push(change);
        }
        changes
    }

    /// Breaks off when that many bytes have come, or the pause is long; gives the changes that were
    /// complete by then.
    pub async fn broken_off(mut self, bytes: usize, pause: Duration) -> Vec<Change> {
        while self.unread.len() < bytes {
            let Ok(chunk) = timeout(pause, self.response.chunk()).await else {
                break;
            };
            let Some(chunk) = chunk.expect("the stream goes on") else {
                break;
            };
            self.unread.extend(chunk);
        }
        self.unread.truncate(bytes);
        let blocks = std::iter::from_fn(|| self.take_block());
        blocks
            .filter_map(|block| match block {
                Block::Change(change) => Some(change),
                Block::Retry(_) | Block::Comment => None,
            })
            .collect()
    }

    async fn read_block(&mut self) -> Option<Block> {
        loop {
            if let Some(block) = self.take_block() {
                return Some(block);
            }
            let chunk = self.response.chunk().await;
            let Some(chunk) = chunk.expect("the stream goes on, or ends in order") else {
                assert!(self.unread.is_empty(), "the stream ends within a block");
                return None;
            };
            self.unread.extend(chunk);
        }
    }

    /// Takes what has come completely.
    fn take_block(&mut self) -> Option<Block> {
        let end = self.unread.windows(2).position(|two| two == b"\n\n")?;
        let block: Vec<u8> = self.unread.drain(..end + 2).collect();
        let text = std::str::from_utf8(&block[..end]).expect("events are UTF-8");
        Some(Block::read(text))
    }
}

/// How many streams the server says that it has.
pub async fn open_streams(server: &Server) -> usize {
    let page = reqwest::get(format!("{}/metrics", server.management_url()));
    let page = page.await.expect("the server is managed").text().await;
    let metrics = page.expect("metrics are text");
    let line = metrics
        .lines()
        .find_map(|line| line.strip_prefix("tasklane_event_streams "));
    let number = line.expect("the streams are counted").parse();
    number.expect("a whole number")
}

impl Block {
    fn read(text: &str) -> Self {
        if text.lines().all(|line| line.starts_with(':')) {
            return Self::Comment;
        }
        if let Some(wait) = text.strip_prefix("retry: ") {
            return Self::Retry(wait.parse().expect("a number of milliseconds"));
        }
        let lines: Vec<(&str, &str)> = text
            .lines()
            .map(|line| line.split_once(": ").expect("a field"))
            .collect();
        let [("id", id), ("event", "change"), ("data", data)] = lines[..] else {
            panic!("no change: {text}")
        };
        let change = Change {
            id: id
                .split('-')
                .next()
                .and_then(|revision| revision.parse().ok())
                .expect("the id begins with a revision"),
            resume: id.to_owned(),
            entry: serde_json::from_str(data).expect("the data is JSON"),
        };
        assert_eq!(change.entry["revision"], change.id, "{text}");
        Self::Change(change)
    }
}
