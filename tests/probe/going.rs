//! Walks that go well, that stop where they are told to, and what they bring home.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::net::TcpListener;
use turbomail::mail::outcome::Cause;
use turbomail::mail::reach::{Family, Place};
use turbomail::mail::sasl::Sasl;
use turbomail::mail::smarthost::{Security, SmartHost};
use turbomail::mail::stage::Stage;
use turbomail::probe::conclude::conclude;
use turbomail::probe::grid::{Found, best, grid, grid_by};
use turbomail::probe::walk::{LookUp, Plan, Status, Verdict};
use turbomail::probe::words;
use turbomail::smtp::TryEnd;
use turbomail::smtp::script::Script;

use crate::relay::{Mode, Relay};
use crate::{course, walked, with_login};

const LIMIT: Duration = Duration::from_secs(20);
const LOGIN: &str = "auth_in_clear = true\naccounts = { tim = 'kanarien-Vogel+7' }\n";

async fn relay(script: &str, mode: Mode) -> Relay {
    let script: Script = format!("{LOGIN}{script}").parse().expect("a script");
    Relay::start(script, mode).await
}

fn to(plan: Plan, recipients: &[&str]) -> Plan {
    Plan {
        sender: "me@client.example".parse().ok(),
        recipients: { recipients.iter() }
            .map(|one| one.parse().expect("an address"))
            .collect(),
        ..plan
    }
}

#[tokio::test]
async fn a_good_server_is_walked_to_in_every_way() {
    for (mode, way) in [
        (
            Mode::Plain,
            "resolve connect greeting hello -starttls -tls auth mail rcpt quit",
        ),
        (
            Mode::StartTls,
            "resolve connect greeting hello starttls tls hello auth mail rcpt quit",
        ),
        (
            Mode::Tls,
            "resolve connect tls greeting hello -starttls auth mail rcpt quit",
        ),
    ] {
        let relay = relay("", mode).await;
        let plan = to(
            Plan::new(with_login(relay.host(), LIMIT)),
            &["you@x.example"],
        );
        let walk = walked(&plan).await;
        let stages = way.split(' ').map(|word| match word.strip_prefix('-') {
            Some(stage) => format!("{stage} skipped"),
            None => format!("{word} ok"),
        });
        assert_eq!(course(&walk), stages.collect::<Vec<_>>(), "{mode:?}");
        assert_eq!(walk.verdict(), Verdict::Ok);
        assert!(walk.authenticated && walk.mechanism == Some(Sasl::Plain));
        assert_eq!(walk.answers.len(), 1);
        assert_eq!(walk.tls.is_some(), mode != Mode::Plain);
        assert_eq!(walk.certificates.is_empty(), mode == Mode::Plain);
        assert_eq!(walk.before_tls.is_some(), mode != Mode::Tls);
        assert_eq!(walk.after_tls.is_some(), mode != Mode::Plain);
        assert_eq!(walk.hello.as_deref(), Some("EHLO client.example"));
        assert!(
            walk.first_octets.starts_with(b"220 "),
            "{:?}",
            walk.first_octets
        );
        assert!(
            walk.peer
                .as_deref()
                .is_some_and(|peer| peer.starts_with("127.0.0.1:"))
        );
        assert!(words::left_open(&walk).is_some_and(|words| words.contains("content")));
        let commands = relay.journal().commands();
        assert_eq!(commands.last().map(|(_, line)| line.as_str()), Some("QUIT"));
        assert_eq!(relay.journal().messages().len(), 0);
    }
}

#[tokio::test]
async fn it_stops_where_it_is_told_to_and_says_quit() {
    for (stage, last) in [
        (Stage::Resolve, None),
        (Stage::Greeting, Some("QUIT")),
        (Stage::Hello, Some("EHLO client.example")),
        (Stage::StartTls, Some("STARTTLS")),
        (Stage::Tls, Some("STARTTLS")),
        (Stage::Auth, Some("AUTH PLAIN ‹hidden›")),
        (Stage::Mail, Some("MAIL FROM:<me@client.example>")),
        (Stage::Rcpt, Some("RCPT TO:<you@x.example>")),
    ] {
        let relay = relay("", Mode::StartTls).await;
        let mut plan = to(
            Plan::new(with_login(relay.host(), LIMIT)),
            &["you@x.example"],
        );
        plan.stop_after = Some(stage);
        let walk = walked(&plan).await;
        assert_eq!(walk.verdict(), Verdict::Ok, "{stage}");
        let commands = relay.journal().commands();
        let mut said = commands.iter().map(|(_, line)| line.as_str());
        let before = said.rfind(|line| *line != "QUIT");
        assert_eq!(before, last.filter(|line| *line != "QUIT"), "{stage}");
        // Behind the 220 to STARTTLS the server waits for a handshake and understands no QUIT.
        let says_quit = !matches!(stage, Stage::Resolve | Stage::StartTls);
        let quit = walk
            .transcript
            .lines()
            .iter()
            .any(|line| &*line.text == "QUIT");
        assert_eq!(quit, says_quit, "{stage}: {commands:?}");
        for check in &walk.checks {
            if check.status == Status::Skipped && check.stage != Stage::Quit {
                assert!(check.detail.contains("stop after"), "{stage}: {check:?}");
            }
        }
    }
}

