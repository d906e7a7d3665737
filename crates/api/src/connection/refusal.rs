//! An answer to what is no request yet.

use std::fmt::Write;

use tasklane_domain::id::IdGenerator;

use crate::problem::{PROBLEM_MEDIA_TYPE, Problem};

/// The whole answer with the problem, after which the connection is closed.
pub(super) fn answer(problem: &Problem, ids: &dyn IdGenerator) -> Vec<u8> {
    let id = ids.next_id().to_string();
    // Whatever path was meant is unknown.
    let body = problem.to_json("/", &id);
    let mut head = format!(
        "HTTP/1.1 {}\r\ncontent-type: {PROBLEM_MEDIA_TYPE}\r\ncontent-length: {}\r\n\
         connection: close\r\ncache-control: no-store\r\nx-request-id: {id}\r\n",
        problem.status(),
        body.len()
    );
    for (name, value) in &problem.headers {
        // Writing to memory cannot fail.
        let _ = write!(head, "{name}: {}\r\n", value.to_str().unwrap_or_default());
    }
    head.push_str("\r\n");
    [head.into_bytes(), body].concat()
}
