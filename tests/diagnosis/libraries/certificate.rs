//! What the TLS library says of certificates, as it says it and as this program shows it.

use rustls::{CertificateError, Error, OtherError};

use super::asking::{NO_RULE, check_tls};

fn other(text: &'static str) -> CertificateError {
    #[derive(Debug)]
    struct Named(&'static str);
    impl std::fmt::Display for Named {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(self.0)
        }
    }
    impl std::error::Error for Named {}
    CertificateError::Other(OtherError(std::sync::Arc::new(Named(text))))
}

fn algorithm(octets: &[u8]) -> CertificateError {
    CertificateError::UnsupportedSignatureAlgorithmContext {
        signature_algorithm_id: octets.to_vec(),
        supported_algorithms: vec![rustls_pki_types::alg_id::ECDSA_SHA256],
    }
}

#[expect(deprecated, reason = "older versions say it")]
fn certificate_errors() -> Vec<(CertificateError, &'static str)> {
    use CertificateError as C;
    let time = rustls_pki_types::UnixTime::since_unix_epoch;
    let (early, late) = (
        time(std::time::Duration::from_hours(480_000)),
        time(std::time::Duration::from_hours(500_000)),
    );
    let name = rustls_pki_types::ServerName::try_from("relay.example.com").expect("a name");
    let for_name = |presented: &[&str]| C::NotValidForNameContext {
        expected: name.to_owned(),
        presented: presented.iter().map(ToString::to_string).collect(),
    };
    vec![
        (C::BadEncoding, NO_RULE),
        (C::Expired, "tls.expired"),
        (
            C::ExpiredContext {
                time: late,
                not_after: early,
            },
            "tls.expired",
        ),
        (C::NotValidYet, "tls.not_yet_valid"),
        (
            C::NotValidYetContext {
                time: early,
                not_before: late,
            },
            "tls.not_yet_valid",
        ),
        (C::Revoked, NO_RULE),
        (C::UnhandledCriticalExtension, NO_RULE),
        (C::UnknownIssuer, "tls.unknown_ca"),
        (C::UnknownRevocationStatus, NO_RULE),
        (C::ExpiredRevocationList, NO_RULE),
        (
            C::ExpiredRevocationListContext {
                time: late,
                next_update: early,
            },
            NO_RULE,
        ),
        (C::BadSignature, NO_RULE),
        (C::UnsupportedSignatureAlgorithm, NO_RULE),
        // ecdsa-with-SHA512, which is strong and not known to every library.
        (algorithm(&[6, 8, 42, 134, 72, 206, 61, 4, 3, 4]), NO_RULE),
        // RSASSA-PSS.
        (
            algorithm(&[6, 9, 42, 134, 72, 134, 247, 13, 1, 1, 10]),
            NO_RULE,
        ),
        // sha1WithRSAEncryption, md5WithRSAEncryption, ecdsa-with-SHA1.
        (
            algorithm(&[6, 9, 42, 134, 72, 134, 247, 13, 1, 1, 5]),
            "tls.weak_cert",
        ),
        (
            algorithm(&[6, 9, 42, 134, 72, 134, 247, 13, 1, 1, 4]),
            "tls.weak_cert",
        ),
        (
            algorithm(&[6, 7, 42, 134, 72, 206, 61, 4, 1]),
            "tls.weak_cert",
        ),
        (
            C::UnsupportedSignatureAlgorithmForPublicKeyContext {
                signature_algorithm_id: vec![6, 8, 42, 134, 72, 206, 61, 4, 3, 2],
                public_key_algorithm_id: vec![6, 9, 42, 134, 72, 134, 247, 13, 1, 1, 1],
            },
            NO_RULE,
        ),
        (C::NotValidForName, "tls.name_mismatch"),
        (for_name(&[]), "tls.name_mismatch"),
        (
            for_name(&["DnsName(\"mx.example.net\")"]),
            "tls.name_mismatch",
        ),
        (
            for_name(&[
                "DnsName(\"*.a.example\")",
                "IpAddress(192.0.2.1)",
                "DnsName(\"b.example\")",
            ]),
            "tls.name_mismatch",
        ),
        (C::InvalidPurpose, NO_RULE),
        (
            C::InvalidPurposeContext {
                required: rustls::ExtendedKeyPurpose::ServerAuth,
                presented: vec![rustls::ExtendedKeyPurpose::ClientAuth],
            },
            NO_RULE,
        ),
        (C::InvalidOcspResponse, NO_RULE),
        (C::ApplicationVerificationFailure, NO_RULE),
    ]
}

fn has_own_words(why: &CertificateError) -> bool {
    use CertificateError as C;
    matches!(
        why,
        C::Expired
            | C::ExpiredContext { .. }
            | C::NotValidYet
            | C::NotValidYetContext { .. }
            | C::NotValidForName
            | C::NotValidForNameContext { .. }
            | C::UnknownIssuer
            | C::BadSignature
            | C::Revoked
            | C::InvalidPurpose
            | C::InvalidPurposeContext { .. }
    )
}

