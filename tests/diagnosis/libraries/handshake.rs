//! What the TLS library says of handshakes, as it says it and as this program shows it.

use rustls::{
    AlertDescription, CertRevocationListError, Error, InvalidMessage, PeerIncompatible,
    PeerMisbehaved,
};
use turbomail::mail::circumstances::{Circumstances, TlsState};
use turbomail::mail::outcome::Cause;
use turbomail::mail::stage::Stage;

use super::asking::{NO_RULE, check, check_tls, id, tls};

/// An alert as this program writes its name.
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

#[test]
fn every_alert_of_the_server() {
    use AlertDescription as A;
    let wanted = |alert| match alert {
        A::HandshakeFailure | A::InsufficientSecurity => "tls.no_cipher",
        A::ProtocolVersion => "tls.old_protocol",
        A::BadCertificate | A::CertificateRequired => "tls.client_cert",
        A::UnrecognisedName => "tls.no_sni",
        _ => NO_RULE,
    };
    let all: Vec<AlertDescription> = (0..=255).map(AlertDescription::from).collect();
    let raw = all
        .iter()
        .map(|alert| (Error::AlertReceived(*alert).to_string(), wanted(*alert)));
    check_tls(raw);
    let own = all.iter().map(|alert| {
        (
            format!("the server ended TLS: {}", name(*alert)),
            wanted(*alert),
        )
    });
    check_tls(own);
    // The alerts that servers choose when they miss this side's certificate, or do not like it.
    let missed = [
        A::HandshakeFailure,
        A::BadCertificate,
        A::NoCertificate,
        A::AccessDenied,
    ];
    let asked = missed.map(|alert| {
        let text = format!(
            "the server ended TLS ({}); it asks for a client certificate: set client_cert and client_key",
            name(alert)
        );
        (text, "tls.client_cert")
    });
    check_tls(asked);
    let disliked = [
        A::BadCertificate,
        A::UnsupportedCertificate,
        A::CertificateRevoked,
        A::CertificateExpired,
        A::CertificateUnknown,
        A::UnknownCA,
        A::AccessDenied,
        A::DecryptError,
    ];
    let shown = disliked.map(|alert| {
        let text = format!(
            "the server refused the certificate in client_cert ({})",
            name(alert)
        );
        (text, "tls.client_cert")
    });
    check_tls(shown);
}

#[test]
fn every_way_in_which_the_two_sides_do_not_fit() {
    use PeerIncompatible as P;
    let all = [
        (P::EcPointsExtensionRequired, NO_RULE),
        (P::ExtendedMasterSecretExtensionRequired, NO_RULE),
        (P::IncorrectCertificateTypeExtension, NO_RULE),
        (P::KeyShareExtensionRequired, NO_RULE),
        (P::NamedGroupsExtensionRequired, NO_RULE),
        (P::NoCertificateRequestSignatureSchemesInCommon, NO_RULE),
        (P::NoCipherSuitesInCommon, "tls.no_cipher"),
        (P::NoEcPointFormatsInCommon, "tls.no_cipher"),
        (P::NoKxGroupsInCommon, "tls.no_cipher"),
        (P::NoSignatureSchemesInCommon, "tls.no_cipher"),
        (P::NullCompressionRequired, NO_RULE),
        (P::ServerDoesNotSupportTls12Or13, "tls.old_protocol"),
        (P::ServerSentHelloRetryRequestWithUnknownExtension, NO_RULE),
        (P::ServerTlsVersionIsDisabledByOurConfig, "tls.old_protocol"),
        (P::SignatureAlgorithmsExtensionRequired, NO_RULE),
        (P::SupportedVersionsExtensionRequired, NO_RULE),
        (P::Tls12NotOffered, NO_RULE),
        (P::Tls12NotOfferedOrEnabled, NO_RULE),
        (P::Tls13RequiredForQuic, NO_RULE),
        (P::UncompressedEcPointsRequired, NO_RULE),
        (P::UnsolicitedCertificateTypeExtension, NO_RULE),
        (P::ServerRejectedEncryptedClientHello(None), NO_RULE),
    ];
    let raw = all
        .clone()
        .map(|(why, wanted)| (Error::PeerIncompatible(why).to_string(), wanted));
    check_tls(raw);
    let own = all.map(|(why, wanted)| {
        let text = format!("the server and this side have no way of TLS in common: {why:?}");
        (text, wanted)
    });
    check_tls(own);
}

