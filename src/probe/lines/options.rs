//! The options of swaks: how each is written, what stands behind it, and what it means here.

/// What stands behind an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    Nothing,
    Value,
    /// A value, where the next word is no option.
    Maybe,
}

/// What an option means here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Means {
    Server,
    Port,
    Socket,
    Pipe,
    Protocol,
    Source,
    Four,
    Six,
    To,
    From,
    Hello,
    QuitAfter,
    DropAfter,
    Timeout,
    StartTls,
    TlsOptional,
    TlsOnConnect,
    TlsVerify,
    TlsName,
    TlsCa,
    TlsCertificate,
    TlsKey,
    Auth,
    User,
    Password,
    XClient,
    /// One attribute of XCLIENT.
    XClientOne(&'static str),
    Proxy,
    ProxyVersion,
    ProxyFamily,
    ProxyCommand,
    ProxySource,
    ProxySourcePort,
    ProxyDest,
    ProxyDestPort,
    /// How swaks shows things; no loss.
    Looks,
    /// What a message consists of, where the test message is another one.
    Message,
    /// Something that has no counterpart and may matter.
    Unfit,
}

use Means as M;
use Takes::{Maybe, Nothing, Value};

/// Every option: its names, what stands behind it, and what it means.
pub(super) const ALL: &[(&[&str], Takes, Means)] = &[
    (&["--server", "-s"], Value, M::Server),
    (&["--port", "-p"], Value, M::Port),
    (&["--socket"], Value, M::Socket),
    (&["--pipe"], Value, M::Pipe),
    (&["--protocol"], Value, M::Protocol),
    (&["--local-interface", "-li"], Value, M::Source),
    (&["-4"], Nothing, M::Four),
    (&["-6"], Nothing, M::Six),
    (&["--to", "-t"], Value, M::To),
    (&["--from", "-f"], Value, M::From),
    (&["--helo", "--ehlo", "--lhlo", "-h"], Value, M::Hello),
    (&["--quit-after", "--quit", "-q"], Value, M::QuitAfter),
    (&["--drop-after", "--drop", "-da"], Value, M::DropAfter),
    (&["--timeout"], Value, M::Timeout),
    (&["--tls", "-tls"], Nothing, M::StartTls),
    (
        &["--tls-optional", "-tlso", "--tls-optional-strict", "-tlsos"],
        Nothing,
        M::TlsOptional,
    ),
    (&["--tls-on-connect", "-tlsc"], Nothing, M::TlsOnConnect),
    (
        &["--tls-verify", "--tls-verify-ca", "--tls-verify-host"],
        Nothing,
        M::TlsVerify,
    ),
    (
        &["--tls-sni", "--tls-target", "--tls-verify-target"],
        Value,
        M::TlsName,
    ),
    (&["--tls-ca-path"], Value, M::TlsCa),
    (&["--tls-cert"], Value, M::TlsCertificate),
    (&["--tls-key"], Value, M::TlsKey),
    (
        &[
            "--auth",
            "-a",
            "--auth-optional",
            "-ao",
            "--auth-optional-strict",
            "-aos",
        ],
        Maybe,
        M::Auth,
    ),
    (&["--auth-user", "-au"], Maybe, M::User),
    (&["--auth-password", "-ap"], Maybe, M::Password),
    (&["--xclient"], Value, M::XClient),
    (&["--xclient-name"], Value, M::XClientOne("NAME")),
    (&["--xclient-addr"], Value, M::XClientOne("ADDR")),
    (&["--xclient-port"], Value, M::XClientOne("PORT")),
    (&["--xclient-proto"], Value, M::XClientOne("PROTO")),
    (&["--xclient-helo"], Value, M::XClientOne("HELO")),
    (&["--xclient-login"], Value, M::XClientOne("LOGIN")),
    (&["--xclient-destaddr"], Value, M::XClientOne("DESTADDR")),
    (&["--xclient-destport"], Value, M::XClientOne("DESTPORT")),
    (&["--proxy"], Value, M::Proxy),
    (&["--proxy-version"], Value, M::ProxyVersion),
    (&["--proxy-family"], Value, M::ProxyFamily),
    (&["--proxy-command"], Value, M::ProxyCommand),
    (&["--proxy-source"], Value, M::ProxySource),
    (&["--proxy-source-port"], Value, M::ProxySourcePort),
    (&["--proxy-dest"], Value, M::ProxyDest),
    (&["--proxy-dest-port"], Value, M::ProxyDestPort),
    // How it looks.
    (
        &[
            "--auth-plaintext",
            "-apt",
            "--hide-receive",
            "-hr",
            "--hide-send",
            "-hs",
            "--hide-informational",
            "-hi",
            "--hide-all",
            "-ha",
            "--show-raw-text",
            "-raw",
            "--no-info-hints",
            "-nih",
            "--no-send-hints",
            "-nsh",
            "--no-receive-hints",
            "-nrh",
            "--no-hints",
            "-nth",
            "--protect-prompt",
            "-pp",
            "--support",
        ],
        Nothing,
        M::Looks,
    ),
    (
        &[
            "--auth-hide-password",
            "-ahp",
            "--silent",
            "-S",
            "--show-time-lapse",
            "-stl",
            "--dump",
            "--tls-get-peer-cert",
        ],
        Maybe,
        M::Looks,
    ),
    (
        &[
            "--output",
            "--output-file",
            "--output-file-stderr",
            "--output-file-stdout",
        ],
        Value,
        M::Looks,
    ),
    // What the message is.
    (
        &[
            "--data",
            "-d",
            "--body",
            "--attach",
            "--attach-body",
            "--attach-name",
            "--attach-type",
            "--add-header",
            "-ah",
            "--header",
            "--cc",
            "--bcc",
        ],
        Value,
        M::Message,
    ),
    (
        &[
            "--dump-mail",
            "--dump-as-body-shows-password",
            "-dabsp",
            "--suppress-data",
            "-n",
            "-g",
            "--no-data-fixup",
            "-ndf",
            "--no-strip-from",
            "-nsf",
        ],
        Nothing,
        M::Message,
    ),
    // What has no counterpart.
    (
        &[
            "--local-port",
            "--lport",
            "-lp",
            "--copy-routing",
            "--tls-protocol",
            "-tlsp",
            "--tls-cipher",
            "--tls-chain",
            "--tls-dh-params",
            "--auth-extra",
            "-ae",
            "--auth-map",
            "-am",
            "--xclient-reverse-name",
            "--proxy-protocol",
            "--drop-after-send",
            "-das",
        ],
        Value,
        M::Unfit,
    ),
    (
        &[
            "--pipeline",
            "--prdr",
            "--force-getpwuid",
            "--xclient-delim",
            "--xclient-optional",
            "--xclient-optional-strict",
            "--xclient-no-verify",
            "--xclient-before-starttls",
        ],
        Nothing,
        M::Unfit,
    ),
    (&["--dump-as-body", "-dab"], Maybe, M::Message),
    (&["--config"], Maybe, M::Unfit),
];

