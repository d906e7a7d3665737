//! Somebody with a local account, signed in.

use std::ops::Deref;

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::client::Client;
use crate::task::Task;

/// The password of everybody.
pub const PASSWORD: &str = "correct horse battery staple";

/// Somebody who is signed in: a client that presents their token.
#[derive(Debug, Clone)]
pub struct User {
    client: Client,
    /// What the server said when they signed in.
    signed_in: Value,
}

impl User {
    /// Registers `<name>@example.com`.
    pub(crate) async fn register(anonymous: Client, name: &str) -> Self {
        let account = json!({ "email": format!("{name}@example.com"), "password": PASSWORD });
        let answer = anonymous.post("/api/auth/register", &account).await.is(201);
        Self::signed_in(&anonymous, &answer)
    }

    /// Takes what register, login and refresh answer.
    #[must_use]
    pub fn signed_in(client: &Client, answer: &Answer) -> Self {
        let signed_in = answer.json();
        let token = signed_in["access_token"]
            .as_str()
            .expect("an access token is given");
        Self {
            client: client.with_token(token),
            signed_in,
        }
    }

    /// Signs in once more, which begins another session.
    pub async fn login(&self) -> Self {
        let credentials = json!({ "email": self.email(), "password": PASSWORD });
        let answer = self
            .post("/api/auth/login", &credentials)
            .without("authorization")
            .await;
        Self::signed_in(&self.client, &answer.is(200))
    }

    /// The same user with the same tokens, towards another server.
    #[must_use]
    pub fn at(&self, url: &str) -> Self {
        Self {
            client: self.client.towards(url),
            ..self.clone()
        }
    }

    /// The user's id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.signed_in["user"]["id"]
            .as_str()
            .expect("a user has an id")
    }

    /// The user's email address.
    #[must_use]
    pub fn email(&self) -> &str {
        self.signed_in["user"]["email"]
            .as_str()
            .expect("a local user has an email address")
    }

    /// The token for API calls.
    #[must_use]
    pub fn access_token(&self) -> &str {
        self.signed_in["access_token"]
            .as_str()
            .expect("an access token is given")
    }

    /// The token for the next refresh.
    #[must_use]
    pub fn refresh_token(&self) -> &str {
        self.signed_in["refresh_token"]
            .as_str()
            .expect("a refresh token is given")
    }

    /// Creates a task.
    pub async fn create(&self, task: Value) -> Task {
        self.post("/api/tasks", &task).await.is(201).task()
    }

    /// So many calls at once, half of which create a task and half of which read this one.
    pub async fn read_and_write(&self, task: &Task, calls: usize) -> Vec<Answer> {
        let calls = (0..calls).map(|number| {
            let title = json!({ "title": number.to_string() });
            if number % 2 == 0 {
                self.post("/api/tasks", &title).into_future()
            } else {
                self.get(&task.path()).into_future()
            }
        });
        futures::future::join_all(calls).await
    }

    /// Creates a task with nothing but a title.
    pub async fn create_titled(&self, title: &str) -> Task {
        self.create(json!({ "title": title })).await
    }

    /// Reads a live task.
    pub async fn read(&self, id: &str) -> Task {
        self.get(&format!("/api/tasks/{id}")).await.is(200).task()
    }

    /// All live tasks, newest first.
    pub async fn tasks(&self) -> Vec<Task> {
        self.walk("/api/tasks?limit=100").await
    }

    /// The items of all pages of a list, which begins with this path and query.
    pub async fn walk(&self, path: &str) -> Vec<Task> {
        self.walk_with(path, &[]).await
    }

    /// The same with more query parameters, which are percent-encoded.
    pub async fn walk_with(&self, path: &str, query: &[(&str, &str)]) -> Vec<Task> {
        let mut items = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let parameters = query
                .iter()
                .copied()
                .chain(cursor.as_deref().map(|at| ("cursor", at)));
            let call = parameters.fold(self.get(path), |call, (name, value)| {
                call.query(name, value)
            });
            let page = call.await.is(200).json();
            let tasks = page["items"].as_array().expect("a page has items");
            items.extend(tasks.iter().cloned().map(Task::new));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => return items,
            }
        }
    }

    /// The user's revision, as the list's entity tag tells it.
    pub async fn revision(&self) -> i64 {
        let etag = self.get("/api/tasks?limit=1").await.is(200).etag();
        let number = etag
            .strip_prefix("W/\"")
            .and_then(|etag| etag.strip_suffix('"'));
        number
            .and_then(|number| number.parse().ok())
            .unwrap_or_else(|| panic!("no revision: {etag}"))
    }
}

impl Deref for User {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}
