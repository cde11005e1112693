//! The certificate by which this side shows who it is, where a server asks for one.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::crypto::CryptoProvider;
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::zeroize::Zeroizing;

use crate::mail::smarthost::ClientCertificate;
use crate::smtp::private;

/// Shows this side's certificate, where there is one, and counts how often servers have asked.
#[derive(Default)]
pub(super) struct Identity {
    key: Option<Arc<CertifiedKey>>,
    asked: AtomicUsize,
}

impl Identity {
    /// Reads certificate and key.
    ///
    /// # Errors
    /// Words that name the file and the remedy.
    pub(super) fn load(
        files: Option<&ClientCertificate>,
        provider: &CryptoProvider,
    ) -> Result<Self, String> {
        let Some(files) = files else {
            return Ok(Self::default());
        };
        let chain = certificates(&files.certificate)?;
        let fault = |words: String| format!("client_key {}: {words}", files.key.display());
        let pem: Zeroizing<Vec<u8>> = private::read(&files.key).map_err(fault)?;
        let key = PrivateKeyDer::from_pem_slice(&pem).map_err(|_| {
            fault("a PEM file with an unencrypted BEGIN PRIVATE KEY is expected".to_owned())
        })?;
        let key = provider
            .key_provider
            .load_private_key(key)
            .map_err(|error| fault(format!("the key cannot be used: {error}")))?;
        let certified = CertifiedKey::new(chain, key);
        // A key whose public half cannot be told is taken as it is.
        if let Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::KeyMismatch)) =
            certified.keys_match()
        {
            return Err(fault(format!(
                "it does not belong to the certificate in {}",
                files.certificate.display()
            )));
        }
        Ok(Self {
            key: Some(Arc::new(certified)),
            asked: AtomicUsize::new(0),
        })
    }

    /// How often a server has asked for a certificate.
    pub(super) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    /// Whether there is one to show.
    pub(super) fn is_known(&self) -> bool {
        self.key.is_some()
    }
}

/// The certificates of a PEM file.
fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let fault = |words: String| format!("client_cert {}: {words}", file.display());
    let wrong = |error: rustls_pki_types::pem::Error| fault(format!("cannot be read: {error}"));
    let mut chain = Vec::new();
    for certificate in CertificateDer::pem_file_iter(file).map_err(wrong)? {
        chain.push(certificate.map_err(wrong)?);
    }
    if chain.is_empty() {
        return Err(fault(
            "a PEM file with BEGIN CERTIFICATE is expected".to_owned(),
        ));
    }
    Ok(chain)
}

impl ResolvesClientCert for Identity {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.key.clone()
    }

    fn has_certs(&self) -> bool {
        self.key.is_some()
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("is_known", &self.is_known())
            .finish_non_exhaustive()
    }
}