#[tokio::test]
async fn each_recipient_has_its_answer() {
    let rule = "[[rule]]\non = 'rcpt'\nmatch = 'no*'\nreply = '550 5.1.1 Unknown'";
    let relay = relay(rule, Mode::Plain).await;
    let all = ["a@x.example", "no@x.example", "b@x.example"];
    let plan = to(Plan::new(relay.host()), &all);
    let walk = walked(&plan).await;
    assert_eq!(walk.verdict(), Verdict::Warning);
    let taken: Vec<_> = walk.answers.iter().map(|one| one.said.is_ok()).collect();
    assert_eq!(taken, [true, false, true]);
    let check = walk.check(Stage::Rcpt).expect("met");
    assert!(check.detail.contains("2 of 3 taken") && check.detail.contains("Unknown"));
    let none = walked(&to(
        Plan::new(relay.host()),
        &["no@x.example", "nobody@x.example"],
    ))
    .await;
    assert_eq!((none.verdict(), none.answers.len()), (Verdict::Failed, 2));
    let odd = walked(&to(
        Plan::new(relay.host()),
        &["a@x.example", "ü@x.example"],
    ))
    .await;
    assert_eq!(odd.verdict(), Verdict::Ok, "SMTPUTF8 is offered");
    assert!(
        odd.transcript
            .lines()
            .iter()
            .any(|line| line.text.ends_with("SMTPUTF8"))
    );
}

#[tokio::test]
async fn each_reason_for_a_refusal_is_explained() {
    let rules = "[[rule]]\non = 'rcpt'\nmatch = 'no*'\nreply = '550 5.1.1 User unknown'\n\
                 [[rule]]\non = 'rcpt'\nmatch = 'far*'\nreply = '554 5.7.1 Relay access denied'\n\
                 [[rule]]\non = 'rcpt'\nmatch = 'odd*'\nreply = '550 Zzzz'";
    let relay = relay(rules, Mode::Plain).await;
    for (all, told) in [
        (
            &["no@x.example", "ok@x.example", "far@x.example"][..],
            &[
                ("rcpt.user_unknown", "no@x.example"),
                ("rcpt.relay_denied", "far@x.example"),
            ][..],
        ),
        (
            &["far@x.example", "no@x.example", "nobody@x.example"],
            &[
                ("rcpt.relay_denied", "far@x.example"),
                ("rcpt.user_unknown", "no@x.example nobody@x.example"),
            ],
        ),
        (
            &["no@x.example", "nobody@x.example"],
            &[("rcpt.user_unknown", "")],
        ),
        (
            &["odd@x.example", "no@x.example"],
            &[
                ("generic.permanent", "odd@x.example"),
                ("rcpt.user_unknown", "no@x.example"),
            ],
        ),
    ] {
        let walk = walked(&to(Plan::new(relay.host()), all)).await;
        let findings = conclude(&walk);
        assert!(findings.len() >= told.len(), "{findings:#?}");
        for (finding, (id, whom)) in findings.iter().zip(told) {
            let recipients: Vec<&str> = finding
                .recipients
                .iter()
                .map(turbomail::mail::clean::Clean::as_str)
                .collect();
            assert_eq!(
                (finding.id.as_str(), recipients.join(" ").as_str()),
                (*id, *whom)
            );
            let first = whom.split(' ').next().unwrap_or_default();
            assert!(finding.evidence.starts_with(first), "{finding:?}");
        }
        let ids: Vec<&str> = findings.iter().map(|one| one.id.as_str()).collect();
        assert!(
            (1..ids.len()).all(|at| !ids[..at].contains(&ids[at])),
            "{ids:?}"
        );
    }
}

