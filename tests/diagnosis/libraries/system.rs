//! What operating systems and resolvers say.

use std::io::{self, ErrorKind};

use turbomail::mail::circumstances::Circumstances;
use turbomail::mail::outcome::Cause;
use turbomail::mail::stage::Stage;

use super::asking::{check, id};

fn connect(text: &str) -> String {
    let more = Circumstances {
        host: Some("relay.example.com".into()),
        port: Some(587),
        ..Circumstances::default()
    };
    id(Stage::Connect, Cause::Io(text.into()), more)
}

#[test]
fn every_kind_of_io_error_at_connect() {
    use ErrorKind as K;
    let all = [
        (K::ConnectionRefused, "tcp.refused"),
        (K::TimedOut, "tcp.timeout_all"),
        (K::HostUnreachable, "tcp.unreachable"),
        (K::NetworkUnreachable, "tcp.unreachable"),
        (K::NetworkDown, "tcp.unreachable"),
        (K::AddrNotAvailable, "tcp.bind_failed"),
        (K::ConnectionReset, "tcp.reset_on_accept"),
        (K::ConnectionAborted, "tcp.reset_on_accept"),
        (K::AddrInUse, "generic.network"),
        (K::PermissionDenied, "generic.network"),
        (K::NotFound, "generic.network"),
        (K::NotConnected, "generic.network"),
        (K::AlreadyExists, "generic.network"),
        (K::WouldBlock, "generic.network"),
        (K::InvalidInput, "generic.network"),
        (K::InvalidData, "generic.network"),
        (K::Interrupted, "generic.network"),
        (K::Unsupported, "generic.network"),
        (K::OutOfMemory, "generic.network"),
        (K::ResourceBusy, "generic.network"),
        (K::QuotaExceeded, "generic.network"),
        (K::Other, "generic.network"),
    ];
    let texts = all.map(|(kind, wanted)| {
        let text = format!("192.0.2.1:587: {}", io::Error::from(kind));
        (text, wanted)
    });
    check(texts, connect);
}

/// The systems' numbers, whatever their language: those of Linux, of macOS and the BSDs, and of Windows.
#[test]
fn every_system_error_at_connect_by_its_number() {
    let wanted = |number| match number {
        61 | 111 | 1225 | 10_061 => "tcp.refused",
        60 | 110 | 10_060 => "tcp.timeout_all",
        50 | 51 | 64 | 65 | 100 | 101 | 112 | 113 | 1231 | 1232 | 10_050 | 10_051 | 10_064
        | 10_065 => "tcp.unreachable",
        49 | 99 | 10_049 => "tcp.bind_failed",
        53 | 54 | 104 | 10_053 | 10_054 => "tcp.reset_on_accept",
        _ => "generic.network",
    };
    let numbers = (1..=133).chain(1225..=1236).chain(10_004..=10_071);
    let texts = numbers.map(|number| {
        let text = format!("192.0.2.1:587: 接続できません (os error {number})");
        (text, wanted(number))
    });
    check(texts, connect);
}

#[cfg(target_os = "linux")]
#[test]
fn every_system_error_of_linux_at_connect_in_its_words() {
    let wanted = |number| match number {
        111 => "tcp.refused",
        110 => "tcp.timeout_all",
        100 | 101 | 112 | 113 => "tcp.unreachable",
        99 => "tcp.bind_failed",
        103 | 104 => "tcp.reset_on_accept",
        32 => "any.eof",
        _ => "generic.network",
    };
    let real = [
        1, 2, 4, 5, 9, 11, 12, 13, 14, 16, 22, 23, 24, 28, 32, 88, 90, 91, 92, 93, 94, 95, 96, 97,
        98, 99, 100, 101, 103, 104, 105, 106, 107, 110, 111, 112, 113, 114, 115,
    ];
    let texts = real.map(|number| {
        let text = format!("192.0.2.1:587: {}", io::Error::from_raw_os_error(number));
        (text, wanted(number))
    });
    check(texts, connect);
}

const NONE: &str = "generic.network";

/// What `getaddrinfo` says on the systems.
const SYSTEM: &[(&str, &str)] = &[
    ("Name or service not known", "dns.nxdomain"),
    ("Name does not resolve", "dns.nxdomain"),
    (
        "nodename nor servname provided, or not known",
        "dns.nxdomain",
    ),
    (
        "hostname nor servname provided, or not known",
        "dns.nxdomain",
    ),
    ("No such host is known. (os error 11001)", "dns.nxdomain"),
    (
        "Der angegebene Host ist unbekannt. (os error 11001)",
        "dns.nxdomain",
    ),
    ("Temporary failure in name resolution", "dns.tempfail"),
    ("Try again", "dns.tempfail"),
    ("Non-recoverable failure in name resolution", "dns.tempfail"),
    ("Non-recoverable error", "dns.tempfail"),
    (
        "This is usually a temporary error during hostname resolution and means that the local server did not receive a response from an authoritative server. (os error 11002)",
        "dns.tempfail",
    ),
    ("(os error 11002)", "dns.tempfail"),
    (
        "A non-recoverable error occurred during a database lookup. (os error 11003)",
        "dns.tempfail",
    ),
    ("No address associated with hostname", "dns.no_address"),
    ("No address associated with nodename", "dns.no_address"),
    ("Name has no usable address", "dns.no_address"),
    (
        "The requested name is valid, but no data of the requested type was found. (os error 11004)",
        "dns.no_address",
    ),
    ("(os error 11004)", "dns.no_address"),
    ("Address family for hostname not supported", NONE),
    ("ai_family not supported", NONE),
    ("ai_socktype not supported", NONE),
    ("Servname not supported for ai_socktype", NONE),
    ("Bad value for ai_flags", NONE),
    ("Memory allocation failure", NONE),
    ("Out of memory", NONE),
    ("System error", NONE),
    ("Unknown error", NONE),
    ("Argument buffer overflow", NONE),
    ("Too many open files (os error 24)", NONE),
    ("invalid socket address", NONE),
];

