//! Certificates of the tests' own making.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair, PublicKeyData,
    SigningKey, date_time_ymd,
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

impl ServerCertificate {
    /// One that nobody vouches for, in the form of X.509 version 1 (RFC 5280, section 4.1): without
    /// extensions. Citus makes such for itself.
    #[must_use]
    pub fn of_version_1(host: &str) -> Self {
        const SEQUENCE: u8 = 0x30;
        let key = KeyPair::generate().expect("a key can be made");
        // ecdsa-with-SHA256 and the attribute commonName.
        let algorithm = [0x06, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2];
        let algorithm = der(SEQUENCE, &[&algorithm]);
        let common_name = der(
            SEQUENCE,
            &[&[0x06, 3, 0x55, 4, 3], &der(0x0C, &[host.as_bytes()])],
        );
        let name = der(SEQUENCE, &[&der(0x31, &[&common_name])]);
        let [from, to] = [b"200101000000Z", b"491231235959Z"].map(|time| der(0x17, &[time]));
        let contents = der(
            SEQUENCE,
            &[
                &der(0x02, &[&[1]]),
                &algorithm,
                &name,
                &der(SEQUENCE, &[&from, &to]),
                &name,
                &key.subject_public_key_info(),
            ],
        );
        let signature = key.sign(&contents).expect("a key can sign");
        let signature = der(0x03, &[&[0], &signature]);
        let certificate = STANDARD.encode(der(SEQUENCE, &[&contents, &algorithm, &signature]));
        Self {
            certificate: format!(
                "-----BEGIN CERTIFICATE-----\n{certificate}\n-----END CERTIFICATE-----\n"
            ),
            key: key.serialize_pem(),
        }
    }
}

/// A value in DER (ITU-T X.690, section 8.1) of less than 64 KiB.
fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let contents = parts.concat();
    let length = u16::try_from(contents.len()).expect("a short value");
    let [high, low] = length.to_be_bytes();
    let head = match length {
        0..128 => vec![tag, low],
        128..256 => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [head, contents].concat()
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
