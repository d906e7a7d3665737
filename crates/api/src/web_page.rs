//! The task page at `/`: the built files of `examples/web`, which are part of the binary.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;
use url::Url;

use crate::error::ApiError;
use crate::etag::Condition;
use crate::operation::read_only;

/// Names below the built folder, and contents.
const BUILT: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/web_page_files.rs"));

/// The page runs its own scripts and styles, and none that are written into a document. What it may
/// call besides this server follows from the settings.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     manifest-src 'self'; worker-src 'self'; frame-ancestors 'none'; base-uri 'none'; \
     form-action 'none'; connect-src 'self'";

/// Where the page reads how its visitors sign in. The built one says: with local accounts.
const CONFIGURATION: &str = "config.json";

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
    policy: Arc<str>,
    content: Bytes,
}

impl PageFile {
    fn new(name: &str, content: Bytes, policy: Arc<str>) -> Self {
        let mut hasher = DefaultHasher::new();
        content.hash(&mut hasher);
        let is_asset = name.starts_with("assets/");
        Self {
            path: format!("/{}", if name == "index.html" { "" } else { name }),
            content_type: content_type(name).unwrap_or("application/octet-stream"),
            caching: if is_asset { IMMUTABLE } else { CHECKED },
            tag: format!("{:016x}", hasher.finish()),
            policy,
            content,
        }
    }

    fn answer(&self, request: &HttpRequest) -> Result<HttpResponse, ApiError> {
        let known = Condition::from_headers(request.headers(), "If-None-Match")
            .map_err(|violation| ApiError::parameter("If-None-Match", violation))?;
        let is_known = known.is_some_and(|known| known.matches(&self.tag));
        let mut response = if is_known {
            HttpResponse::NotModified()
        } else {
            HttpResponse::Ok()
        };
        response
            .insert_header((ETAG, format!("\"{}\"", self.tag)))
            .insert_header((CACHE_CONTROL, self.caching))
            .insert_header((CONTENT_SECURITY_POLICY, &*self.policy));
        if is_known {
            return Ok(response.finish());
        }
        Ok(response
            .insert_header((CONTENT_TYPE, self.content_type))
            .body(self.content.clone()))
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

/// How the page is served.
#[derive(Debug, Clone)]
pub struct WebPageSettings {
    /// Whether it is served at all.
    pub enabled: bool,
    /// The base URL of the Better Auth service that signs its visitors in; local accounts without.
    pub better_auth: Option<Url>,
}

/// The page as it is served under some settings.
#[derive(Clone)]
pub struct WebPage {
    files: Vec<Arc<PageFile>>,
}

impl WebPage {
    /// The page that the settings ask for: no files where it is switched off.
    #[must_use]
    pub fn new(settings: &WebPageSettings) -> Self {
        let better_auth = settings.better_auth.as_ref();
        let policy = policy(better_auth);
        let built = BUILT.iter().filter(|_| settings.enabled);
        let files = built.map(|&(name, content)| {
            let content = match better_auth {
                Some(service) if name == CONFIGURATION => configuration(service),
                _ => Bytes::from_static(content),
            };
            Arc::new(PageFile::new(name, content, policy.clone()))
        });
        Self {
            files: files.collect(),
        }
    }

    /// Registers the page.
    pub fn configure(&self, config: &mut web::ServiceConfig) {
        for file in &self.files {
            let path = file.path.clone();
            let file = file.clone();
            let answer = move |request: HttpRequest| {
                let file = file.clone();
                async move { file.answer(&request) }
            };
            config.service(read_only(&path, answer));
        }
    }
}

/// The page calls this server, and the one that signs people in.
fn policy(better_auth: Option<&Url>) -> Arc<str> {
    match better_auth {
        Some(service) => format!("{POLICY} {}", service.origin().ascii_serialization()).into(),
        None => POLICY.into(),
    }
}

fn configuration(better_auth: &Url) -> Bytes {
    let content = json!({ "tasklane": "", "betterAuth": better_auth.as_str() });
    Bytes::from(content.to_string())
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
        let page = WebPage::new(&WebPageSettings {
            enabled: true,
            better_auth: None,
        });
        let found: Vec<_> = page.files.iter().map(|file| file.path.as_str()).collect();
        assert!(found.contains(&"/"), "{found:?}");
        for ending in [".js", ".css"] {
            let is_asset = |path: &&str| path.starts_with("/assets/") && path.ends_with(ending);
            assert!(found.iter().any(is_asset), "{found:?}");
        }
    }
}