/// What the resolver of this program says.
const OWN: &[(&str, &str)] = &[
    ("there is no such name (NXDOMAIN)", "dns.nxdomain"),
    ("no resolver answers within 6 s", "dns.tempfail"),
    ("the resolver failed", "dns.tempfail"),
    ("the resolver failed: Server Failure", "dns.tempfail"),
    ("the resolver failed: Query Refused", "dns.tempfail"),
    (
        "the resolver failed: error response: Server Failure",
        "dns.tempfail",
    ),
    (
        "the resolver failed: DNS error: error response: Query Refused",
        "dns.tempfail",
    ),
    ("the resolver failed: resource too busy", "dns.tempfail"),
    (
        "the resolver failed: io error: Connection refused (os error 111)",
        "dns.tempfail",
    ),
    (
        "the resolver failed: io error: Network is unreachable (os error 101)",
        "dns.tempfail",
    ),
    (
        "the resolver failed: this is no name that can be looked up",
        NONE,
    ),
    ("the resolver failed: Name should not exist", NONE),
    ("the resolver failed: RR Set should not exist", NONE),
    ("the resolver failed: RR Set does not exist", NONE),
    ("the resolver failed: TSIG Failure", NONE),
    ("the resolver failed: Key not recognized", NONE),
    ("the resolver failed: Signature out of time window", NONE),
    ("the resolver failed: Bad TKEY mode", NONE),
    ("the resolver failed: Duplicate key name", NONE),
    ("the resolver failed: Algorithm not supported", NONE),
    ("the resolver failed: Bad truncation", NONE),
    ("the resolver failed: Bad server cookie", NONE),
    ("the resolver failed: Form Error", NONE),
    ("the resolver failed: Not Implemented", NONE),
    ("the resolver failed: Not authorized", NONE),
    ("the resolver failed: Name not in zone", NONE),
    ("the resolver failed: Bad option versions", NONE),
    ("the resolver failed: Unknown response code", NONE),
    (
        "the resolver failed: protocol error: decoding error: unexpected end of input reached",
        NONE,
    ),
    (
        "the resolver failed: protocol error: label bytes exceed 63: 64",
        NONE,
    ),
    ("the resolver failed: request too large", NONE),
    (
        "the resolver failed: DNS error: DNSSEC validation failed",
        NONE,
    ),
    (
        "the resolver failed: case of query name in response did not match",
        NONE,
    ),
    (
        "the resolver failed: response was truncated; TCP already tried or no other transport available",
        NONE,
    ),
];

#[test]
fn every_fault_of_a_resolver() {
    let answer = |text: &str| {
        let more = Circumstances {
            host: Some("relay.example.com".into()),
            ..Circumstances::default()
        };
        id(Stage::Resolve, Cause::Dns(text.into()), more)
    };
    let system = SYSTEM.iter().flat_map(|(text, wanted)| {
        let found = "host name relay.example.com not found: ";
        [
            (
                format!("{found}failed to lookup address information: {text}"),
                *wanted,
            ),
            (format!("{found}{text}"), *wanted),
        ]
    });
    check(system, answer);
    let own = OWN.iter().map(|(text, wanted)| {
        (
            format!("host name relay.example.com not found: {text}"),
            *wanted,
        )
    });
    check(own, answer);
    let none = "host name relay.example.com has no address".to_owned();
    check([(none, "dns.no_address")], answer);
}

/// What this program says of its own at connect.
#[test]
fn this_program_s_own_words_at_connect() {
    let all = [
        ("connection refused by 192.0.2.1:587", "tcp.refused"),
        ("nobody listens at unix:/run/lmtp", "tcp.refused"),
        ("there is no socket unix:/run/lmtp", NONE),
        ("unix:/run/lmtp: Permission denied (os error 13)", NONE),
        (
            "ssh -W relay cannot be run: No such file or directory (os error 2)",
            NONE,
        ),
        (
            "calling from 192.0.2.9 is not possible: Cannot assign requested address (os error 99)",
            "tcp.bind_failed",
        ),
        (
            "the PROXY header could not be said: Connection reset by peer (os error 104)",
            "tcp.reset_on_accept",
        ),
    ];
    check(all.map(|(text, wanted)| (text.to_owned(), wanted)), connect);
}
