//! Certificates made for one test run: an authority of our own, and servers that it vouches for.

use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
};
use rustls::crypto::CryptoProvider;
use rustls::server::{WantsServerCert, WebPkiClientVerifier};
use rustls::{ConfigBuilder, ServerConfig, SupportedProtocolVersion, WantsVerifier};
use rustls_pki_types::pem::PemObject;
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
        let (certificate, key) = self.certify(&params(names, from, until));
        acceptor(vec![certificate], &key)
    }

    /// A server that speaks nothing newer than TLS 1.2, and the hash of its certificate by that certificate's own signature,
    /// which is ECDSA with SHA-256.
    pub(crate) fn old_server(&self, names: &[&str]) -> (TlsAcceptor, Vec<u8>) {
        let (certificate, key) = self.certify(&params(names, 2000, 2100));
        let hash = ring::digest::digest(&ring::digest::SHA256, &certificate);
        let old = versions(&[&rustls::version::TLS12]).with_no_client_auth();
        (
            finished(old, vec![certificate], &key),
            hash.as_ref().to_vec(),
        )
    }

    /// A server that wants to see a certificate from this authority; or that takes one, but goes on without.
    pub(crate) fn curious_server(&self, names: &[&str], insists: bool, old: bool) -> TlsAcceptor {
        let (certificate, key) = self.certify(&params(names, 2000, 2100));
        let mut roots = rustls::RootCertStore::empty();
        let root = CertificateDer::from_pem_file(self.file.path()).expect("a certificate");
        roots.add(root).expect("an authority");
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider());
        let verifier = if insists {
            verifier
        } else {
            verifier.allow_unauthenticated()
        };
        let verifier = verifier.build().expect("a verifier");
        let versions = if old {
            versions(&[&rustls::version::TLS12])
        } else {
            versions(rustls::ALL_VERSIONS)
        };
        let curious = versions.with_client_cert_verifier(verifier);
        finished(curious, vec![certificate], &key)
    }

    /// A server behind an intermediate authority, whose certificate it sends along or not.
    pub(crate) fn distant_server(&self, names: &[&str], is_whole: bool, until: i32) -> TlsAcceptor {
        let middle_key = KeyPair::generate().expect("a key");
        let mut middle = params(&[], 2000, until);
        middle.distinguished_name = DistinguishedName::new();
        middle
            .distinguished_name
            .push(DnType::CommonName, "Intermediate Test CA");
        middle.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let above = middle
            .signed_by(&middle_key, &self.issuer)
            .expect("signed")
            .der()
            .clone();
        let key = KeyPair::generate().expect("a key");
        let issuer = Issuer::new(middle, middle_key);
        let leaf = params(names, 2000, 2100)
            .signed_by(&key, &issuer)
            .expect("signed");
        let mut chain = vec![leaf.der().clone()];
        chain.extend(is_whole.then_some(above));
        acceptor(chain, &key)
    }

    /// A client's certificate and key, as PEM files that only their owner can read.
    pub(crate) fn client(&self) -> ClientFiles {
        let key = KeyPair::generate().expect("a key");
        let certificate = params(&["client.example"], 2000, 2100)
            .signed_by(&key, &self.issuer)
            .expect("signed");
        // Such files are made with mode 600.
        let file = |text: String| {
            let file = tempfile::NamedTempFile::new().expect("a file");
            std::fs::write(file.path(), text).expect("written");
            file
        };
        ClientFiles {
            certificate: file(certificate.pem()),
            key: file(key.serialize_pem()),
        }
    }

    /// A certificate from this authority with its key.
    pub(crate) fn certify(&self, params: &CertificateParams) -> (CertificateDer<'static>, KeyPair) {
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("signed");
        (certificate.der().clone(), key)
    }
}

/// A client's certificate and key; the files go when this is dropped.
pub(crate) struct ClientFiles {
    pub(crate) certificate: tempfile::NamedTempFile,
    pub(crate) key: tempfile::NamedTempFile,
}

/// A server whose certificate nobody vouches for but itself.
pub(crate) fn self_signed(names: &[&str]) -> TlsAcceptor {
    self_signed_for(names, 2000, 2100)
}

/// The same for these years.
pub(crate) fn self_signed_for(names: &[&str], from: i32, until: i32) -> TlsAcceptor {
    let key = KeyPair::generate().expect("a key");
    let certificate = params(names, from, until)
        .self_signed(&key)
        .expect("signed");
    acceptor(vec![certificate.der().clone()], &key)
}

/// What a certificate for these names and years says.
pub(crate) fn params(names: &[&str], from: i32, until: i32) -> CertificateParams {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let mut params = CertificateParams::new(names).expect("names");
    params
        .distinguished_name
        .push(DnType::CommonName, "relay under test");
    params.not_before = rcgen::date_time_ymd(from, 1, 1);
    params.not_after = rcgen::date_time_ymd(until, 1, 1);
    params
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn versions(
    versions: &[&'static SupportedProtocolVersion],
) -> ConfigBuilder<ServerConfig, WantsVerifier> {
    ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(versions)
        .expect("versions")
}

/// A server with this chain.
pub(crate) fn acceptor(chain: Vec<CertificateDer<'static>>, key: &KeyPair) -> TlsAcceptor {
    let any = versions(rustls::ALL_VERSIONS).with_no_client_auth();
    finished(any, chain, key)
}

fn finished(
    builder: ConfigBuilder<ServerConfig, WantsServerCert>,
    chain: Vec<CertificateDer<'static>>,
    key: &KeyPair,
) -> TlsAcceptor {
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let config = builder.with_single_cert(chain, key).expect("a server");
    TlsAcceptor::from(Arc::new(config))
}