/// The option with this name: the name as the table has it, what stands behind it, and what it means. One dash or two are the
/// same, and a long name may be cut where no other begins so.
pub(super) fn known(name: &str) -> Option<(&'static str, Takes, Means)> {
    let bare = name.strip_prefix("--").or(name.strip_prefix('-'))?;
    // A header of the message, by its name.
    if bare.starts_with("h-") || bare.starts_with("header-") {
        return Some(("--header", Value, M::Message));
    }
    let all = || {
        ALL.iter()
            .flat_map(|(names, takes, means)| names.iter().map(|name| (*name, *takes, *means)))
    };
    let exact = all().find(|(one, ..)| one.trim_start_matches('-') == bare);
    if exact.is_some() {
        return exact;
    }
    if let Some(undone) = bare.strip_prefix("no-")
        && let Some((name, ..)) = all().find(|(one, ..)| one.trim_start_matches('-') == undone)
    {
        return Some((name, Nothing, M::Looks));
    }
    let mut begun = all().filter(|(one, ..)| {
        one.strip_prefix("--")
            .is_some_and(|one| bare.len() > 2 && one.starts_with(bare))
    });
    let first = begun.next()?;
    // Several names of the same thing are no doubt.
    begun.all(|other| other.2 == first.2).then_some(first)
}

/// The option that was most likely meant.
pub(super) fn meant(name: &str) -> Option<&'static str> {
    let all = ALL.iter().flat_map(|(names, ..)| names.iter().copied());
    let dashed = format!("--{}", name.trim_start_matches('-'));
    let near = all.map(|known| (distance(known, name).min(distance(known, &dashed)), known));
    near.filter(|(distance, known)| *distance <= known.len() / 4)
        .min()
        .map(|(_, known)| known)
}

/// Letters to insert, delete or change.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, a) in one.chars().enumerate() {
        let mut next = vec![at + 1];
        let pairs = row.iter().zip(row.iter().skip(1)).zip(&other);
        for ((corner, above), b) in pairs {
            let left = next.last().copied().unwrap_or_default();
            next.push((corner + usize::from(a != *b)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_stands_once_and_typing_errors_are_guessed() {
        let mut names: Vec<&str> = ALL
            .iter()
            .flat_map(|(names, ..)| names.iter().copied())
            .collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        assert_eq!(meant("--sevrer"), None.or(Some("--server")));
        assert_eq!(meant("--auth-pasword"), Some("--auth-password"));
        assert_eq!(meant("--colour"), None);
        assert_eq!(known("--h-Subject").map(|one| one.2), Some(M::Message));
        assert_eq!(known("-server").map(|one| one.2), Some(M::Server));
        assert_eq!(known("--auth-pass").map(|one| one.2), Some(M::Password));
        assert_eq!(known("--no-tls").map(|one| one.2), Some(M::Looks));
        assert_eq!(known("--tls-").map(|one| one.2), None);
        assert_eq!(known("server"), None);
    }
}
