use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::{Components, Header, Operation, refusals};
use crate::middleware::X_REQUEST_ID_HEADER;
use crate::problem::ProblemCode;
use crate::rate_limit::{RATE_LIMIT_HEADER, RATE_LIMIT_POLICY_HEADER};

/// What is known of an operation, gathered from its input and output.
pub struct OperationDescription<'a> {
    components: &'a mut Components,
    answer: &'static str,
    parameters: Vec<Value>,
    body: Option<Value>,
    answers: BTreeMap<u16, Value>,
    problems: Vec<ProblemCode>,
    problem_headers: Vec<(u16, Header)>,
    security: Value,
    limited: bool,
}

/// Where a parameter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterPlace {
    /// In the path, where it must be.
    Path,
    /// In a header, which may be left out.
    Header,
}

/// A parameter outside of the query string.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Where it is.
    pub place: ParameterPlace,
    /// Its name.
    pub name: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// Its schema, with an example.
    pub schema: Value,
}

impl<'a> OperationDescription<'a> {
    /// Describes an operation.
    pub(super) fn of<O: Operation>(components: &'a mut Components) -> Value {
        use super::Describe;
        let mut operation = OperationDescription {
            components,
            answer: O::ANSWER,
            parameters: Vec::new(),
            body: None,
            answers: BTreeMap::new(),
            problems: [O::REFUSALS, &[ProblemCode::HeadersTooLarge]].concat(),
            problem_headers: Vec::new(),
            security: json!([{}]),
            limited: false,
        };
        O::Input::describe(&mut operation);
        O::Output::describe(&mut operation);
        operation.finish::<O>()
    }

    fn finish<O: Operation>(mut self) -> Value {
        self.link(O::NEXT);
        refusals::answer(&mut self);
        let mut shared = vec![X_REQUEST_ID_HEADER];
        if self.limited {
            shared.extend([RATE_LIMIT_POLICY_HEADER, RATE_LIMIT_HEADER]);
        }
        for answer in self.answers.values_mut() {
            for header in &shared {
                answer["headers"][header.name] = self.components.header(*header);
            }
        }
        let answers: Map<_, _> = self
            .answers
            .into_iter()
            .map(|(status, answer)| (status.to_string(), answer))
            .collect();
        let mut operation = json!({
            "operationId": O::ID,
            "tags": [O::TAG.name()],
            "summary": O::SUMMARY,
            "description": O::DESCRIPTION,
            "security": self.security,
            "responses": answers,
        });
        if !self.parameters.is_empty() {
            operation["parameters"] = Value::Array(self.parameters);
        }
        if let Some(body) = self.body {
            operation["requestBody"] = body;
        }
        operation
    }

    /// Links each success to the operations that take the id which it names.
    fn link(&mut self, next: &[&str]) {
        for answer in self.answers.values_mut() {
            let id = if answer["content"].is_null() {
                "$request.path.id"
            } else {
                "$response.body#/id"
            };
            for operation in next {
                let link = json!({ "operationId": operation, "parameters": { "id": id } });
                answer["links"][operation] = link;
            }
        }
    }

    /// It needs an access token, or takes one.
    pub fn secure(&mut self, optional: bool) {
        let bearer = json!({ "bearer": [] });
        self.security = if optional {
            json!([{}, bearer])
        } else {
            json!([bearer])
        };
        self.refuse(&[
            ProblemCode::Unauthenticated,
            ProblemCode::InvalidToken,
            ProblemCode::TokenExpired,
        ]);
    }

    /// It is counted against a quota, and works with the store.
    pub fn limit(&mut self) {
        self.limited = true;
        self.refuse(&[
            ProblemCode::RateLimited,
            ProblemCode::Internal,
            ProblemCode::Unavailable,
        ]);
    }

    /// It may answer with these problems.
    pub fn refuse(&mut self, codes: &[ProblemCode]) {
        self.problems.extend(codes);
    }

    /// Its problems of that status have the header.
    pub fn refuse_with(&mut self, status: StatusCode, header: Header) {
        self.problem_headers.push((status.as_u16(), header));
    }

