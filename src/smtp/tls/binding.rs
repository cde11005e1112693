//! What ties a login to the TLS connection that it goes over, so that nobody in the middle can pass it on (RFC 5056).

use ring::digest::{Algorithm, SHA256, SHA384, SHA512, digest};
use rustls::{ClientConnection, ProtocolVersion};
use x509_parser::prelude::{FromDer, X509Certificate};

/// A channel binding: the kind's registered name, and what both ends of this connection know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Binding {
    pub(crate) kind: &'static str,
    pub(crate) data: Vec<u8>,
}

/// The label for keying material that binds a login to TLS 1.3 (RFC 9266 §2).
const LABEL: &[u8] = b"EXPORTER-Channel-Binding";

impl Binding {
    /// The best binding of a connection: with TLS 1.3 `tls-exporter` (RFC 9266), before it `tls-server-end-point`
    /// (RFC 5929 §4), since `tls-unique` is not safe without the extended master secret, and not to be had here.
    pub(super) fn of(connection: &ClientConnection) -> Option<Self> {
        if connection.protocol_version() == Some(ProtocolVersion::TLSv1_3) {
            let data = connection
                .export_keying_material(vec![0; 32], LABEL, None)
                .ok()?;
            return Some(Self {
                kind: "tls-exporter",
                data,
            });
        }
        let leaf = connection.peer_certificates()?.first()?;
        Some(Self {
            kind: "tls-server-end-point",
            data: digest(hash_of(leaf)?, leaf).as_ref().to_vec(),
        })
    }
}

/// The hash of the certificate's own signature; in place of MD5 and SHA-1 it is SHA-256. A signature without a single
/// hash, such as Ed25519's, has no such binding.
fn hash_of(der: &[u8]) -> Option<&'static Algorithm> {
    let (_, parsed) = X509Certificate::from_der(der).ok()?;
    match parsed.signature_algorithm.algorithm.to_id_string().as_str() {
        // RSA with MD5, SHA-1, SHA-256; ECDSA with SHA-1, SHA-256.
        "1.2.840.113549.1.1.4"
        | "1.2.840.113549.1.1.5"
        | "1.2.840.113549.1.1.11"
        | "1.2.840.10045.4.1"
        | "1.2.840.10045.4.3.2" => Some(&SHA256),
        "1.2.840.113549.1.1.12" | "1.2.840.10045.4.3.3" => Some(&SHA384),
        "1.2.840.113549.1.1.13" | "1.2.840.10045.4.3.4" => Some(&SHA512),
        _ => None,
    }
}
