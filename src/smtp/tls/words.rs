//! Why TLS failed, in words that name the remedy.

use std::fmt;
use std::io;

use rustls::pki_types::{ServerName, UnixTime};
use rustls::{AlertDescription, CertificateError, Error, PeerIncompatible};

use super::facts::{Certificate, date};

/// A refusal in words, carried inside the TLS library's error.
#[derive(Debug)]
pub(super) struct Explained(pub(super) String);

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Explained {}

/// Words for a handshake that failed.
pub(super) fn handshake(error: &io::Error) -> String {
    let inner = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Error>());
    let Some(inner) = inner else {
        return match error.kind() {
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe => {
                "the server closed the connection during the handshake".to_owned()
            }
            _ => error.to_string(),
        };
    };
    match inner {
        Error::InvalidCertificate(CertificateError::Other(other)) => other
            .0
            .downcast_ref::<Explained>()
            .map_or_else(|| inner.to_string(), ToString::to_string),
        // What begins with no TLS record is most often the greeting of a server that waits for STARTTLS.
        Error::InvalidMessage(_) => {
            "the server speaks plain text here: use security = starttls, or the port that it has for TLS"
                .to_owned()
        }
        Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        )
        | Error::AlertReceived(AlertDescription::ProtocolVersion) => {
            "the server's TLS is too old: at least version 1.2 is needed (RFC 8996)".to_owned()
        }
        Error::AlertReceived(AlertDescription::HandshakeFailure) => {
            "the server found no cipher suite that both sides know".to_owned()
        }
        Error::NoCertificatesPresented => "the server showed no certificate".to_owned(),
        other => other.to_string(),
    }
}

/// Words for a certificate that was refused.
pub(super) fn certificate(
    why: &CertificateError,
    der: &[u8],
    wanted: &ServerName<'_>,
    now: UnixTime,
) -> String {
    let Some(leaf) = Certificate::read(der) else {
        return "the server's certificate cannot be read".to_owned();
    };
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    match why {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => format!(
            "the certificate expired on {}, {} ago; this machine's clock says {}",
            leaf.expires_on(),
            days(-1 - leaf.days_left(now)),
            date(now)
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => format!(
            "the certificate is not valid before {}; this machine's clock says {}, check it",
            leaf.begins_on(),
            date(now)
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            let names = if leaf.names.is_empty() {
                "no name".to_owned()
            } else {
                leaf.names.join(", ")
            };
            format!(
                "the certificate is not for {}, it is for {names}; use a name that it has, or another server",
                wanted.to_str()
            )
        }
        CertificateError::UnknownIssuer if leaf.is_self_signed() => format!(
            "the certificate is self-signed ({}); if you trust it, set ca_file to it",
            leaf.title()
        ),
        CertificateError::UnknownIssuer => format!(
            "the certificate's issuer is not trusted: {}; if you trust it, set ca_file to its certificate",
            leaf.issuer
        ),
        CertificateError::Revoked => "the certificate was revoked by its issuer".to_owned(),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "the certificate is not made for servers".to_owned()
        }
        other => format!("the certificate ({}) was refused: {other}", leaf.title()),
    }
}

fn days(count: i64) -> String {
    match count {
        1 => "1 day".to_owned(),
        0 => "less than a day".to_owned(),
        _ => format!("{count} days"),
    }
}
