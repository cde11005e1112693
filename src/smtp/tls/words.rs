//! Why TLS failed, in words that name the remedy.

use std::io;

use rustls::{AlertDescription, CertificateError, Error, InvalidMessage, PeerIncompatible};

use super::verifier::Explained;
use crate::mail::certificate::Certificate;

/// What there is to know about this side's certificate when the other side complains.
#[derive(Clone, Copy, Debug)]
pub(super) struct Showing {
    /// The server has asked for one.
    pub(super) asked: bool,
    /// There is one to show.
    pub(super) have: bool,
}

/// Words for a handshake that failed, or for what the TLS layer complains of later.
pub(super) fn of(error: &io::Error, showing: Showing) -> String {
    let Some(inner) = inner(error) else {
        return match error.kind() {
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
                if showing.asked && !showing.have =>
            {
                format!(
                    "the server closed the connection in the handshake or right behind it; {WANTED}"
                )
            }
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
        Error::InvalidCertificate(_) => {
            explained(error).map_or_else(|| inner.to_string(), ToString::to_string)
        }
        // What begins with no TLS record is most often the greeting of a server that waits for STARTTLS.
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            "the server speaks plain text here: use security = starttls, or the port that it has for TLS"
                .to_owned()
        }
        Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        ) => TOO_OLD.to_owned(),
        Error::AlertReceived(alert) => alerted(*alert, showing),
        Error::NoCertificatesPresented => "the server showed no certificate".to_owned(),
        Error::PeerIncompatible(why) => {
            format!("the server and this side have no way of TLS in common: {why:?}")
        }
        other => other.to_string(),
    }
}

const TOO_OLD: &str = "the server's TLS is too old: at least version 1.2 is needed (RFC 8996)";
const WANTED: &str = "it asks for a client certificate: set client_cert and client_key";

fn alerted(alert: AlertDescription, showing: Showing) -> String {
    match alert {
        AlertDescription::ProtocolVersion => TOO_OLD.to_owned(),
        AlertDescription::CertificateRequired => {
            format!("the server does not go on without a certificate of this side; {WANTED}")
        }
        AlertDescription::HandshakeFailure
        | AlertDescription::BadCertificate
        | AlertDescription::NoCertificate
        | AlertDescription::AccessDenied
            if showing.asked && !showing.have =>
        {
            format!("the server ended TLS ({}); {WANTED}", name(alert))
        }
        AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnknownCA
        | AlertDescription::AccessDenied
        | AlertDescription::DecryptError
            if showing.asked && showing.have =>
        {
            format!(
                "the server refused the certificate in client_cert ({})",
                name(alert)
            )
        }
        AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity => format!(
            "the server found no cipher suite that both sides know ({})",
            name(alert)
        ),
        AlertDescription::UnrecognisedName => {
            "the server serves nobody of the name that it was asked for; set tls_name".to_owned()
        }
        other => format!("the server ended TLS: {}", name(other)),
    }
}

/// An alert's name in words, such as `handshake failure`.
fn name(alert: AlertDescription) -> String {
    let mut words = String::new();
    for c in format!("{alert:?}").chars() {
        if c.is_uppercase() && !words.is_empty() && !words.ends_with(char::is_uppercase) {
            words.push(' ');
        }
        words.push(c);
    }
    words.to_lowercase()
}

/// The chain that was refused, where that was the reason.
pub(super) fn refused_chain(error: &io::Error) -> Vec<Certificate> {
    explained(error).map_or_else(Vec::new, |explained| explained.chain.clone())
}

fn inner(error: &io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}

fn explained(error: &io::Error) -> Option<&Explained> {
    match inner(error)? {
        Error::InvalidCertificate(CertificateError::Other(other)) => other.0.downcast_ref(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alert(alert: AlertDescription, asked: bool, have: bool) -> String {
        let error = io::Error::new(io::ErrorKind::InvalidData, Error::AlertReceived(alert));
        of(&error, Showing { asked, have })
    }

    #[test]
    fn an_alert_is_read_by_what_went_before() {
        let failure = AlertDescription::HandshakeFailure;
        assert!(alert(failure, false, false).contains("no cipher suite"));
        assert!(alert(failure, true, false).contains("client_cert"));
        assert!(alert(failure, true, true).contains("no cipher suite"));
        let unknown = AlertDescription::UnknownCA;
        assert!(alert(unknown, true, true).contains("refused the certificate in client_cert"));
        assert!(alert(unknown, false, false).contains("ended TLS: unknown ca"));
        assert!(alert(AlertDescription::CertificateRequired, true, false).contains("client_cert"));
        assert!(alert(AlertDescription::UnrecognisedName, false, false).contains("tls_name"));
        assert!(alert(AlertDescription::ProtocolVersion, false, false).contains("too old"));
    }
}
