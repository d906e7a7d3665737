//! What the server answered.

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::document;
use crate::problem::Problem;
use crate::task::Task;

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    path: String,
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    /// Takes an answer and checks what holds for every one: it has a request id, it is a problem
    /// document when it is an error, and the OpenAPI document announces it.
    pub(crate) fn new(
        method: &Method,
        path: String,
        status: u16,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Self {
        let answer = Self {
            path,
            status,
            headers,
            body,
        };
        let request_id = answer.header("x-request-id");
        assert!(
            request_id.is_some_and(|id| !id.is_empty()),
            "no request id: {answer:?}"
        );
        if status >= 400 && *method != Method::HEAD {
            Problem::of(&answer);
        }
        document::check(method, &answer);
        answer
    }

    /// The status code.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The path that was asked for, without the query.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Fails when the status is another.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{} {}", self.path, self.text());
        self
    }

    /// A header's value; fails when it is duplicated or not text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values
            .next()
            .map(|value| value.to_str().expect("a header is text"));
        assert!(
            values.next().is_none(),
            "{name} is duplicated: {:?}",
            self.headers
        );
        value
    }

    /// All headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The entity tag, which must be there.
    #[track_caller]
    #[must_use]
    pub fn etag(&self) -> String {
        self.header("etag")
            .expect("the answer has an entity tag")
            .to_owned()
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is UTF-8")
    }

    /// The body as bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.body
    }

    /// The body as JSON, whatever its media type.
    #[track_caller]
    #[must_use]
    pub fn document(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{} {error}: {:?}", self.path, self.text()))
    }

    /// The body, which must be declared as JSON.
    #[track_caller]
    #[must_use]
    pub fn json(&self) -> Value {
        let media_type = self.header("content-type").unwrap_or_default();
        assert!(
            media_type.starts_with("application/json"),
            "{} {media_type}",
            self.path
        );
        self.document()
    }

    /// The task in the body, whose revision must be the entity tag.
    #[track_caller]
    #[must_use]
    pub fn task(&self) -> Task {
        let task = Task::new(self.json());
        assert_eq!(self.etag(), task.etag(), "{}", self.text());
        task
    }

    /// The problem document, which must have this status and code.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Problem {
        assert!(
            self.status >= 400,
            "{} answered {} {}",
            self.path,
            self.status,
            self.text()
        );
        let problem = Problem::of(self);
        assert_eq!(
            (problem.status(), problem.code()),
            (status, code),
            "{}",
            self.text()
        );
        problem
    }
}
