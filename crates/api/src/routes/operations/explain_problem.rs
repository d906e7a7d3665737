use actix_web::http::header::ContentType;
use actix_web::{HttpResponse, get, web};

use crate::error::ApiError;
use crate::problem::ProblemCode;

/// Explain a problem
///
/// A page for a person: what the code means, what it comes from and what helps.
#[utoipa::path(
    tag = "Operations",
    params(("code" = ProblemCode, Path, description = "The code", example = "validation_failed")),
    responses(
        (status = 200, description = "The explanation, as a page", body = String, content_type = "text/html"),
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
    let (status, cause, remedy) = (code.status(), code.cause(), code.remedy());
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title} - Tasklane</title></head>\n\
         <body><main><h1>{title}</h1>\n<p><code>{name}</code>, HTTP status {status}</p>\n\
         <h2>What it comes from</h2>\n<p>{cause}</p>\n\
         <h2>What helps</h2>\n<p>{remedy}</p></main></body>\n</html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_what_happened_and_what_helps() {
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
