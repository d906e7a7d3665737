//! How the server that is measured is set up: as it comes, with everything switched on.

use crate::tokens::{PRIVATE_KEY, SECRET};

/// What signs access tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Algorithm {
    /// A secret.
    Hs256,
    /// A key pair.
    Eddsa,
}

impl Algorithm {
    pub(crate) fn key(self) -> tasklane_auth::LocalKey {
        match self {
            Self::Hs256 => crate::tokens::secret(),
            Self::Eddsa => crate::tokens::private_key(),
        }
    }
}

/// The settings file, and the key where it stands in a file of its own. The limits are those that a
/// load of this kind would run into; they count all the same.
#[must_use]
pub fn files(algorithm: Algorithm) -> Vec<(&'static str, String)> {
    let (key, mut files) = match algorithm {
        Algorithm::Hs256 => (format!("secret = {SECRET:?}"), Vec::new()),
        Algorithm::Eddsa => (
            "private_key_file = \"key.pem\"".to_owned(),
            vec![("key.pem", PRIVATE_KEY.to_owned())],
        ),
    };
    let settings = format!(
        "[server]\naddress = \"127.0.0.1:0\"\n\
         [management]\naddress = \"127.0.0.1:0\"\n\
         [auth]\n{key}\n\
         [rate_limit]\napi = {{ quota = 1000000000, window = \"1m\" }}\n\
         [cors]\norigins = [\"https://app.example.com\"]\n\
         [quota]\ntasks_per_user = 1000000\n\
         [log]\nlevel = \"info\"\nformat = \"json\"\n"
    );
    files.push(("tasklane.toml", settings));
    files
}
