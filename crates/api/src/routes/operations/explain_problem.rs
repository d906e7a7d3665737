use actix_web::http::header::ContentType;
use actix_web::{HttpResponse, get, web};

use crate::error::ApiError;
use crate::problem::ProblemCode;

/// What a problem's code means, for a person
#[utoipa::path(
    tag = "Operations",
    params(("code" = String, Path, description = "The code", example = "validation_failed")),
    responses(
        (status = 200, description = "The explanation, as a page", body = String, content_type = "text/html"),
        (status = 404, description = "`not_found`: there is no such code", body = crate::problem::ProblemSchema, content_type = "application/problem+json"),
    ),
    security(()),
)]
#[get("/problems/{code}")]
pub(super) async fn explain_problem(code: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let code = ProblemCode::ALL
        .iter()
        .find(|known| known.as_str() == *code);
    let code = code.ok_or(ApiError::NotFound)?;
    Ok(HttpResponse::Ok()
        .content_type(ContentType::html())
        .body(page(*code)))
}

/// Codes, titles and explanations are our own constants, so nothing needs escaping.
fn page(code: ProblemCode) -> String {
    let (name, title) = (code.as_str(), code.title());
    let (status, explanation) = (code.status(), code.explanation());
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title} - Tasklane</title></head>\n\
         <body><main><h1>{title}</h1>\n<p><code>{name}</code>, HTTP status {status}</p>\n\
         <p>{explanation}</p></main></body>\n</html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn explanations_need_no_escaping() {
        for code in ProblemCode::ALL {
            let texts = [code.as_str(), code.title(), code.explanation()];
            assert!(
                texts
                    .iter()
                    .all(|text| !text.contains(['<', '>', '&', '"'])),
                "{code:?}"
            );
        }
    }
}
