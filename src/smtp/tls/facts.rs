//! What is known of a connection's TLS, and what a certificate says of itself.

use std::net::IpAddr;

use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConnection, ProtocolVersion};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::mail::certificate::Certificate;
use crate::mail::clean::Clean;
use crate::mail::fingerprint::Fingerprint;
use crate::mail::parcel::TlsFacts;

/// Certificates of a chain that are looked at; no honest server sends more.
const MOST: usize = 16;

/// The facts of a finished handshake.
pub(super) fn of(connection: &ClientConnection, chain: &[Certificate]) -> TlsFacts {
    let version = match connection.protocol_version() {
        Some(ProtocolVersion::TLSv1_3) => "TLS 1.3",
        Some(ProtocolVersion::TLSv1_2) => "TLS 1.2",
        _ => "TLS",
    };
    let cipher = connection
        .negotiated_cipher_suite()
        .and_then(|suite| suite.suite().as_str())
        .unwrap_or("unknown")
        .to_owned();
    let leaf = chain.first();
    TlsFacts {
        version,
        cipher,
        subject: leaf
            .map(Certificate::title)
            .map(Clean::from)
            .unwrap_or_default(),
        days_left: leaf.map_or(0, |leaf| leaf.days_left(Timestamp::now())),
    }
}

/// Reads the chain as the server sent it. What is no certificate is left out.
pub(super) fn chain<'a>(all: impl IntoIterator<Item = &'a CertificateDer<'a>>) -> Vec<Certificate> {
    let all = all.into_iter().take(MOST);
    all.filter_map(|der| certificate(der)).collect()
}

/// Reads a certificate; `None` where it is none.
pub(super) fn certificate(der: &[u8]) -> Option<Certificate> {
    let (_, parsed) = X509Certificate::from_der(der).ok()?;
    let names = match parsed.subject_alternative_name() {
        Ok(Some(extension)) => {
            let names = extension.value.general_names.iter();
            names.filter_map(name).collect()
        }
        _ => Vec::new(),
    };
    let validity = parsed.validity();
    Some(Certificate {
        subject: Clean::from(parsed.subject().to_string()),
        issuer: Clean::from(parsed.issuer().to_string()),
        names,
        not_before: moment(validity.not_before.timestamp()),
        not_after: moment(validity.not_after.timestamp()),
        sha256: print(der),
        key_sha256: print(parsed.public_key().raw),
    })
}

/// The SHA-256 of these octets.
pub(super) fn print(octets: &[u8]) -> Fingerprint {
    let mut print = Fingerprint([0; 32]);
    print.0.copy_from_slice(digest(&SHA256, octets).as_ref());
    print
}

/// A moment in seconds since 1970; what is beyond the calendar is at its end.
fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(if seconds < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

fn name(name: &GeneralName<'_>) -> Option<Clean> {
    match name {
        GeneralName::DNSName(name) => Some(Clean::new(name)),
        GeneralName::IPAddress(octets) => {
            let address = <[u8; 4]>::try_from(*octets)
                .map(IpAddr::from)
                .or_else(|_| <[u8; 16]>::try_from(*octets).map(IpAddr::from));
            address.ok().map(|address| Clean::from(address.to_string()))
        }
        _ => None,
    }
}
