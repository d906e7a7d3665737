use std::future::{Ready, ready};

use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder};
use serde_json::json;
use utoipa::{PartialSchema, ToSchema};

use crate::error::ApiError;
use crate::operation::{
    Describe, Operation, OperationDescription, Parameter, ParameterPlace, Route, State, Tag,
};
use crate::problem::ProblemCode;

const CODE: &str = "code";

/// The `{code}` of the path.
pub(super) struct PathCode(ProblemCode);

impl FromRequest for PathCode {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let name = request.match_info().get(CODE);
        let code = ProblemCode::ALL
            .iter()
            .find(|code| Some(code.as_str()) == name);
        ready(code.map(|code| Self(*code)).ok_or(ApiError::NotFound))
    }
}

impl Describe for PathCode {
    fn describe(operation: &mut OperationDescription<'_>) {
        operation.parameter(&Parameter {
            place: ParameterPlace::Path,
            name: CODE,
            meaning: "The code of a problem",
            schema: json!(ProblemCode::schema()),
        });
        operation.refuse(&[ProblemCode::NotFound]);
    }
}

/// A page in HTML.
#[derive(ToSchema)]
#[schema(value_type = String)]
pub(super) struct Page(String);

impl Responder for Page {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok()
            .content_type(ContentType::html())
            .body(self.0)
    }
}

impl Describe for Page {
    fn describe(operation: &mut OperationDescription<'_>) {
        operation
            .answer(StatusCode::OK)
            .content::<Self>("text/html");
    }
}

pub(super) struct ExplainProblem;

impl Operation for ExplainProblem {
    const ROUTE: Route = Route::get("/problems/{code}");
    const ID: &'static str = "explain_problem";
    const TAG: Tag = Tag::Operations;
    const SUMMARY: &'static str = "Explain a problem";
    const DESCRIPTION: &'static str =
        "A page for a person: what the code means, its cause, and the remedy.";
    const ANSWER: &'static str = "The explanation, as a page";
    const REFUSALS: &'static [ProblemCode] = &[ProblemCode::Unavailable];

    type Input = PathCode;
    type Output = Page;

    async fn call(_: State, PathCode(code): Self::Input) -> Result<Self::Output, ApiError> {
        Ok(Page(page(code)))
    }
}

/// Codes, titles and explanations are our own constants, so nothing needs escaping.
fn page(code: ProblemCode) -> String {
    let (name, title) = (code.as_str(), code.title());
    let (status, cause, remedy) = (code.status(), code.cause(), code.remedy());
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title} - Tasklane</title></head>\n\
         <body><main><h1>{title}</h1>\n<p><code>{name}</code>, HTTP status {status}</p>\n\
         <h2>Cause</h2>\n<p>{cause}</p>\n\
         <h2>What to do</h2>\n<p>{remedy}</p></main></body>\n</html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_gives_code_title_cause_and_remedy() {
        for code in ProblemCode::ALL {
            let page = page(*code);
            let texts = [code.as_str(), code.title(), code.cause(), code.remedy()];
            assert!(texts.iter().all(|text| page.contains(text)), "{page}");
        }
    }

    #[test]
    fn explanations_need_no_escaping() {
        for code in ProblemCode::ALL {
            let texts = [code.as_str(), code.title(), code.cause(), code.remedy()];
            assert!(
                texts
                    .iter()
                    .all(|text| !text.contains(['<', '>', '&', '"'])),
                "{code:?}"
            );
        }
    }
}