#[tokio::test]
async fn the_wrong_way_shows_what_speaks_there() {
    let plain = relay("", Mode::Plain).await;
    let mut host = plain.host();
    host.security = Security::Tls;
    let walk = walked(&Plan::new(host)).await;
    assert_eq!(walk.failure.as_ref().map(|one| one.stage), Some(Stage::Tls));
    assert!(
        walk.tls_octets.starts_with(b"220 "),
        "{:?}",
        walk.tls_octets
    );

    let tls = relay("", Mode::Tls).await;
    let mut host = tls.host();
    host.security = Security::None;
    host.timeouts.greeting = Duration::from_millis(300);
    let walk = walked(&Plan::new(host)).await;
    assert_eq!(
        walk.failure.as_ref().map(|one| one.stage),
        Some(Stage::Greeting)
    );
    assert!(walk.first_octets.is_empty() && walk.greeting.is_none());
    assert_eq!(walk.speaks_tls, Some(true));
    assert!(words::sentence(&walk).contains("security = tls"));
    assert_eq!(tls.journal().connections(), 2);
}

#[tokio::test]
async fn what_was_struck_out_of_the_offer_can_be_asked_for() {
    let script = "capabilities = ['XXXXXXXA', 'PIPELINING']\nstarttls = false";
    let relay = relay(script, Mode::StartTls).await;
    let mut plan = Plan::new(relay.host());
    let walk = walked(&plan).await;
    assert_eq!(
        walk.failure.as_ref().map(|one| one.stage),
        Some(Stage::StartTls)
    );
    let commands = relay.journal().commands();
    assert!(
        !commands
            .iter()
            .any(|(_, line)| line.starts_with("STARTTLS"))
    );
    let offered = walk.before_tls.expect("an answer");
    assert!(offered.offers("XXXXXXXA"));
    plan.force_starttls = true;
    walked(&plan).await;
    let commands = relay.journal().commands();
    assert!(
        commands
            .iter()
            .any(|(_, line)| line.starts_with("STARTTLS"))
    );
}

/// Accepts connections and closes them at once, or keeps them open in silence.
async fn mute(address: &str, silent: bool) -> (SocketAddr, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind(address).await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let task = tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            if silent {
                kept.push(stream);
            }
        }
    });
    (address, task)
}

#[tokio::test]
async fn a_look_around_names_what_is_there() {
    let secure = relay("", Mode::Tls).await;
    let starttls = relay("", Mode::StartTls).await;
    let (silent, task) = mute("127.0.0.1:0", true).await;
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        listener.local_addr().expect("bound").port()
    };
    // Each relay has an authority of its own; the host trusts both.
    let mut host = with_login(secure.host(), Duration::from_millis(1500));
    host.ca_files.extend(starttls.host().ca_files);
    let ports = [
        secure.host().port,
        starttls.host().port,
        silent.port(),
        closed,
    ];
    let cells = grid(&host, &ports).await;
    let found = |port: u16| {
        let cell = cells
            .iter()
            .find(|cell| cell.port == port)
            .expect("looked at");
        (cell.security, cell.found)
    };
    assert_eq!(found(ports[0]), (Security::Tls, Found::Works));
    assert_eq!(found(ports[1]), (Security::StartTls, Found::Works));
    assert_eq!(found(ports[2]), (Security::StartTls, Found::Foreign));
    assert_eq!(found(ports[3]), (Security::StartTls, Found::Refused));
    assert_eq!(best(&cells).map(|cell| cell.port), Some(ports[0]));
    // Each way once, and no login.
    assert_eq!(secure.journal().connections(), 2);
    assert_eq!(starttls.journal().connections(), 1);
    let all = [secure.journal().commands(), starttls.journal().commands()].concat();
    assert!(
        !all.iter()
            .any(|(_, line)| line.starts_with("AUTH") || line.starts_with("MAIL"))
    );
    task.abort();
}

/// Knows both families of a name, and a server that listens on one.
#[derive(Debug)]
struct Both;

impl LookUp for Both {
    fn addresses<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Vec<IpAddr>, Cause>> {
        let both = [Ipv6Addr::LOCALHOST.into(), Ipv4Addr::LOCALHOST.into()];
        std::future::ready(Ok(both.to_vec())).boxed()
    }
}

