//! The adapters behind the identity ports.

use std::path::Path;
use std::sync::Arc;

use secrecy::SecretString;
use tasklane_auth::{
    Argon2Hasher, CachedRevocationCheck, CachedVerifier, HasherLimits, HmacHash, JwtSigner,
    JwtVerifier, KeyReport, KeySource, LocalKey, LocalSettings, SystemSecrets, VerifierSettings,
    inspect_keys,
};
use tasklane_domain::error::BoxError;
use tasklane_domain::port::{
    KeyedHash, PasswordHasher, RevocationCheck, SecretGenerator, TokenIssuer, TokenVerifier,
    UserRepository,
};

use super::StartError;
use crate::config::{Algorithm, Audience, IssuerSettings, Settings, SigningKey, setting};

/// The adapters behind the identity ports.
pub(super) struct Identity {
    pub(super) hasher: Arc<dyn PasswordHasher>,
    pub(super) signer: Arc<dyn TokenIssuer>,
    pub(super) verifier: Arc<dyn TokenVerifier>,
    pub(super) revocations: Arc<dyn RevocationCheck>,
    pub(super) keyed_hash: Arc<dyn KeyedHash>,
    pub(super) secrets: Arc<dyn SecretGenerator>,
    /// What cursors are sealed with.
    pub(super) cursor_key: [u8; 32],
    /// The JWK set of local tokens, as JSON.
    pub(super) signing_keys: String,
}

impl Identity {
    pub(super) fn build(
        settings: &Settings,
        users: Arc<dyn UserRepository>,
    ) -> Result<Self, StartError> {
        let local = local_settings(settings, settings.signing_key()?)?;
        let cursor_key = local.key.derive(b"tasklane cursor");
        let signer = JwtSigner::new(&local).map_err(|error| complaint(&error))?;
        let keyed_hash = HmacHash::new(&local).map_err(|error| complaint(&error))?;
        let issuers = settings.auth.issuers.iter().enumerate();
        let issuers = issuers
            .map(|(index, issuer)| issuer_settings(index, issuer))
            .collect::<Result<_, _>>()?;
        let verifier =
            JwtVerifier::new(&VerifierSettings { local, issuers }).map_err(|errors| {
                let lines: Vec<_> = errors.iter().map(describe).collect();
                StartError::Identity(lines.join("\n"))
            })?;
        Ok(Self {
            cursor_key,
            hasher: Arc::new(Argon2Hasher::new(HasherLimits::default())?),
            signing_keys: signer.jwks().to_owned(),
            signer: Arc::new(signer),
            verifier: Arc::new(CachedVerifier::new(verifier)),
            revocations: Arc::new(CachedRevocationCheck::new(users)),
            keyed_hash: Arc::new(keyed_hash),
            secrets: Arc::new(SystemSecrets),
        })
    }
}

fn complaint(error: &tasklane_auth::SettingsError) -> StartError {
    StartError::Identity(describe(error))
}

fn describe(error: &tasklane_auth::SettingsError) -> String {
    error.to_string()
}

/// Whether local tokens can be signed with the key.
pub(crate) fn check_signing_key(settings: &Settings, key: SigningKey) -> Result<(), StartError> {
    let local = local_settings(settings, key)?;
    JwtSigner::new(&local)
        .map(drop)
        .map_err(|error| complaint(&error))
}

/// What the keys of the issuer at that place in the settings are good for.
pub(crate) async fn inspect_issuer(
    index: usize,
    issuer: &IssuerSettings,
) -> Result<KeyReport, BoxError> {
    Ok(inspect_keys(&issuer_settings(index, issuer)?).await?)
}

fn local_settings(settings: &Settings, key: SigningKey) -> Result<LocalSettings, StartError> {
    let key = match key {
        SigningKey::Secret(secret) => LocalKey::Secret(secret),
        SigningKey::PrivateKeyFile(path) => LocalKey::PrivateKey {
            pem: SecretString::from(read("auth.private_key_file", &path)?),
            retiring: settings
                .auth
                .retiring_public_key_file
                .as_deref()
                .map(|path| read("auth.retiring_public_key_file", path))
                .transpose()?,
        },
    };
    Ok(LocalSettings {
        issuer: settings.auth.issuer.clone(),
        audience: settings.auth.audience.clone(),
        key,
    })
}

fn read(key: &str, path: &Path) -> Result<String, StartError> {
    std::fs::read_to_string(path).map_err(|source| StartError::File {
        setting: setting(key),
        path: path.to_owned(),
        source,
    })
}

fn issuer_settings(
    index: usize,
    issuer: &IssuerSettings,
) -> Result<tasklane_auth::IssuerSettings, StartError> {
    let key = match (&issuer.secret, &issuer.public_key_file, &issuer.jwks_url) {
        (Some(secret), _, _) => KeySource::Secret(secret.clone()),
        (None, Some(path), _) => {
            let key = format!("auth.issuers[{index}].public_key_file");
            KeySource::PublicKeyPem(read(&key, path)?)
        }
        (None, None, Some(url)) => KeySource::JwksUrl(url.to_string()),
        (None, None, None) => {
            return Err(StartError::Identity(format!(
                "auth.issuers[{index}] has no key"
            )));
        }
    };
    Ok(tasklane_auth::IssuerSettings {
        alias: issuer.alias.clone(),
        issuer: issuer.issuer.clone(),
        audience: match &issuer.audience {
            Audience::AnyOf(audiences) => tasklane_auth::Audience::OneOf(audiences.clone()),
            Audience::Unchecked => tasklane_auth::Audience::None,
        },
        authorized_parties: issuer.authorized_parties.clone(),
        algorithms: issuer.algorithms.iter().copied().map(algorithm).collect(),
        key,
        email_claim: issuer.email_claim.clone(),
        name_claim: issuer.name_claim.clone(),
    })
}

fn algorithm(algorithm: Algorithm) -> tasklane_auth::Algorithm {
    match algorithm {
        Algorithm::Hs256 => tasklane_auth::Algorithm::HS256,
        Algorithm::Hs384 => tasklane_auth::Algorithm::HS384,
        Algorithm::Hs512 => tasklane_auth::Algorithm::HS512,
        Algorithm::Rs256 => tasklane_auth::Algorithm::RS256,
        Algorithm::Rs384 => tasklane_auth::Algorithm::RS384,
        Algorithm::Rs512 => tasklane_auth::Algorithm::RS512,
        Algorithm::Ps256 => tasklane_auth::Algorithm::PS256,
        Algorithm::Ps384 => tasklane_auth::Algorithm::PS384,
        Algorithm::Ps512 => tasklane_auth::Algorithm::PS512,
        Algorithm::Es256 => tasklane_auth::Algorithm::ES256,
        Algorithm::Es384 => tasklane_auth::Algorithm::ES384,
        Algorithm::EdDsa => tasklane_auth::Algorithm::EdDSA,
    }
}
