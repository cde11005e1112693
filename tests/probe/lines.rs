//! Command lines of other programs: what is written is read again, and no password is in any of them.

use std::path::PathBuf;
use std::time::Duration;

use proptest::prelude::*;
use turbomail::mail::reach::{Family, Place, Protocol};
use turbomail::mail::sasl::Sasl;
use turbomail::mail::smarthost::{Security, SmartHost, Timeouts};
use turbomail::mail::stage::Stage;
use turbomail::probe::lines::{Call, curl, openssl, read, split, swaks};
use turbomail::probe::walk::Plan;

use crate::command::{probe_saying, relay};
use crate::relay::Mode;
use crate::{CANARY, with_login};

fn plan_of(server: &str, security: Security) -> Plan {
    Plan::new(SmartHost::new(server.parse().expect("a server"), security))
}

#[expect(clippy::struct_excessive_bools, reason = "each is a wish of its own")]
#[derive(Clone, Debug)]
struct Seed {
    place: Place,
    security: Security,
    lmtp: bool,
    hello: Option<String>,
    login: Option<(String, Option<usize>)>,
    recipients: Vec<String>,
    sender: Option<String>,
    end: usize,
    cut: bool,
    timeout: Option<u64>,
    family: usize,
    files: bool,
    tls_name: bool,
    proxy: Option<String>,
    client: Option<String>,
}

fn seeds() -> impl Strategy<Value = Seed> {
    let word = "[a-z][a-z0-9]{0,8}";
    let user = "[a-z][ -~]{0,12}";
    let place = prop_oneof![
        (word, 1..u16::MAX).prop_map(|(name, port)| Place::Host(format!("{name}.example"), port)),
        Just(Place::Host("2001:db8::1".to_owned(), 587)),
        "/[a-z]{1,9}( [a-z']{1,4})?".prop_map(|path| Place::Socket(PathBuf::from(path))),
        "[a-z]{1,5} [ -~]{1,20}[a-z]".prop_map(Place::Command),
    ];
    let security = prop_oneof![
        Just(Security::None),
        Just(Security::StartTls),
        Just(Security::Tls),
        Just(Security::Auto)
    ];
    let login = proptest::option::of((user, proptest::option::of(0..4_usize)));
    let proxy = prop_oneof![
        Just("192.0.2.1:40000,198.51.100.1:25".to_owned()),
        Just("[2001:db8::1]:1,[2001:db8::2]:2,v2".to_owned()),
        Just("local".to_owned())
    ];
    let address = "[a-z]{1,6}@[a-z]{1,6}\\.example";
    let recipients = proptest::collection::vec(
        prop_oneof![address, Just("\"a,b\"@x.example".to_owned())],
        0..3,
    );
    let one = (
        place,
        security,
        any::<bool>(),
        proptest::option::of("[a-z]{1,5}\\.example"),
        login,
        recipients,
    );
    let two = (
        proptest::option::of(address),
        0..9_usize,
        any::<bool>(),
        proptest::option::of(1..300_u64),
        0..3_usize,
        any::<bool>(),
        any::<bool>(),
    );
    let client =
        proptest::option::of("NAME=[a-z]{1,6} LOGIN=[a-z][!-~]{0,7} ADDR=192\\.0\\.2\\.[1-9]");
    (one, two, proptest::option::of(proxy), client).prop_map(|(one, two, proxy, client)| Seed {
        place: one.0,
        security: one.1,
        lmtp: one.2,
        hello: one.3,
        login: one.4,
        recipients: one.5,
        sender: two.0,
        end: two.1,
        cut: two.2,
        timeout: two.3,
        family: two.4,
        files: two.5,
        tls_name: two.6,
        proxy,
        client,
    })
}

