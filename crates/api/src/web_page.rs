//! The task page at `/`: the built files of `examples/web`, which are part of the binary.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::LazyLock;

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, guard, web};

use crate::error::ApiError;
use crate::etag::Condition;

/// Names below the built folder, and contents.
const BUILT: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/web_page_files.rs"));

/// The page runs its own scripts and styles, none that are written into a document, and calls
/// nothing but this server.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; manifest-src 'self'; worker-src 'self'; frame-ancestors 'none'; \
     base-uri 'none'; form-action 'none'";

/// Names of assets hold a hash of their content, so what is behind a name never changes.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// Everything else is asked for again each time, which costs no more than a tag.
const CHECKED: &str = "no-cache";

/// A file of the page, with everything about it that requests need.
struct PageFile {
    path: String,
    content_type: &'static str,
    caching: &'static str,
    tag: String,
    content: &'static [u8],
}

static FILES: LazyLock<Vec<PageFile>> =
    LazyLock::new(|| BUILT.iter().copied().map(PageFile::new).collect());

impl PageFile {
    fn new((name, content): (&'static str, &'static [u8])) -> Self {
        let mut hasher = DefaultHasher::new();
        content.hash(&mut hasher);
        let is_asset = name.starts_with("assets/");
        Self {
            path: format!("/{}", if name == "index.html" { "" } else { name }),
            content_type: content_type(name).unwrap_or("application/octet-stream"),
            caching: if is_asset { IMMUTABLE } else { CHECKED },
            tag: format!("{:016x}", hasher.finish()),
            content,
        }
    }

    fn answer(&self, request: &HttpRequest) -> Result<HttpResponse, ApiError> {
        let known = Condition::from_headers(request.headers(), &IF_NONE_MATCH)?;
        let is_known = known.is_some_and(|known| known.knows(&self.tag));
        let mut response = if is_known {
            HttpResponse::NotModified()
        } else {
            HttpResponse::Ok()
        };
        response
            .insert_header((ETAG, format!("\"{}\"", self.tag)))
            .insert_header((CACHE_CONTROL, self.caching))
            .insert_header((CONTENT_SECURITY_POLICY, POLICY));
        if is_known {
            return Ok(response.finish());
        }
        Ok(response
            .insert_header((CONTENT_TYPE, self.content_type))
            .body(Bytes::from_static(self.content)))
    }
}

/// The media type of a file, by its name.
fn content_type(name: &str) -> Option<&'static str> {
    let (_, ending) = name.rsplit_once('.')?;
    Some(match ending {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "webmanifest" => "application/manifest+json",
        _ => return None,
    })
}

/// The paths of the page. Each stands for one file, so that none of them hides anything.
pub fn paths() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|file| file.path.as_str())
}

/// Registers the page.
pub fn configure(config: &mut web::ServiceConfig) {
    for file in FILES.iter() {
        let answer = move |request: HttpRequest| async move { file.answer(&request) };
        config.service(web::resource(&file.path).guard(guard::Get()).to(answer));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_media_type_of_every_file_is_known() {
        for (name, _) in BUILT {
            assert!(content_type(name).is_some(), "{name}");
        }
    }

    #[test]
    fn the_page_and_what_it_is_made_of_are_there() {
        let found: Vec<_> = paths().collect();
        assert!(found.contains(&"/"), "{found:?}");
        for ending in [".js", ".css"] {
            let is_asset = |path: &&str| path.starts_with("/assets/") && path.ends_with(ending);
            assert!(found.iter().any(is_asset), "{found:?}");
        }
    }
}
