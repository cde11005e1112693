//! What is known of a connection's TLS, and what a certificate says of itself.

use std::net::IpAddr;

use jiff::Timestamp;
use rustls::{ClientConnection, ProtocolVersion};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::mail::clean::{Clean, clean};
use crate::mail::parcel::TlsFacts;

/// The facts of a finished handshake.
pub(super) fn of(connection: &ClientConnection) -> TlsFacts {
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
    let leaf = connection
        .peer_certificates()
        .and_then(|chain| Certificate::read(chain.first()?));
    TlsFacts {
        version,
        cipher,
        subject: leaf
            .as_ref()
            .map(Certificate::title)
            .map(Clean::from)
            .unwrap_or_default(),
        days_left: leaf.map_or(0, |leaf| leaf.days_left(Timestamp::now().as_second())),
    }
}

/// What a certificate says of itself.
pub(super) struct Certificate {
    pub(super) subject: String,
    pub(super) issuer: String,
    pub(super) names: Vec<String>,
    not_before: i64,
    not_after: i64,
}

const DAY: i64 = 24 * 60 * 60;

impl Certificate {
    /// Reads a certificate; `None` where it is none.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let (_, parsed) = X509Certificate::from_der(der).ok()?;
        let names = match parsed.subject_alternative_name() {
            Ok(Some(extension)) => extension
                .value
                .general_names
                .iter()
                .filter_map(name)
                .collect(),
            _ => Vec::new(),
        };
        Some(Self {
            subject: clean(&parsed.subject().to_string()).into_owned(),
            issuer: clean(&parsed.issuer().to_string()).into_owned(),
            names,
            not_before: parsed.validity().not_before.timestamp(),
            not_after: parsed.validity().not_after.timestamp(),
        })
    }

    /// The subject; where it is empty, as it may be, the names.
    pub(super) fn title(&self) -> String {
        if self.subject.is_empty() {
            self.names.join(", ")
        } else {
            self.subject.clone()
        }
    }

    pub(super) fn is_self_signed(&self) -> bool {
        self.subject == self.issuer
    }

    /// Whole days from `now` (seconds since 1970) until the certificate expires, negative when it has.
    pub(super) fn days_left(&self, now: i64) -> i64 {
        self.not_after.saturating_sub(now).div_euclid(DAY)
    }

    pub(super) fn expires_on(&self) -> String {
        date(self.not_after)
    }

    pub(super) fn begins_on(&self) -> String {
        date(self.not_before)
    }
}

/// The day of a moment in seconds since 1970, in UTC.
pub(super) fn date(seconds: i64) -> String {
    Timestamp::from_second(seconds).map_or_else(
        |_| "a day beyond the calendar".to_owned(),
        |at| at.strftime("%Y-%m-%d").to_string(),
    )
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some(clean(name).into_owned()),
        GeneralName::IPAddress(octets) => {
            let address = <[u8; 4]>::try_from(*octets)
                .map(IpAddr::from)
                .or_else(|_| <[u8; 16]>::try_from(*octets).map(IpAddr::from));
            address.ok().map(|address| address.to_string())
        }
        _ => None,
    }
}