fn planted(seed: &Seed) -> Plan {
    let server = match &seed.place {
        Place::Host(name, port) if name.contains(':') => format!("[{name}]:{port}"),
        Place::Host(name, port) => format!("{name}:{port}"),
        Place::Socket(path) => format!("unix:{}", path.display()),
        Place::Command(_) => "relay.example".to_owned(),
    };
    let mut host = SmartHost::new(server.parse().expect("a server"), seed.security);
    if let Place::Command(_) = &seed.place {
        host.reach.detour = Some(seed.place.clone());
    }
    if seed.lmtp {
        host.reach.protocol = Protocol::Lmtp;
    }
    host.hello.clone_from(&seed.hello);
    if let Some((user, mechanism)) = &seed.login {
        host = with_login(host, Duration::from_secs(30));
        if let Some(credentials) = &mut host.credentials {
            credentials.user.clone_from(user);
        }
        let known = [Sasl::Plain, Sasl::Login, Sasl::CramMd5, Sasl::External];
        host.auth = mechanism.and_then(|at| known.get(at).copied());
    }
    host.timeouts = Timeouts::all(Duration::from_secs(seed.timeout.unwrap_or(30)));
    host.reach.family = [Family::Any, Family::V4, Family::V6][seed.family];
    if seed.files {
        host.ca_files = vec![PathBuf::from("/a b/ca's.pem")];
    }
    if seed.tls_name {
        host.tls_name = Some("other.example".to_owned());
    }
    host.reach.proxy = seed
        .proxy
        .as_ref()
        .map(|text| text.parse().expect("a header"));
    let ends = [
        None,
        Some(Stage::Greeting),
        Some(Stage::Greeting),
        Some(Stage::Hello),
        Some(Stage::Tls),
        Some(Stage::Auth),
        Some(Stage::Mail),
        Some(Stage::Rcpt),
        None,
    ];
    Plan {
        recipients: seed
            .recipients
            .iter()
            .map(|one| one.parse().expect("an address"))
            .collect(),
        sender: seed
            .sender
            .as_ref()
            .map(|one| one.parse().expect("an address")),
        stop_after: ends[seed.end],
        cut: seed.cut,
        test_message: seed.end == 8,
        client: seed
            .client
            .as_ref()
            .map(|text| text.parse().expect("attributes")),
        ..Plan::new(host)
    }
}

/// What both sides express: without protection there are no files and no name of a certificate.
fn common(mut call: Call) -> Call {
    if call.security == Security::None {
        (call.ca_file, call.client_certificate, call.tls_name) = (None, None, None);
    }
    if call.user.is_none() {
        call.auth = None;
    }
    call
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn what_is_written_for_swaks_is_read_again(seed in seeds()) {
        let plan = planted(&seed);
        let written = swaks(&plan);
        let line = written.line.expect("a line");
        prop_assert!(!line.contains(CANARY));
        let reading = read(&line);
        let reading = match reading { Ok(reading) => reading, Err(fault) => panic!("{fault}: {line}") };
        prop_assert_eq!(reading.call, common(Call::of(&plan)), "{}", line);
        for other in [openssl(&plan), curl(&plan)] {
            prop_assert!(other.line.is_some() || !other.notes.is_empty());
            let line = other.line.unwrap_or_default();
            prop_assert!(split(&line).is_ok() && !line.contains(CANARY));
        }
    }

    #[test]
    fn no_line_makes_the_reader_fall(line in "(swaks )?([ -~]{0,20}|--[a-z-]{1,12}|-[a-z]{1,4}|'| ){0,6}") {
        if let Err(fault) = read(&line) {
            prop_assert!(!fault.to_string().is_empty());
        }
    }
}

#[test]
fn the_lines_say_what_the_walk_does() {
    let mut plan = plan_of("relay.example:587", Security::StartTls);
    plan.host = with_login(SmartHost::clone(&plan.host), Duration::from_secs(30)).into();
    plan.sender = Some("me@x.example".parse().expect("an address"));
    plan.recipients = vec!["you@x.example".parse().expect("an address")];
    let line = |written: turbomail::probe::lines::Written| written.line.expect("a line");
    assert_eq!(
        line(swaks(&plan)),
        "swaks --server relay.example --port 587 --tls --tls-verify --auth --auth-user tim --from me@x.example \
         --to you@x.example --quit-after RCPT"
    );
    assert_eq!(
        line(openssl(&plan)),
        "openssl s_client -connect relay.example:587 -starttls smtp -servername relay.example \
         -verify_hostname relay.example -verify_return_error -crlf -quiet"
    );
    assert_eq!(
        line(curl(&plan)),
        "curl --verbose --url smtp://relay.example:587 --ssl-reqd --user tim --request NOOP"
    );
    plan.test_message = true;
    assert!(line(curl(&plan)).ends_with(
        "--mail-from '<me@x.example>' --mail-rcpt you@x.example --upload-file message.eml --crlf"
    ));
    let clear = plan_of("192.0.2.1:25", Security::None);
    assert!(openssl(&clear).line.is_none());
    let tls = plan_of("[2001:db8::1]:465", Security::Tls);
    let text = line(openssl(&tls));
    assert!(
        text.contains("-connect '[2001:db8::1]:465'") && text.contains("-noservername"),
        "{text}"
    );
    assert!(line(curl(&tls)).contains("--url 'smtps://[2001:db8::1]:465'"));
}

