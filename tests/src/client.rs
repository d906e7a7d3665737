//! A thin HTTP client: what is sent is what the test says, and every answer is checked for what the
//! contract promises of all of them.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Body, Method, Url};
use serde_json::Value;

use crate::answer::Answer;

/// How long an answer may take.
const ANSWER_LIMIT: Duration = Duration::from_mins(1);

/// The media type of a JSON merge patch (RFC 7396).
pub const MERGE_PATCH: &str = "application/merge-patch+json";

/// Talks to one server, in the name of one user or of nobody.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    url: Url,
    token: Option<String>,
}

/// A request that is sent when it is awaited.
#[derive(Debug)]
#[must_use = "it is sent when it is awaited"]
pub struct Call {
    http: reqwest::Client,
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Option<Body>,
}

impl Client {
    pub(crate) fn new(url: &str) -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(ANSWER_LIMIT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("an HTTP client can be made");
        Self {
            http,
            url: url.parse().expect("the server's URL is one"),
            token: None,
        }
    }

    /// The same client with a bearer token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    /// The same client, towards another server.
    #[must_use]
    pub fn towards(&self, url: &str) -> Self {
        Self {
            url: url.parse().expect("the server's URL is one"),
            ..self.clone()
        }
    }

    /// A request for a path, which may bring its own query.
    pub fn call(&self, method: Method, path: &str) -> Call {
        let url = self.url.join(path).expect("the path is one");
        let mut headers = HeaderMap::new();
        if let Some(token) = &self.token {
            headers.insert("authorization", header_value(&format!("Bearer {token}")));
        }
        Call {
            http: self.http.clone(),
            method,
            url,
            headers,
            body: None,
        }
    }

    /// Reads.
    pub fn get(&self, path: &str) -> Call {
        self.call(Method::GET, path)
    }

    /// Sends a JSON document.
    pub fn post(&self, path: &str, document: &Value) -> Call {
        self.call(Method::POST, path).json(document)
    }

    /// Replaces by a JSON document.
    pub fn put(&self, path: &str, document: &Value) -> Call {
        self.call(Method::PUT, path).json(document)
    }

    /// Sends a JSON merge patch.
    pub fn patch(&self, path: &str, changes: &Value) -> Call {
        self.call(Method::PATCH, path)
            .text(MERGE_PATCH, changes.to_string())
    }

    /// Flips whether the task at a path is done.
    pub fn toggle(&self, task: &str) -> Call {
        self.call(Method::PATCH, &format!("{task}/toggle"))
    }

    /// Takes the task at a path out of the trash.
    pub fn restore(&self, task: &str) -> Call {
        self.call(Method::POST, &format!("{task}/restore"))
    }

    /// Deletes.
    pub fn delete(&self, path: &str) -> Call {
        self.call(Method::DELETE, path)
    }
}

impl Call {
    /// Adds a header; one that is there already is then duplicated.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a header's name");
        self.headers.append(name, header_value(value));
        self
    }

    /// Takes a header away.
    pub fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    /// Asks that the task be at one of these revisions (RFC 9110 §13.1.1).
    pub fn if_match(self, tags: &str) -> Self {
        self.header("if-match", tags)
    }

    /// Asks that nothing with these tags be there (RFC 9110 §13.1.2).
    pub fn if_none_match(self, tags: &str) -> Self {
        self.header("if-none-match", tags)
    }

    /// Adds a query parameter, percent-encoded.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.url.query_pairs_mut().append_pair(name, value);
        self
    }

    /// Sends a JSON document.
    pub fn json(self, document: &Value) -> Self {
        self.text("application/json", document.to_string())
    }

    /// Sends a body with its media type.
    pub fn text(mut self, media_type: &str, body: impl Into<Body>) -> Self {
        self.headers
            .insert("content-type", header_value(media_type));
        self.body = Some(body.into());
        self
    }

    /// Sends the request, for tests of a server that may not answer.
    ///
    /// # Errors
    /// There was no whole answer.
    pub async fn attempt(self) -> Result<Answer, reqwest::Error> {
        let (method, path) = (self.method.clone(), self.url.path().to_owned());
        let mut request = self
            .http
            .request(self.method, self.url)
            .headers(self.headers);
        if let Some(body) = self.body {
            request = request.body(body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await?.to_vec();
        Ok(Answer::new(&method, path, status, headers, body))
    }
}

impl IntoFuture for Call {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async {
            let request = format!("{} {}", self.method, self.url);
            self.attempt()
                .await
                .unwrap_or_else(|error| panic!("{request}: {error:?}"))
        })
    }
}

fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_bytes(text.as_bytes()).expect("a header's value")
}
