//! Decides about a server's certificate: by the authorities, or by pins; and says in words why it refused.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};

use super::{chain, facts};
use crate::mail::certificate::Certificate;
use crate::mail::fingerprint::Fingerprint;

/// A refusal in words with the chain that was refused, carried inside the TLS library's error.
#[derive(Debug)]
pub(super) struct Explained {
    pub(super) words: String,
    pub(super) chain: Vec<Certificate>,
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl std::error::Error for Explained {}

fn refuse(words: String, chain: Vec<Certificate>) -> Error {
    let explained = Arc::new(Explained { words, chain });
    Error::InvalidCertificate(CertificateError::Other(OtherError(explained)))
}

fn read(end_entity: &CertificateDer<'_>, intermediates: &[CertificateDer<'_>]) -> Vec<Certificate> {
    // The server's own must be first or the words would be about another.
    match facts::certificate(end_entity) {
        Some(leaf) => {
            let above = facts::chain(intermediates);
            std::iter::once(leaf).chain(above).collect()
        }
        None => Vec::new(),
    }
}

/// A verifier that passes every question on and explains every no.
#[derive(Debug)]
pub(super) struct Explaining {
    inner: Arc<dyn ServerCertVerifier>,
}

impl Explaining {
    pub(super) fn new(inner: Arc<dyn ServerCertVerifier>) -> Self {
        Self { inner }
    }
}

impl ServerCertVerifier for Explaining {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.inner
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            .map_err(|error| match error {
                Error::InvalidCertificate(why) => {
                    let chain = read(end_entity, intermediates);
                    let words = chain::words(&why, &chain, &server_name.to_str(), now);
                    refuse(words, chain)
                }
                other => other,
            })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// A verifier that knows certificates or public keys by their prints, and trusts no others whoever vouches for them.
///
/// That the server has the private key is checked as always: a certificate is public, and anybody could show it.
#[derive(Debug)]
pub(super) struct Pinned {
    pins: Vec<Fingerprint>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Pinned {
    pub(super) fn new(pins: Vec<Fingerprint>, algorithms: WebPkiSupportedAlgorithms) -> Self {
        Self { pins, algorithms }
    }
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let whole = facts::print(end_entity);
        let leaf = facts::certificate(end_entity);
        let is_pinned = self.pins.contains(&whole)
            || leaf.is_some_and(|leaf| self.pins.contains(&leaf.key_sha256));
        if is_pinned {
            return Ok(ServerCertVerified::assertion());
        }
        let chain = read(end_entity, intermediates);
        Err(refuse(chain::not_pinned(&self.pins, whole, &chain), chain))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
