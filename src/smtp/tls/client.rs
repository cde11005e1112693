//! The client side of TLS: its configuration, built once and lazily, and the handshake within its limit.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::sync::OnceCell;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::{facts, verifier::Explaining, words};
use crate::mail::clean::Clean;
use crate::mail::outcome::{Cause, Failure};
use crate::mail::parcel::TlsFacts;
use crate::mail::stage::Stage;
use crate::smtp::dial::Stream;

/// What a transport needs for TLS: the platform's certificate authorities and those of the given PEM files.
///
/// Clones share one configuration. Nothing is read before the first handshake, and then away from the async threads.
/// There is no way to switch the check of the certificate or of the name off.
#[derive(Clone)]
pub struct Tls(Arc<Inner>);

struct Inner {
    ca_files: Vec<PathBuf>,
    config: OnceCell<Arc<ClientConfig>>,
}

impl Tls {
    /// Trusts the platform's authorities and those in these PEM files.
    #[must_use]
    pub fn new(ca_files: Vec<PathBuf>) -> Self {
        Self(Arc::new(Inner {
            ca_files,
            config: OnceCell::new(),
        }))
    }

    /// Does the handshake. The certificate must be for `host`: a name, or an IP address as subject alternative name.
    pub(crate) async fn wrap(
        &self,
        stream: Box<dyn Stream>,
        host: &str,
        limit: Duration,
    ) -> Result<(Box<dyn Stream>, TlsFacts), Failure> {
        let local = |text: String| Failure::local(Stage::Tls, text);
        let config = self.config().await.map_err(local)?;
        let name = server_name(host).map_err(local)?;
        let handshake = TlsConnector::from(config).connect(name, stream);
        match timeout(limit, handshake).await {
            Ok(Ok(stream)) => {
                let facts = facts::of(stream.get_ref().1);
                Ok((Box::new(stream), facts))
            }
            Ok(Err(error)) => {
                let cause = Cause::Tls(Clean::from(words::handshake(&error)));
                Err(Failure::new(Stage::Tls, cause))
            }
            Err(_) => Err(Failure::new(Stage::Tls, Cause::TimedOut(limit))),
        }
    }

    async fn config(&self) -> Result<Arc<ClientConfig>, String> {
        let build = || async {
            let files = self.0.ca_files.clone();
            tokio::task::spawn_blocking(move || build(&files))
                .await
                .map_err(|error| {
                    format!("the certificate authorities could not be loaded: {error}")
                })?
                .map(Arc::new)
        };
        self.0.config.get_or_try_init(build).await.cloned()
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("ca_files", &self.0.ca_files)
            .finish_non_exhaustive()
    }
}

fn server_name(host: &str) -> Result<ServerName<'static>, String> {
    // A scoped address such as fe80::1%eth0 is in the certificate without its scope.
    let plain = host.split('%').next().unwrap_or(host);
    let ascii = idna::domain_to_ascii(plain).unwrap_or_else(|_| plain.to_owned());
    let name = if plain.contains(':') {
        plain.to_owned()
    } else {
        ascii
    };
    ServerName::try_from(name)
        .map_err(|_| format!("no certificate can be for the host name {host:?}; correct server"))
}

fn build(ca_files: &[PathBuf]) -> Result<ClientConfig, String> {
    let extra = read_authorities(ca_files)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let inner = trust(extra, &provider)?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS cannot be set up: {error}"))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Explaining::new(inner)))
        .with_no_client_auth();
    Ok(config)
}

fn read_authorities(ca_files: &[PathBuf]) -> Result<Vec<CertificateDer<'static>>, String> {
    let mut extra = Vec::new();
    for file in ca_files {
        let fault = |error: rustls_pki_types::pem::Error| {
            format!("ca_file {} cannot be read: {error}", file.display())
        };
        let before = extra.len();
        for certificate in CertificateDer::pem_file_iter(file).map_err(fault)? {
            extra.push(certificate.map_err(fault)?);
        }
        if extra.len() == before {
            return Err(format!(
                "ca_file {} holds no certificate; a PEM file with BEGIN CERTIFICATE is expected",
                file.display()
            ));
        }
    }
    Ok(extra)
}

/// The platform's verifier; where the platform knows no authority at all, one with the given authorities alone.
fn trust(
    extra: Vec<CertificateDer<'static>>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, String> {
    let platform =
        rustls_platform_verifier::Verifier::new_with_extra_roots(extra.clone(), provider.clone());
    match platform {
        Ok(verifier) => Ok(Arc::new(verifier)),
        Err(error) if extra.is_empty() => Err(format!(
            "this machine has no certificate authorities to trust ({error}); install them or set ca_file"
        )),
        Err(_) => {
            let mut roots = RootCertStore::empty();
            for certificate in extra {
                roots
                    .add(certificate)
                    .map_err(|error| format!("a certificate in ca_file is not usable: {error}"))?;
            }
            let builder = rustls::client::WebPkiServerVerifier::builder_with_provider(
                Arc::new(roots),
                provider.clone(),
            );
            let verifier = builder
                .build()
                .map_err(|error| format!("the certificates in ca_file are not usable: {error}"))?;
            Ok(verifier)
        }
    }
}