/// What the library that verifies chains says and the TLS library passes on as it is.
const OTHERS: [(&str, &str); 12] = [
    ("UnsupportedCertVersion", "tls.weak_cert"),
    ("EmptyEkuExtension", NO_RULE),
    ("EndEntityUsedAsCa", NO_RULE),
    ("ExtensionValueInvalid", NO_RULE),
    ("InvalidNetworkMaskConstraint", NO_RULE),
    ("InvalidSerialNumber", NO_RULE),
    ("MalformedDnsIdentifier", NO_RULE),
    ("MalformedExtensions", NO_RULE),
    ("MaximumPathDepthExceeded", NO_RULE),
    ("NameConstraintViolation", NO_RULE),
    ("PathLenConstraintViolated", NO_RULE),
    ("UnsupportedCriticalExtension", NO_RULE),
];

#[test]
fn every_fault_of_a_certificate() {
    let others = OTHERS.map(|(text, wanted)| (other(text), wanted));
    let all: Vec<_> = certificate_errors().into_iter().chain(others).collect();
    let raw = all
        .iter()
        .map(|(why, wanted)| (Error::InvalidCertificate(why.clone()).to_string(), *wanted));
    check_tls(raw);
    let debug = all.iter().map(|(why, wanted)| {
        (
            format!("{:?}", Error::InvalidCertificate(why.clone())),
            *wanted,
        )
    });
    check_tls(debug);
    // As this program shows what it has no words of its own for.
    let passed_on = all.iter().filter(|(why, _)| !has_own_words(why));
    let own = passed_on.map(|(why, wanted)| {
        (
            format!("the certificate (CN=mx) was refused: {why}"),
            *wanted,
        )
    });
    check_tls(own);
    // It comes from a certificate that vouches for itself; where that is not so, this program says so in other words.
    let raw = Error::InvalidCertificate(other("CaUsedAsEndEntity")).to_string();
    let own =
        "the certificate (CN=mx) was refused: Other(OtherError(Named(\"CaUsedAsEndEntity\")))";
    check_tls([(raw, "tls.self_signed"), (own.to_owned(), NO_RULE)]);
}

#[test]
fn this_program_s_own_words_about_certificates() {
    let all = [
        ("the server's certificate cannot be read", NO_RULE),
        (
            "the certificate expired on 2024-01-01, 900 days ago; this machine's clock says 2026-06-19",
            "tls.expired",
        ),
        (
            "the intermediate certificate R3 expired on 2024-01-01, 1 day ago; this machine's clock says 2024-01-02",
            "tls.expired",
        ),
        (
            "an authority's certificate in the chain has expired; this machine's clock says 2026-06-19",
            "tls.expired",
        ),
        (
            "the certificate is not valid before 2027-01-01; this machine's clock says 1970-01-01, which cannot be right: set it, check it",
            "tls.not_yet_valid",
        ),
        (
            "an authority's certificate in the chain is not valid yet; this machine's clock says 1970-01-01",
            "tls.not_yet_valid",
        ),
        (
            "the certificate is not for relay.example.com: it has no name at all in its subject alternative names (CN=mx); the server needs another, or set pin = \"sha256:00\"",
            "tls.name_mismatch",
        ),
        (
            "the certificate is not for relay.example.com, it is for a.example and 3 more; use a name that it has as server, or set tls_name to one",
            "tls.name_mismatch",
        ),
        (
            "the certificate is self-signed (CN=mx); if you trust it, set pin = \"sha256:00\", or ca_file to the certificate",
            "tls.self_signed",
        ),
        (
            "the certificate's issuer is not trusted: CN=Own CA, the authority at the end of the server's chain; if you trust it, set ca_file to its certificate",
            "tls.unknown_ca",
        ),
        (
            "the certificate (mx) says that it is from CN=Own CA, but its signature is not by the one known under this name; look whether ca_file has an older one",
            NO_RULE,
        ),
        ("the certificate was revoked by its issuer", NO_RULE),
        ("the certificate is not made for servers", NO_RULE),
        ("the server showed no certificate", NO_RULE),
        (
            "the certificate is not the pinned one: the server showed sha256:00 for mx, pinned is sha256:11; if the server's owner confirms the new one, set pin to it",
            NO_RULE,
        ),
        (
            "the server closed the connection in the handshake or right behind it; it asks for a client certificate: set client_cert and client_key",
            "tls.client_cert",
        ),
        (
            "the server does not go on without a certificate of this side; it asks for a client certificate: set client_cert and client_key",
            "tls.client_cert",
        ),
        (
            "the server closed the connection during the handshake",
            "stls.closed",
        ),
        (
            "the server found no cipher suite that both sides know (insufficient security)",
            "tls.no_cipher",
        ),
        (
            "the server serves nobody of the name that it was asked for; set tls_name",
            "tls.no_sni",
        ),
        (
            "the server's TLS is too old: at least version 1.2 is needed (RFC 8996)",
            "tls.old_protocol",
        ),
    ];
    check_tls(all.map(|(text, wanted)| (text.to_owned(), wanted)));
}
