//! Where clients reach the server.

use std::sync::Arc;

use actix_web::HttpRequest;
use url::Url;

/// What links to the server begin with: the URL under which clients reach it, or nothing, so that a
/// link is a path of the host that was asked.
#[derive(Debug, Clone, Default)]
pub struct PublicUrl(Arc<str>);

impl PublicUrl {
    /// The URL without a slash at its end.
    #[must_use]
    pub fn new(url: &Url) -> Self {
        Self(url.as_str().trim_end_matches('/').into())
    }

    /// The server's, as its settings say.
    pub(crate) fn of(request: &HttpRequest) -> Self {
        request.app_data::<Self>().cloned().unwrap_or_default()
    }

    /// The link to a path of the server, which begins with a slash.
    pub(crate) fn link(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// The server in the OpenAPI document.
    pub(crate) fn server(&self) -> &str {
        if self.0.is_empty() { "/" } else { &self.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_to_the_public_url_or_is_a_path() {
        assert_eq!(PublicUrl::default().link("/docs/"), "/docs/");
        for url in ["https://example.com/tasks", "https://example.com/tasks/"] {
            let public = PublicUrl::new(&Url::parse(url).unwrap());
            assert_eq!(public.link("/docs/"), "https://example.com/tasks/docs/");
        }
    }
}
