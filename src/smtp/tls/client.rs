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

use super::binding::Binding;
use super::facts;
use super::identity::Identity;
use super::stream::Protected;
use super::verifier::{Explaining, Pinned};
use super::words::{self, Showing};
use crate::mail::certificate::Certificate;
use crate::mail::clean::Clean;
use crate::mail::fingerprint::Fingerprint;
use crate::mail::outcome::{Cause, Failure};
use crate::mail::parcel::TlsFacts;
use crate::mail::smarthost::{ClientCertificate, SmartHost};
use crate::mail::stage::Stage;
use crate::smtp::dial::Stream;

/// What a transport needs for TLS: whom it trusts, and who it is itself.
///
/// Clones share one configuration, and with it the tickets by which a later handshake is shorter. Nothing is read before the
/// first handshake, and then away from the async threads. There is no way to switch the check of the certificate off; a pin
/// puts one certificate or key in the place of all authorities.
#[derive(Clone)]
pub struct Tls(Arc<Inner>);

#[derive(Default)]
struct Inner {
    ca_files: Vec<PathBuf>,
    pins: Vec<Fingerprint>,
    client: Option<ClientCertificate>,
    config: OnceCell<Config>,
}

#[derive(Clone)]
struct Config {
    rustls: Arc<ClientConfig>,
    identity: Arc<Identity>,
}

/// What a handshake has led to.
pub(crate) struct Secured {
    pub(crate) stream: Box<dyn Stream>,
    pub(crate) facts: TlsFacts,
    /// The server's certificates, its own first.
    pub(crate) certificates: Vec<Certificate>,
    /// What a login can be bound to.
    pub(crate) binding: Option<Binding>,
}

/// Why a handshake has led to nothing.
pub(crate) struct Unsecured {
    pub(crate) failure: Failure,
    /// The chain that was refused, where that was the reason.
    pub(crate) certificates: Vec<Certificate>,
}

impl From<Failure> for Unsecured {
    fn from(failure: Failure) -> Self {
        Self {
            failure,
            certificates: Vec::new(),
        }
    }
}

impl Tls {
    /// Trusts the platform's authorities and those in these PEM files.
    #[must_use]
    pub fn new(ca_files: Vec<PathBuf>) -> Self {
        Self(Arc::new(Inner {
            ca_files,
            ..Inner::default()
        }))
    }

    /// Trusts whom the smart host's settings say, and shows the certificate that they name.
    #[must_use]
    pub fn of(host: &SmartHost) -> Self {
        Self(Arc::new(Inner {
            ca_files: host.ca_files.clone(),
            pins: host.pins.clone(),
            client: host.client_certificate.clone(),
            config: OnceCell::new(),
        }))
    }

    /// Does the handshake. The certificate must be for `name`: a host name, or an IP address as subject alternative name.
    pub(crate) async fn wrap(
        &self,
        stream: Box<dyn Stream>,
        name: &str,
        limit: Duration,
    ) -> Result<Secured, Unsecured> {
        let local = |text: String| Failure::local(Stage::Tls, text);
        let Config { rustls, identity } = self.config().await.map_err(local)?;
        let name = server_name(name).map_err(local)?;
        let asked_before = identity.asked();
        let handshake = TlsConnector::from(rustls).connect(name, stream);
        let done = timeout(limit, handshake).await;
        // Another connection's handshake at the same moment may count in; it is with the same server.
        let showing = Showing {
            asked: identity.asked() != asked_before,
            have: identity.is_known(),
        };
        match done {
            Ok(Ok(stream)) => {
                let connection = stream.get_ref().1;
                let certificates = facts::chain(connection.peer_certificates().unwrap_or_default());
                let facts = facts::of(connection, &certificates);
                let binding = Binding::of(connection);
                Ok(Secured {
                    stream: Box::new(Protected::new(stream, showing)),
                    facts,
                    certificates,
                    binding,
                })
            }
            Ok(Err(error)) => {
                let cause = Cause::Tls(Clean::from(words::of(&error, showing)));
                Err(Unsecured {
                    failure: Failure::new(Stage::Tls, cause),
                    certificates: words::refused_chain(&error),
                })
            }
            Err(_) => Err(Failure::new(Stage::Tls, Cause::TimedOut(limit)).into()),
        }
    }

    /// Begins to read the authorities, which may be hundreds of files, while there is still something else to wait for. What is
    /// wrong with them is told by the handshake.
    pub(crate) fn prepare(&self) {
        let tls = self.clone();
        tokio::spawn(async move { tls.config().await.map(drop) });
    }

    async fn config(&self) -> Result<Config, String> {
        let build = || async {
            let inner = self.0.clone();
            tokio::task::spawn_blocking(move || inner.build())
                .await
                .map_err(|error| {
                    format!("the certificate authorities could not be loaded: {error}")
                })?
        };
        // A fault is not kept: the file may be mended before the next attempt.
        self.0.config.get_or_try_init(build).await.cloned()
    }
}

impl Inner {
    fn build(&self) -> Result<Config, String> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let identity = Arc::new(Identity::load(self.client.as_ref(), &provider)?);
        let verifier: Arc<dyn ServerCertVerifier> = if self.pins.is_empty() {
            let extra = read_authorities(&self.ca_files)?;
            Arc::new(Explaining::new(trust(extra, &provider)?))
        } else {
            let algorithms = provider.signature_verification_algorithms;
            Arc::new(Pinned::new(self.pins.clone(), algorithms))
        };
        let rustls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("TLS cannot be set up: {error}"))?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_client_cert_resolver(identity.clone());
        Ok(Config {
            rustls: Arc::new(rustls),
            identity,
        })
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("ca_files", &self.0.ca_files)
            .field("pins", &self.0.pins)
            .field("client", &self.0.client)
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
    ServerName::try_from(name).map_err(|_| {
        format!("no certificate can be for the name {host:?}; correct server or tls_name")
    })
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