#[test]
fn every_message_that_cannot_be_read() {
    use InvalidMessage as M;
    let all = [
        M::CertificatePayloadTooLarge,
        M::HandshakePayloadTooLarge,
        M::InvalidCcs,
        M::InvalidContentType,
        M::InvalidCertificateStatusType,
        M::InvalidCertRequest,
        M::InvalidDhParams,
        M::InvalidEmptyPayload,
        M::InvalidKeyUpdate,
        M::InvalidServerName,
        M::MessageTooLarge,
        M::MessageTooShort,
        M::MissingData("ServerHello"),
        M::MissingKeyExchange,
        M::NoSignatureSchemes,
        M::TrailingData("ServerHello"),
        M::UnexpectedMessage("ServerHello"),
        M::UnknownProtocolVersion,
        M::UnsupportedCompression,
        M::UnsupportedCurveType,
        M::EmptyTicketValue,
        M::IllegalEmptyList("Certificate"),
        M::IllegalEmptyValue,
        M::DuplicateExtension(0),
        M::PreSharedKeyIsNotFinalExtension,
        M::UnknownHelloRetryRequestExtension,
        M::UnknownCertificateExtension,
    ];
    let expected = |state| {
        all.iter().map(move |why| {
            // Behind STARTTLS text is no sign of the wrong port.
            let is_text = *why == M::InvalidContentType && state == TlsState::Implicit;
            let wanted = if is_text { "tls.plain_port" } else { NO_RULE };
            (Error::InvalidMessage(*why).to_string(), wanted)
        })
    };
    for state in [TlsState::StartTls, TlsState::Implicit] {
        check(expected(state), tls(state));
    }
    let own = "the server speaks plain text here: use security = starttls, or the port that it has for TLS";
    assert_eq!(tls(TlsState::Implicit)(own), "tls.plain_port");
    assert_eq!(tls(TlsState::StartTls)(own), NO_RULE);
}