#[test]
fn common_lines_of_swaks_are_understood() {
    let call = |line: &str| {
        read(line)
            .unwrap_or_else(|fault| panic!("{line}: {fault}"))
            .call
    };
    let one = call(
        "swaks -t you@x.example,her@x.example -f me@x.example -s mx.example -p 2525 -tls -a CRAM-MD5 -au tim --quit AUTH",
    );
    assert_eq!(one.place, Some(Place::Host("mx.example".into(), 2525)));
    assert_eq!(
        (one.security, one.auth, one.stop),
        (Security::StartTls, Some(Sasl::CramMd5), Some(Stage::Auth))
    );
    assert_eq!(
        (one.recipients.len(), one.user.as_deref()),
        (2, Some("tim"))
    );
    let two = call(
        "/usr/bin/swaks --server=mx.example:465 -tlsc --timeout 1m --protocol ESMTP --ehlo me.example -6 -li ::1",
    );
    assert_eq!(two.place, Some(Place::Host("mx.example".into(), 465)));
    assert_eq!(
        (two.security, two.timeout),
        (Security::Tls, Some(Duration::from_mins(1)))
    );
    assert_eq!(
        (two.family, two.hello.as_deref()),
        (Family::V6, Some("me.example"))
    );
    let three = call("--protocol LMTP --socket /run/lmtp --to you@x.example --drop-after DATA");
    assert_eq!(
        (three.protocol, three.stop, three.cut),
        (Protocol::Lmtp, Some(Stage::Data), true)
    );
    assert_eq!(
        call("--server mx.example -tlsc").place,
        Some(Place::Host("mx.example".into(), 465))
    );
    let four = call(
        "--server mx.example --proxy 'TCP4 192.0.2.1 198.51.100.1 1 25' --xclient-addr 192.0.2.9 --xclient NAME=x+2By",
    );
    assert_eq!(
        four.proxy.map(|one| one.to_string()).as_deref(),
        Some("192.0.2.1:1,198.51.100.1:25")
    );
    assert_eq!(
        four.client.map(|one| one.to_string()).as_deref(),
        Some("ADDR=192.0.2.9 NAME=x+y")
    );
    let notes = read("--server mx --body hello --h-Subject: x --pipeline --auth-user me --auth")
        .expect("read")
        .notes
        .join(" ");
    assert!(
        notes.contains("--pipeline") && notes.contains("message"),
        "{notes}"
    );
}

#[tokio::test]
async fn a_password_in_a_line_is_refused_and_never_repeated() {
    for line in [
        format!("swaks --server mx -ap {CANARY}"),
        format!("swaks --server mx --auth-password '{CANARY}'"),
        format!("swaks --server mx --auth-password={CANARY}"),
        format!("swaks --server mx --auth-pasword {CANARY}"),
        format!("swaks --server mx --auth-pasword={CANARY}"),
        format!("swaks --server mx -ap{CANARY}"),
        format!("swaks --server mx --auth {CANARY}"),
        format!("swaks --server mx {CANARY}"),
        format!("swaks --server mx --auth-password '{CANARY}"),
        format!("swaks --server mx --auth-password ${CANARY}"),
        format!("swaks --server mx --auth-password {CANARY}; ls"),
    ] {
        let (code, out, err) = probe_saying(&["--from-swaks", &line], "").await;
        assert_eq!((code, out.as_str()), (64, ""), "{line}: {err}");
        assert!(err.starts_with("turbomail: --from-swaks: "), "{err}");
        let words = read(&line).expect_err("refused").to_string();
        assert!(!words.contains(CANARY), "{words}");
    }
}

#[tokio::test]
async fn a_line_is_walked_and_written_again() {
    let (relay, server, ca) = relay("", Mode::StartTls).await;
    let (host, port) = server.split_once(':').expect("a port");
    let line = format!(
        "swaks -s {host} -p {port} -tls --tls-ca-path {ca} -au tim -a --to you@x.example -q RCPT"
    );
    let (code, out, err) = probe_saying(&["--from-swaks", &line], "").await;
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("✓ rcpt") && out.contains("✓ auth"), "{out}");
    assert!(relay.journal().messages().is_empty());
    let (code, out, err) = probe_saying(&["--from-swaks", &line, "--as", "swaks"], "").await;
    assert_eq!(code, 0, "{err}");
    let again = read(out.trim()).expect("a line").call;
    let first = read(&line).expect("a line").call;
    assert_eq!(again.place, first.place);
    assert_eq!(
        (again.user, again.recipients, again.stop),
        (first.user, first.recipients, first.stop)
    );
    // One that would send a message does not do so here.
    let line = line.replace(" -q RCPT", "");
    let (code, out, err) =
        probe_saying(&["--from-swaks", &line, "--from", "me@x.example"], "").await;
    assert_eq!(code, 0, "{out}{err}");
    assert!(
        err.contains("--test-message") && relay.journal().messages().is_empty(),
        "{err}"
    );
    let (code, out, err) = probe_saying(
        &[
            "--from-swaks",
            &line,
            "--from",
            "me@x.example",
            "--test-message",
        ],
        "",
    )
    .await;
    assert_eq!(code, 0, "{out}{err}");
    assert_eq!(relay.journal().messages().len(), 1, "{out}");
}