    /// It takes a parameter.
    pub fn parameter(&mut self, parameter: &Parameter) {
        let (place, required) = match parameter.place {
            ParameterPlace::Path => ("path", true),
            ParameterPlace::Header => ("header", false),
        };
        self.parameters.push(json!({
            "name": parameter.name,
            "in": place,
            "required": required,
            "description": parameter.meaning,
            "schema": parameter.schema,
        }));
    }

    /// It takes the members of a type as parameters of the query string.
    pub fn query<T: ToSchema>(&mut self) {
        let mut schema = self.components.inline::<T>();
        let required = schema["required"].take();
        let required: Vec<_> = required.as_array().into_iter().flatten().collect();
        let members = schema["properties"].as_object_mut().map(std::mem::take);
        for (name, member) in members.into_iter().flatten() {
            let mut parameter = json!({
                "name": name, "in": "query", "required": required.iter().any(|other| **other == name),
            });
            let mut schema = not_null(member);
            let description = schema
                .as_object_mut()
                .and_then(|schema| schema.remove("description"));
            parameter["description"] = description.unwrap_or_default();
            parameter["schema"] = schema;
            self.parameters.push(parameter);
        }
        self.refuse(&[ProblemCode::InvalidParameter]);
    }

    /// It takes a body of that media type.
    pub fn body<T: ToSchema>(&mut self, media_type: &str, required: bool) {
        let schema = self.components.reference::<T>();
        self.body = Some(json!({
            "content": { media_type: { "schema": schema } },
            "required": required,
        }));
        self.refuse(&[
            ProblemCode::MalformedJson,
            ProblemCode::RequestTimeout,
            ProblemCode::PayloadTooLarge,
            ProblemCode::UnsupportedMediaType,
            ProblemCode::ValidationFailed,
        ]);
    }

    /// It succeeds with that status, as the operation says.
    pub fn answer(&mut self, status: StatusCode) -> AnswerDescription<'_> {
        self.answer_with(status, self.answer)
    }

    /// It answers with that status for a reason of its own.
    pub fn answer_with(&mut self, status: StatusCode, meaning: &str) -> AnswerDescription<'_> {
        let answer = self
            .answers
            .entry(status.as_u16())
            .or_insert_with(|| json!({ "headers": {} }));
        answer["description"] = json!(meaning);
        AnswerDescription {
            answer,
            components: self.components,
        }
    }

    pub(super) fn problems(&self) -> &[ProblemCode] {
        &self.problems
    }

    pub(super) fn problem_headers(&self) -> Vec<(u16, Header)> {
        self.problem_headers.clone()
    }

    pub(super) fn components(&mut self) -> &mut Components {
        self.components
    }
}

/// An answer that is being described.
pub struct AnswerDescription<'a> {
    answer: &'a mut Value,
    components: &'a mut Components,
}

impl AnswerDescription<'_> {
    /// Its body is JSON.
    pub fn json<T: ToSchema>(&mut self) -> &mut Self {
        self.content::<T>("application/json")
    }

    /// Its body is of another media type.
    pub fn content<T: ToSchema>(&mut self, media_type: &str) -> &mut Self {
        let schema = self.components.reference::<T>();
        self.answer["content"] = json!({ media_type: { "schema": schema } });
        self
    }

    /// It has a header.
    pub fn header(&mut self, header: Header) -> &mut Self {
        self.answer["headers"][header.name] = self.components.header(header);
        self
    }

    pub(super) fn set(&mut self, member: &str, value: Value) -> &mut Self {
        self.answer[member] = value;
        self
    }
}

/// A schema of what can be left out but not be null.
fn not_null(schema: Value) -> Value {
    let is_null = |schema: &Value| schema["type"] == "null";
    match (schema["oneOf"].as_array(), schema["type"].as_array()) {
        (Some(items), _) if items.iter().any(is_null) => items
            .iter()
            .find(|item| !is_null(item))
            .cloned()
            .unwrap_or(schema),
        (_, Some(kinds)) => {
            let kind = kinds.iter().find(|kind| *kind != "null").cloned();
            let mut schema = schema;
            schema["type"] = kind.unwrap_or_default();
            schema
        }
        _ => schema,
    }
}