#[tokio::test]
async fn a_look_around_looks_at_each_family_by_itself() {
    let relay = relay("", Mode::StartTls).await;
    let host = with_login(relay.host(), Duration::from_millis(1500));
    let port = host.port;
    let resolver: Arc<dyn LookUp> = Arc::new(Both);
    let named = SmartHost {
        host: "localhost".to_owned(),
        tls_name: Some("127.0.0.1".to_owned()),
        ..host.clone()
    };
    let cells = grid_by(Some(&resolver), &named, &[port]).await;
    let found: Vec<_> = cells.iter().map(|cell| (cell.family, cell.found)).collect();
    let [(Family::V6, six), (Family::V4, four)] = found[..] else {
        panic!("{found:?}");
    };
    assert!(
        matches!(six, Found::Refused | Found::Unreachable),
        "{six:?}"
    );
    assert_eq!(four, Found::Works);
    assert_eq!(relay.journal().connections(), 1, "each way once");
    // What is restricted to a family is looked at over that one, and so is what has no other.
    let mut only = named.clone();
    only.reach.family = Family::V4;
    for (host, names) in [(&only, Some(&resolver)), (&host, None)] {
        let cells = grid_by(names, host, &[port]).await;
        let found: Vec<_> = cells.iter().map(|cell| (cell.family, cell.found)).collect();
        assert_eq!(found, [(Family::Any, Found::Works)]);
    }
}

/// Where one address closes at once and another one greets, the walk says so and goes on, as whoever sends would.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_address_of_no_use_is_left_for_the_next() {
    let relay = relay("", Mode::Plain).await;
    let port = relay.host().port;
    let at = |ip: &str| {
        format!("{ip}:{port}")
            .parse::<SocketAddr>()
            .expect("an address")
    };
    let useless = TcpListener::bind(at("127.0.0.2")).await.expect("a port");
    let task = tokio::spawn(async move { while useless.accept().await.is_ok() {} });
    let mut plan = to(
        Plan::new(with_login(relay.host(), LIMIT)),
        &["you@x.example"],
    );
    plan.addresses = vec![at("127.0.0.3"), at("127.0.0.2"), at("127.0.0.1")];
    let walk = walked(&plan).await;
    assert_eq!(walk.verdict(), Verdict::Warning, "{:#?}", walk.checks);
    assert!(walk.failure.is_none() && walk.authenticated && walk.answers.len() == 1);
    let check = walk.check(Stage::Connect).expect("met");
    assert_eq!(check.status, Status::Warning, "{check:?}");
    assert!(check.detail.contains("127.0.0.2") && check.detail.contains("no use"));
    let ends: Vec<_> = walk.tries.iter().map(|one| one.end.clone()).collect();
    assert!(
        matches!(
            ends[..],
            [TryEnd::Failed(_), TryEnd::NoUse(_), TryEnd::Connected]
        ),
        "{ends:?}"
    );
    let connects = walk.checks.iter().filter(|one| one.stage == Stage::Connect);
    assert_eq!(connects.count(), 1);
    assert_eq!(
        walk.peer.as_deref(),
        Some(at("127.0.0.1").to_string().as_str())
    );

    // Where no other one answers, what the first has said stands.
    plan.addresses = vec![at("127.0.0.2"), at("127.0.0.3")];
    let walk = walked(&plan).await;
    let failure = walk.failure.expect("none is left");
    assert_eq!(failure.stage, Stage::Greeting, "{failure}");
    let ends: Vec<_> = walk.tries.iter().map(|one| one.end.clone()).collect();
    assert!(
        matches!(ends[..], [TryEnd::Connected, TryEnd::Failed(_)]),
        "{ends:?}"
    );
    task.abort();
}

#[tokio::test]
async fn names_and_doors_that_are_not_there_end_the_walk() {
    let host = SmartHost::new(
        "no.such.host.invalid".parse().expect("a server"),
        Security::Auto,
    );
    let walk = walked(&Plan::new(host)).await;
    assert_eq!(
        walk.failure.as_ref().map(|one| one.stage),
        Some(Stage::Resolve)
    );
    assert!(walk.addresses.is_empty() && walk.tries.is_empty() && walk.peer.is_none());

    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        listener.local_addr().expect("bound").port()
    };
    let mut host = SmartHost::new("relay.example".parse().expect("a server"), Security::Auto);
    host.reach.detour = Some(Place::Host("127.0.0.1".to_owned(), port));
    let walk = walked(&Plan::new(host)).await;
    assert_eq!(
        walk.failure.as_ref().map(|one| one.stage),
        Some(Stage::Connect)
    );
    assert!(matches!(walk.tries[..], [ref one] if matches!(one.end, TryEnd::Failed(_))));
    let unfit = SmartHost {
        hello: Some("a b".to_owned()),
        ..relay("", Mode::Plain).await.host()
    };
    let port_gone = walked(&Plan::new(unfit)).await;
    assert_eq!(port_gone.verdict(), Verdict::Failed);
}
