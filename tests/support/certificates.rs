//! Certificates made for one test run: an authority of our own, and servers that it vouches for.

use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// An authority and the PEM file that makes it trusted.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    file: tempfile::NamedTempFile,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).expect("a certificate");
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), certificate.pem()).expect("written");
        Self {
            issuer: Issuer::new(params, key),
            file,
        }
    }

    /// Where its certificate is.
    pub(crate) fn file(&self) -> PathBuf {
        self.file.path().to_owned()
    }

    /// A server with a certificate from this authority, for these names and days.
    pub(crate) fn server(&self, names: &[&str], from: i32, until: i32) -> TlsAcceptor {
        let key = KeyPair::generate().expect("a key");
        let certificate = params(names, from, until)
            .signed_by(&key, &self.issuer)
            .expect("signed");
        acceptor(certificate.der().clone(), &key)
    }
}

/// A server whose certificate nobody vouches for but itself.
pub(crate) fn self_signed(names: &[&str]) -> TlsAcceptor {
    let key = KeyPair::generate().expect("a key");
    let certificate = params(names, 2000, 2100).self_signed(&key).expect("signed");
    acceptor(certificate.der().clone(), &key)
}

fn params(names: &[&str], from: i32, until: i32) -> CertificateParams {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let mut params = CertificateParams::new(names).expect("names");
    params
        .distinguished_name
        .push(DnType::CommonName, "relay under test");
    params.not_before = rcgen::date_time_ymd(from, 1, 1);
    params.not_after = rcgen::date_time_ymd(until, 1, 1);
    params
}

fn acceptor(certificate: CertificateDer<'static>, key: &KeyPair) -> TlsAcceptor {
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a server");
    TlsAcceptor::from(Arc::new(config))
}
