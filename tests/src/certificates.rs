//! Certificates of the tests' own making.

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd,
};

/// Somebody who vouches for servers.
#[derive(Debug)]
pub struct Authority {
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate with its key, both as PEM.
#[derive(Debug, Clone)]
pub struct ServerCertificate {
    /// The certificate.
    pub certificate: String,
    /// Its private key.
    pub key: String,
}

impl Authority {
    /// A new one.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key can be made");
        let certificate = params.self_signed(&key).expect("a certificate can be made");
        Self {
            certificate,
            issuer: Issuer::new(params, key),
        }
    }

    /// Its certificate, as PEM.
    #[must_use]
    pub fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// Vouches for a host.
    #[must_use]
    pub fn certify(&self, host: &str) -> ServerCertificate {
        self.sign(&params_for(host))
    }

    /// Vouched for a host, once.
    #[must_use]
    pub fn certify_expired(&self, host: &str) -> ServerCertificate {
        let mut params = params_for(host);
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
        self.sign(&params)
    }

    fn sign(&self, params: &CertificateParams) -> ServerCertificate {
        let key = KeyPair::generate().expect("a key can be made");
        let certificate = params.signed_by(&key, &self.issuer);
        ServerCertificate {
            certificate: certificate.expect("a certificate can be made").pem(),
            key: key.serialize_pem(),
        }
    }
}

fn params_for(host: &str) -> CertificateParams {
    CertificateParams::new([host.to_owned()]).expect("a host's name")
}
