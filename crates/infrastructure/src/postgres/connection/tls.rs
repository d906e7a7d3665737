//! TLS to the server, with the meaning that libpq gives to `sslmode` and `sslrootcert`.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use tasklane_domain::error::BoxError;
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::postgres::error::OpenError;

/// The value of `sslrootcert` that means the machine's own certificates, as does its absence.
const SYSTEM: &str = "system";

/// How much TLS is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum TlsMode {
    /// None at all.
    Disable,
    /// Taken when the server offers it; the server's certificate is not looked at.
    #[default]
    Prefer,
    /// Demanded; the server's certificate is not looked at.
    NoVerify,
    /// Demanded, with a certificate that a trusted root vouches for, whomever it names.
    VerifyChain,
    /// Demanded, with a certificate for this host that a trusted root vouches for.
    VerifyFull,
}

/// An unknown `sslmode`.
#[derive(Debug)]
pub(crate) struct UnknownTlsMode;

impl FromStr for TlsMode {
    type Err = UnknownTlsMode;

    fn from_str(text: &str) -> Result<Self, UnknownTlsMode> {
        match text {
            "disable" => Ok(Self::Disable),
            "allow" | "prefer" => Ok(Self::Prefer),
            "no-verify" => Ok(Self::NoVerify),
            "verify-ca" => Ok(Self::VerifyChain),
            "require" | "verify-full" => Ok(Self::VerifyFull),
            _ => Err(UnknownTlsMode),
        }
    }
}

impl TlsMode {
    /// The part of it that is negotiated before TLS begins.
    pub(crate) fn negotiation(self) -> SslMode {
        match self {
            Self::Disable => SslMode::Disable,
            Self::Prefer => SslMode::Prefer,
            Self::NoVerify | Self::VerifyChain | Self::VerifyFull => SslMode::Require,
        }
    }

    /// What performs the handshakes, with the certificates of the file `roots`, or the machine's own.
    pub(crate) fn connector(self, roots: Option<&str>) -> Result<MakeRustlsConnect, OpenError> {
        let path = roots.unwrap_or(SYSTEM);
        let config = self.client_config(path);
        config
            .map(MakeRustlsConnect::new)
            .map_err(|source| OpenError::RootCertificates {
                path: path.to_owned(),
                source,
            })
    }

    fn client_config(self, roots: &str) -> Result<ClientConfig, BoxError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier: Arc<dyn ServerCertVerifier> = match self {
            Self::Disable | Self::Prefer | Self::NoVerify => {
                Arc::new(NoVerification(provider.clone()))
            }
            Self::VerifyChain => Arc::new(AnyName(trusted(roots, provider.clone())?)),
            Self::VerifyFull => trusted(roots, provider.clone())?,
        };
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        // Servers demand it when TLS begins without negotiation, and pass over it otherwise.
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(config)
    }
}

/// The verifier that trusts the certificates of a file, or the machine's own.
fn trusted(
    roots: &str,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, BoxError> {
    if roots == SYSTEM {
        return Ok(Arc::new(rustls_platform_verifier::Verifier::new(provider)?));
    }
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(roots)? {
        store.add(certificate?)?;
    }
    Ok(WebPkiServerVerifier::builder_with_provider(store.into(), provider).build()?)
}

/// Accepts whatever certificate the server shows, as long as it has the key to it, if that can be
/// told.
struct NoVerification(Arc<CryptoProvider>);

impl fmt::Debug for NoVerification {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("NoVerification")
    }
}

impl ServerCertVerifier for NoVerification {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        let verdict = verify_tls12_signature(message, certificate, signature, algorithms);
        unless_unreadable(verdict)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        let verdict = verify_tls13_signature(message, certificate, signature, algorithms);
        unless_unreadable(verdict)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// A certificate of a form that is not understood, such as those of X.509 version 1 that Citus makes
/// for itself, has no key to compare with. Whoever could make use of that could as well show a
/// certificate of their own.
fn unless_unreadable(
    verdict: Result<HandshakeSignatureValid, Error>,
) -> Result<HandshakeSignatureValid, Error> {
    match verdict {
        Err(Error::InvalidCertificate(CertificateError::Other(_))) => {
            Ok(HandshakeSignatureValid::assertion())
        }
        other => other,
    }
}

/// Accepts a certificate that a trusted root vouches for, whatever host it names.
#[derive(Debug)]
struct AnyName(Arc<dyn ServerCertVerifier>);

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verdict =
            self.0
                .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match verdict {
            // The name is looked at last, so everything else was right.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}
