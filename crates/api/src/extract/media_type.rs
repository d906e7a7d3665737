//! What a request says about the form of its body.

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap};

use crate::problem::{Problem, ProblemCode};

/// The media type of JSON.
pub(super) const JSON: &str = "application/json";
/// The media type of JSON merge patches (RFC 7396).
pub(super) const MERGE_PATCH: &str = "application/merge-patch+json";

/// The labels of UTF-8 (WHATWG Encoding, section 4.2).
const UTF_8: [&str; 6] = [
    "utf-8",
    "utf8",
    "unicode-1-1-utf-8",
    "unicode11utf8",
    "unicode20utf8",
    "x-unicode20utf8",
];

/// Whether the body is of that media type, in UTF-8: JSON has no other charset (RFC 8259, section
/// 8.1).
pub(super) fn is_of(request: &HttpRequest, wanted: &str) -> bool {
    let Some(value) = only(request.headers(), &header::CONTENT_TYPE) else {
        return false;
    };
    let mut parts = value.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default();
    media_type.eq_ignore_ascii_case(wanted) && parts.all(is_utf8_or_no_charset)
}

fn is_utf8_or_no_charset(parameter: &str) -> bool {
    parameter.split_once('=').is_none_or(|(name, value)| {
        let charset = value.trim().trim_matches('"').trim();
        !name.trim().eq_ignore_ascii_case("charset")
            || UTF_8
                .iter()
                .any(|label| charset.eq_ignore_ascii_case(label))
    })
}

/// Refuses a body that is compressed or otherwise encoded.
pub(super) fn refuse_coding(request: &HttpRequest) -> Result<(), Problem> {
    let mut codings = request
        .headers()
        .get_all(header::CONTENT_ENCODING)
        .flat_map(|line| line.to_str().unwrap_or("unknown").split(','))
        .map(str::trim);
    let coding =
        codings.find(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case("identity"));
    coding.map_or(Ok(()), |coding| {
        let detail =
            format!("the content coding {coding} is not supported; send the body without it");
        Err(Problem::new(ProblemCode::UnsupportedMediaType, detail))
    })
}

fn only<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    let mut lines = headers.get_all(name);
    let (Some(line), None) = (lines.next(), lines.next()) else {
        return None;
    };
    line.to_str().ok()
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn every_label_of_utf_8_is_accepted_and_other_charsets_are_not() {
        let accepted = |content_type: &str| {
            let request = TestRequest::default().insert_header(("content-type", content_type));
            is_of(&request.to_http_request(), JSON)
        };
        for good in [
            "application/json",
            "Application/JSON;charset=UTF-8",
            "application/json; charset=utf8",
            r#"application/json ; Charset = "unicode-1-1-utf-8""#,
            "application/json; profile=x; charset=x-unicode20utf8",
        ] {
            assert!(accepted(good), "{good}");
        }
        for bad in [
            "",
            "text/plain",
            "application/json; charset=latin1",
            "application/json; charset=utf-16",
            "application/json; charset=",
        ] {
            assert!(!accepted(bad), "{bad}");
        }
    }

    #[test]
    fn a_content_coding_is_refused_by_name() {
        let refused = |coding: &str| {
            let request = TestRequest::default().insert_header(("content-encoding", coding));
            let problem = refuse_coding(&request.to_http_request()).err()?;
            Some(problem.detail.into_owned())
        };
        assert_eq!(refused("identity"), None);
        assert_eq!(refused(""), None);
        for coding in ["gzip", "br", "identity, zstd"] {
            let name = coding.rsplit(' ').next().unwrap();
            assert!(refused(coding).unwrap().contains(name), "{coding}");
        }
    }
}