#[test]
fn every_misbehaviour_of_the_server() {
    use PeerMisbehaved as P;
    let all = [
        P::AttemptedDowngradeToTls12WhenTls13IsSupported,
        P::BadCertChainExtensions,
        P::CipherSuiteDifferedOnRetry,
        P::DisallowedEncryptedExtension,
        P::DuplicateClientHelloExtensions,
        P::DuplicateEncryptedExtensions,
        P::DuplicateHelloRetryRequestExtensions,
        P::DuplicateNewSessionTicketExtensions,
        P::DuplicateServerHelloExtensions,
        P::DuplicateServerNameTypes,
        P::EarlyDataAttemptedInSecondClientHello,
        P::EarlyDataExtensionWithoutResumption,
        P::EarlyDataOfferedWithVariedCipherSuite,
        P::EchAcceptanceVariedAfterRetry,
        P::HandshakeHashVariedAfterRetry,
        P::IllegalHelloRetryRequestWithEmptyCookie,
        P::IllegalHelloRetryRequestWithNoChanges,
        P::IllegalHelloRetryRequestWithOfferedGroup,
        P::IllegalHelloRetryRequestWithUnofferedCipherSuite,
        P::IllegalHelloRetryRequestWithUnofferedNamedGroup,
        P::IllegalHelloRetryRequestWithUnsupportedVersion,
        P::IllegalHelloRetryRequestWithWrongSessionId,
        P::IllegalHelloRetryRequestWithInvalidEch,
        P::IllegalMiddleboxChangeCipherSpec,
        P::IllegalTlsInnerPlaintext,
        P::IncorrectBinder,
        P::InvalidCertCompression,
        P::InvalidMaxEarlyDataSize,
        P::InvalidKeyShare,
        P::KeyEpochWithPendingFragment,
        P::KeyUpdateReceivedInQuicConnection,
        P::MessageInterleavedWithHandshakeMessage,
        P::MissingBinderInPskExtension,
        P::MissingKeyShare,
        P::MissingPskExtensionInSecondClientHello,
        P::MissingPskModesExtension,
        P::MissingQuicTransportParameters,
        P::OfferedDuplicateCertificateCompressions,
        P::OfferedDuplicateKeyShares,
        P::OfferedEarlyDataWithOldProtocolVersion,
        P::OfferedEmptyApplicationProtocol,
        P::OfferedIncorrectCompressions,
        P::PskExtensionMustBeLast,
        P::PskExtensionWithMismatchedIdsAndBinders,
        P::RefusedToFollowHelloRetryRequest,
        P::RejectedEarlyDataInterleavedWithHandshakeMessage,
        P::ResumptionAttemptedWithVariedEms,
        P::ResumptionOfferedWithVariedCipherSuite,
        P::ResumptionOfferedWithVariedEms,
        P::ResumptionOfferedWithIncompatibleCipherSuite,
        P::SelectedDifferentCipherSuiteAfterRetry,
        P::SelectedInvalidPsk,
        P::SelectedTls12UsingTls13VersionExtension,
        P::SelectedUnofferedApplicationProtocol,
        P::SelectedUnofferedCertCompression,
        P::SelectedUnofferedCipherSuite,
        P::SelectedUnofferedCompression,
        P::SelectedUnofferedKxGroup,
        P::SelectedUnofferedPsk,
        P::SelectedUnusableCipherSuiteForVersion,
        P::ServerEchoedCompatibilitySessionId,
        P::ServerHelloMustOfferUncompressedEcPoints,
        P::ServerNameDifferedOnRetry,
        P::ServerNameMustContainOneHostName,
        P::SignedKxWithWrongAlgorithm,
        P::SignedHandshakeWithUnadvertisedSigScheme,
        P::TooManyEmptyFragments,
        P::TooManyKeyUpdateRequests,
        P::TooManyRenegotiationRequests,
        P::TooManyWarningAlertsReceived,
        P::TooMuchEarlyDataReceived,
        P::UnexpectedCleartextExtension,
        P::UnsolicitedCertExtension,
        P::UnsolicitedEncryptedExtension,
        P::UnsolicitedSctList,
        P::UnsolicitedServerHelloExtension,
        P::WrongGroupForKeyShare,
        P::UnsolicitedEchExtension,
    ];
    let texts = all.map(|why| (Error::PeerMisbehaved(why).to_string(), NO_RULE));
    check_tls(texts);
}

#[test]
fn all_else_that_the_tls_library_says() {
    use rustls::{ContentType, HandshakeType};
    let all = [
        Error::InappropriateMessage {
            expect_types: vec![ContentType::Handshake],
            got_type: ContentType::ApplicationData,
        },
        Error::InappropriateHandshakeMessage {
            expect_types: vec![HandshakeType::ServerHello],
            got_type: HandshakeType::CertificateRequest,
        },
        Error::NoCertificatesPresented,
        Error::UnsupportedNameType,
        Error::DecryptError,
        Error::EncryptError,
        Error::PeerSentOversizedRecord,
        Error::HandshakeNotComplete,
        Error::NoApplicationProtocol,
        Error::FailedToGetCurrentTime,
        Error::FailedToGetRandomBytes,
        Error::BadMaxFragmentSize,
        Error::General("signing failed".to_owned()),
        Error::InvalidCertRevocationList(CertRevocationListError::BadSignature),
        Error::InvalidCertRevocationList(CertRevocationListError::ParseError),
        Error::InvalidCertRevocationList(CertRevocationListError::UnsupportedCrlVersion),
    ];
    check_tls(all.clone().map(|error| (error.to_string(), NO_RULE)));
    for stage in [Stage::Hello, Stage::Auth, Stage::Mail, Stage::Content] {
        let answer = |text: &str| id(stage, Cause::Tls(text.into()), Circumstances::default());
        check(all.iter().map(|error| (error.to_string(), NO_RULE)), answer);
    }
}
