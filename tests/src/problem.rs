//! Problem documents (RFC 9457), checked against the contract as a whole.

use serde_json::{Map, Value};

use crate::answer::Answer;

/// What every problem document may contain.
const MEMBERS: [&str; 8] = [
    "type",
    "title",
    "status",
    "code",
    "detail",
    "instance",
    "request_id",
    "errors",
];

/// What only problems of one code contain.
const MEMBERS_OF_CODES: [(&str, &str); 3] = [
    ("current", "precondition_failed"),
    ("limit", "quota_exceeded"),
    ("policy", "rate_limited"),
];

/// A problem document that keeps the contract's form.
#[derive(Debug, Clone)]
pub struct Problem(Value);

impl Problem {
    /// Reads the document and checks everything that holds for each of them.
    #[track_caller]
    pub(crate) fn of(answer: &Answer) -> Self {
        let shown = answer.text();
        assert_eq!(
            answer.header("content-type"),
            Some("application/problem+json"),
            "{shown}"
        );
        let problem = Self(answer.document());
        let code = problem.code();
        assert_eq!(problem.0["type"], format!("/problems/{code}"), "{shown}");
        assert_eq!(problem.0["status"], answer.status(), "{shown}");
        assert_eq!(problem.0["instance"], answer.path(), "{shown}");
        assert_eq!(
            problem.0["request_id"].as_str(),
            answer.header("x-request-id"),
            "{shown}"
        );
        for member in ["title", "detail"] {
            assert!(
                !problem.0[member].as_str().unwrap_or_default().is_empty(),
                "{member}: {shown}"
            );
        }
        for member in problem.members().keys() {
            let is_own = MEMBERS_OF_CODES.contains(&(member.as_str(), code));
            assert!(
                is_own || MEMBERS.contains(&member.as_str()),
                "{member} is unknown: {shown}"
            );
        }
        for (member, own) in [("limit", "quota_exceeded"), ("policy", "rate_limited")] {
            let is_named = problem.0[member].is_string();
            assert_eq!(is_named, code == own, "{member}: {shown}");
        }
        problem.errors().iter().for_each(check_entry);
        problem
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.0["status"]
            .as_u64()
            .and_then(|status| status.try_into().ok())
            .unwrap_or_default()
    }

    /// The policy that refused the request.
    #[must_use]
    pub fn policy(&self) -> Option<&str> {
        self.0["policy"].as_str()
    }

    /// The machine-readable code.
    #[must_use]
    pub fn code(&self) -> &str {
        self.0["code"].as_str().unwrap_or_default()
    }

    /// What happened, in words.
    #[must_use]
    pub fn detail(&self) -> &str {
        self.0["detail"].as_str().unwrap_or_default()
    }

    /// All members.
    #[must_use]
    pub fn members(&self) -> &Map<String, Value> {
        self.0.as_object().expect("a problem document is an object")
    }

    /// The entries about single fields and parameters.
    #[must_use]
    pub fn errors(&self) -> &[Value] {
        match self.0.get("errors") {
            None => &[],
            Some(errors) => errors.as_array().expect("errors is a list"),
        }
    }

    /// The fields that are wrong, in alphabetical order.
    #[must_use]
    pub fn pointers(&self) -> Vec<&str> {
        self.named("pointer")
    }

    /// The query, path and header parameters that are wrong, in alphabetical order.
    #[must_use]
    pub fn parameters(&self) -> Vec<&str> {
        self.named("parameter")
    }

    /// The rule that the field at a pointer breaks.
    #[track_caller]
    #[must_use]
    pub fn code_at(&self, pointer: &str) -> &str {
        self.entry_at(pointer)["code"].as_str().unwrap_or_default()
    }

    /// The entry about the field at a pointer.
    #[track_caller]
    #[must_use]
    pub fn entry_at(&self, pointer: &str) -> &Value {
        let entry = self
            .errors()
            .iter()
            .find(|entry| entry["pointer"] == pointer);
        entry.unwrap_or_else(|| panic!("nothing is said about {pointer}: {}", self.0))
    }

    /// Fails unless exactly this header or query or path parameter is named.
    #[track_caller]
    pub fn names(&self, parameter: &str) {
        let named = self.parameters();
        assert!(
            named.len() == 1 && named[0].eq_ignore_ascii_case(parameter),
            "{parameter} was to be named: {}",
            self.0
        );
    }

    /// What does not depend on which request it was: everything but the request's id and path.
    #[must_use]
    pub fn regardless_of_request(&self) -> Map<String, Value> {
        let mut members = self.members().clone();
        members.remove("request_id");
        members.remove("instance");
        members
    }

    fn named(&self, member: &str) -> Vec<&str> {
        let mut names: Vec<&str> = self
            .errors()
            .iter()
            .filter_map(|entry| entry[member].as_str())
            .collect();
        names.sort_unstable();
        names
    }
}

#[track_caller]
fn check_entry(entry: &Value) {
    let text = |member: &str| entry.get(member).and_then(Value::as_str);
    assert!(
        text("pointer").is_some() != text("parameter").is_some(),
        "{entry}"
    );
    assert!(
        text("pointer").is_none_or(|at| at.is_empty() || at.starts_with('/')),
        "{entry}"
    );
    assert!(text("code").is_some_and(|code| !code.is_empty()), "{entry}");
    assert!(
        text("message").is_some_and(|message| !message.is_empty()),
        "{entry}"
    );
    for member in entry.as_object().expect("an entry is an object").keys() {
        let known = ["pointer", "parameter", "code", "message", "params"];
        assert!(
            known.contains(&member.as_str()),
            "{member} is unknown: {entry}"
        );
    }
}
