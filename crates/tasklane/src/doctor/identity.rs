//! Keys: those that sign local tokens, and those of trusted issuers.

use std::path::Path;
use std::time::Duration;

use futures::future::join_all;
use tasklane_domain::error::with_causes;

use super::diagnosis::Diagnosis;
use super::within;
use crate::composition::{check_signing_key, inspect_issuer};
use crate::config::{IssuerSettings, Settings, SigningKey};

/// Whether local tokens can be signed.
pub(super) fn signing_key(settings: &Settings) -> Diagnosis {
    const SUBJECT: &str = "signing key";
    let failed = |error: &dyn std::error::Error| {
        let advice = "until it can be used, the service does not start";
        Diagnosis::failed(SUBJECT, with_causes(error), advice)
    };
    let key = match settings.kept_signing_key() {
        Ok(Some(key)) => key,
        Ok(None) => {
            let finding = "none yet: `tasklane serve` makes a secret for development";
            return Diagnosis::ok(SUBJECT, finding);
        }
        Err(error) => return failed(&error),
    };
    let finding = match &key {
        SigningKey::PrivateKeyFile(path) => format!("the Ed25519 key in {}", path.display()),
        SigningKey::Secret(_) if settings.auth.secret.is_none() => {
            "a secret that was made for development".to_owned()
        }
        SigningKey::Secret(_) => "auth.secret".to_owned(),
    };
    let file = match &key {
        SigningKey::PrivateKeyFile(path) => Some(path.clone()),
        SigningKey::Secret(_) => None,
    };
    match (check_signing_key(settings, key), file) {
        (Err(error), _) => failed(&error),
        (Ok(()), Some(path)) if is_open_to_all(&path) => Diagnosis::warning(
            SUBJECT,
            format!("everybody on this machine can read {}", path.display()),
            "anyone who has it can sign tokens as anybody: `chmod o= FILE`, and a new key if it was read",
        ),
        (Ok(()), _) => Diagnosis::ok(SUBJECT, finding),
    }
}

/// Whether the file's mode lets in more than its owner and group. A group is how secrets are handed
/// to containers.
#[cfg(unix)]
fn is_open_to_all(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;

    std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o007 != 0)
}

#[cfg(not(unix))]
fn is_open_to_all(_: &Path) -> bool {
    false
}

/// Whether the tokens of each trusted issuer can be verified. All are asked at once.
pub(super) async fn issuers(settings: &Settings, limit: Duration) -> Vec<Diagnosis> {
    let issuers = settings.auth.issuers.iter().enumerate();
    join_all(issuers.map(|(index, issuer)| check(index, issuer, limit))).await
}

async fn check(index: usize, issuer: &IssuerSettings, limit: Duration) -> Diagnosis {
    let subject = format!("issuer {}", issuer.alias);
    let source = match (&issuer.jwks_url, &issuer.public_key_file) {
        (Some(url), _) => format!("from {}", url.host_str().unwrap_or_default()),
        (None, Some(path)) => format!("from {}", path.display()),
        (None, None) => "shared with it".to_owned(),
    };
    let report = match within(limit, inspect_issuer(index, issuer)).await {
        Ok(report) => report,
        Err(error) => {
            let advice = if issuer.jwks_url.is_some() {
                "see that jwks_url is right and that this machine reaches it; until then nobody of \
                 this issuer can call"
            } else {
                "see that the key is there, may be read and is one; until then the service does not \
                 start"
            };
            return Diagnosis::failed(subject, error, advice);
        }
    };
    let noun = if report.usable == 1 { "key" } else { "keys" };
    let keys = format!("{} usable {noun} {source}", report.usable);
    if report.unserved.is_empty() {
        return Diagnosis::ok(subject, keys);
    }
    let unserved: Vec<_> = report
        .unserved
        .iter()
        .map(|one| format!("{one:?}"))
        .collect();
    let finding = format!("{keys}, and none of them for {}", unserved.join(", "));
    if unserved.len() == issuer.algorithms.len() {
        let advice = "name the algorithms in which the issuer signs in its algorithms, or correct \
             jwks_url; until then nobody of this issuer can call";
        Diagnosis::failed(subject, finding, advice)
    } else {
        let advice = "leave what the issuer does not sign with out of its algorithms";
        Diagnosis::warning(subject, finding, advice)
    }
}
