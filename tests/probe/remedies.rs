//! Broken settings and what is offered against each: the walk fails, the remedy is applied, and the walk succeeds.

use std::net::SocketAddr;
use std::time::Duration;

use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use turbomail::mail::reach::{Family, Place};
use turbomail::mail::sasl::Sasl;
use turbomail::mail::smarthost::{Secret, Security, SmartHost};
use turbomail::mail::stage::Stage;
use turbomail::probe::conclude::conclude;
use turbomail::probe::grid::grid;
use turbomail::probe::remedy::{Change, Remedy, remedies};
use turbomail::probe::walk::{Plan, Walk};
use turbomail::smtp::Logins;
use turbomail::smtp::script::Script;

use crate::certificates::{Authority, self_signed, self_signed_for};
use crate::relay::{Mode, Relay};
use crate::{CANARY, course, walked, with_login};

const LIMIT: Duration = Duration::from_millis(1500);
const ACCOUNT: &str = "auth_in_clear = true\naccounts = { tim = 'kanarien-Vogel+7' }\n";

async fn start(script: &str, mode: Mode) -> Relay {
    Relay::start(script.parse().expect("a script"), mode).await
}

async fn shown(script: &str, mode: Mode, make: impl FnOnce(&Authority) -> TlsAcceptor) -> Relay {
    let script: Script = script.parse().expect("a script");
    Relay::with_certificate(script, mode, make).await
}

fn in_time(mut host: SmartHost) -> SmartHost {
    host.timeouts = turbomail::mail::smarthost::Timeouts::all(LIMIT);
    host
}

/// A plan that asks for a recipient, as tim.
fn asking(host: SmartHost) -> Plan {
    let address = |text: &str| text.parse().expect("an address");
    Plan {
        sender: Some(address("tim@x.example")),
        recipients: vec![address("you@y.example")],
        ..Plan::new(host)
    }
}

fn with_user(mut host: SmartHost, user: &str) -> SmartHost {
    host = with_login(host, LIMIT);
    if let Some(credentials) = &mut host.credentials {
        user.clone_into(&mut credentials.user);
    }
    host
}

/// What is offered after this walk, with all that is true of every offer.
fn offered(plan: &Plan, walk: &Walk) -> Vec<Remedy> {
    let all = remedies(walk, &conclude(walk), &[]);
    holds(plan, &all);
    all
}

/// What is true of the remedies after every walk to every broken server.
pub(crate) fn holds(plan: &Plan, all: &[Remedy]) {
    assert!(all.len() <= 5, "{all:#?}");
    for one in all {
        let asks = one.changes.contains(&Change::Password);
        let applied = one.apply(plan);
        let before = format!("{:?} {:?} {}", plan.host, plan.sender, plan.force_starttls);
        let after = format!(
            "{:?} {:?} {}",
            applied.host, applied.sender, applied.force_starttls
        );
        assert!(asks || before != after, "{one:?} changes nothing");
        let care = one.changes.iter().any(|change| match change {
            Change::Pin(_) | Change::Security(Security::None) => true,
            Change::TlsName(name) => !name.ends_with(".relay.test") && *name != plan.host.host,
            _ => false,
        });
        assert_eq!(one.lowers_guard, care, "{one:?}");
        assert!(
            !one.words.is_empty() && !one.words.ends_with('.'),
            "{one:?}"
        );
        assert!(!format!("{one:?}").contains(CANARY), "{one:?}");
    }
    let changes: Vec<_> = all.iter().map(|one| &one.changes).collect();
    for (n, one) in changes.iter().enumerate() {
        assert!(
            changes.iter().skip(n + 1).all(|other| other != one),
            "twice: {one:?}"
        );
    }
}

/// Walks, takes the remedies one after another until one of them succeeds, and says which one that was.
///
/// A port below 1024 cannot be listened at here; `ports` says where such a one is in truth.
async fn healed(plan: &Plan, ports: &[(u16, &Relay)]) -> (usize, Remedy) {
    let first = walked(plan).await;
    assert!(first.failure.is_some(), "{:?}", course(&first));
    let all = offered(plan, &first);
    for (n, one) in all.iter().enumerate() {
        let mut next = one.apply(plan);
        // Another process would know nothing of the refusal.
        next.logins = Logins::new();
        let mut host = SmartHost::clone(&next.host);
        if let Some((_, relay)) = ports.iter().find(|(port, _)| *port == host.port) {
            let there = relay.host();
            host.reach.detour = Some(Place::Host("127.0.0.1".to_owned(), there.port));
            host.ca_files = there.ca_files;
        }
        if one.changes.contains(&Change::Password)
            && let Some(credentials) = &mut host.credentials
        {
            credentials.secret = Secret::Value(SecretString::from(CANARY));
        }
        next.host = host.into();
        let again = walked(&next).await;
        if again.failure.is_none() {
            assert!(
                offered(&next, &again).is_empty(),
                "nothing after a walk that went well"
            );
            return (n, one.clone());
        }
    }
    panic!("nothing helps against {:?}: {all:#?}", first.failure);
}

/// The first remedy is this one, and it helps.
async fn first(plan: &Plan, ports: &[(u16, &Relay)], changes: &[Change]) -> Remedy {
    let (n, remedy) = healed(plan, ports).await;
    assert_eq!((n, remedy.changes.as_slice()), (0, changes), "{remedy:?}");
    remedy
}

#[tokio::test]
async fn the_other_way_of_tls_on_the_same_port() {
    let relay = start(ACCOUNT, Mode::Tls).await;
    let mut host = with_login(relay.host(), LIMIT);
    host.security = Security::StartTls;
    first(&asking(host), &[], &[Change::Security(Security::Tls)]).await;
    let relay = start(ACCOUNT, Mode::StartTls).await;
    let mut host = with_login(relay.host(), LIMIT);
    host.security = Security::Tls;
    first(&asking(host), &[], &[Change::Security(Security::StartTls)]).await;
}

#[tokio::test]
async fn what_is_no_mail_server_has_one_beside_it() {
    let right = start(ACCOUNT, Mode::StartTls).await;
    let submission = [Change::Port(587), Change::Security(Security::StartTls)];
    for raw in [
        r"HTTP/1.1 400 Bad Request\r\n\r\n",
        r"SSH-2.0-OpenSSH_9.6\r\n",
        r"* OK [CAPABILITY IMAP4rev1] ready\r\n",
        r"+OK POP3 ready\r\n",
    ] {
        let script = format!("[[rule]]\non = 'connect'\nreply = {{ raw = '{raw}' }}");
        let wrong = start(&script, Mode::Plain).await;
        let mut host = with_login(wrong.host(), LIMIT);
        host.security = Security::None;
        first(&asking(host), &[(587, &right)], &submission).await;
    }
    // As people paste it: the port for reading mail, with TLS.
    let script = r"rule = [{ on = 'connect', reply = { raw = '* OK IMAP4rev1 ready\r\n' } }]";
    let wrong = start(script, Mode::Tls).await;
    let host = with_login(wrong.host(), LIMIT);
    let (n, remedy) = healed(&asking(host), &[(587, &right)]).await;
    assert_eq!((n, remedy.changes.first()), (0, Some(&Change::Port(587))));
    // An FTP server says 220 as well, and then does not know us.
    let script = "[[rule]]\non = 'any'\nmatch = '*client.example'\nreply = '530 Please login with USER and PASS'";
    let wrong = start(script, Mode::Plain).await;
    let host = with_login(wrong.host(), LIMIT);
    let (_, remedy) = healed(&asking(host), &[(587, &right)]).await;
    assert_eq!(remedy.changes.first(), Some(&Change::Port(587)));
}

#[tokio::test]
async fn where_nobody_listens_another_port_is_proposed() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = closed.local_addr().expect("bound").port();
    drop(closed);
    let right = start(ACCOUNT, Mode::Tls).await;
    let mut host = with_login(right.host(), LIMIT);
    (host.port, host.security) = (port, Security::StartTls);
    // Nobody listens on 587 either, so it is the second that helps.
    let nobody = Relay::start(Script::default(), Mode::Plain).await;
    let (n, remedy) = healed(&asking(host), &[(587, &nobody), (465, &right)]).await;
    let changes = [Change::Port(465), Change::Security(Security::Tls)];
    assert_eq!((n, remedy.changes.as_slice()), (1, changes.as_slice()));
}

#[tokio::test]
async fn where_no_login_is_offered_another_port_is_or_none_is_needed() {
    let relay = start("", Mode::StartTls).await;
    let right = start(ACCOUNT, Mode::StartTls).await;
    let plan = asking(with_login(relay.host(), LIMIT));
    first(&plan, &[(587, &right)], &[Change::Port(587)]).await;
    // Without the other ports it goes without the login.
    let (_, remedy) = healed(&plan, &[(587, &relay), (465, &relay)]).await;
    assert_eq!(remedy.changes, [Change::NoLogin]);
}

#[tokio::test]
async fn a_login_that_is_offered_inside_tls_alone() {
    let relay = start("accounts = { tim = 'kanarien-Vogel+7' }", Mode::StartTls).await;
    let mut host = with_login(relay.host(), LIMIT);
    host.security = Security::None;
    first(&asking(host), &[], &[Change::Security(Security::StartTls)]).await;
}

#[tokio::test]
async fn starttls_that_is_missing_or_hidden_or_demanded() {
    let relay = start("", Mode::Plain).await;
    let right = start("", Mode::Tls).await;
    let mut host = in_time(relay.host());
    host.security = Security::StartTls;
    let on_465 = [Change::Port(465), Change::Security(Security::Tls)];
    first(&asking(host.clone()), &[(465, &right)], &on_465).await;
    // There is no other way than in clear, and a person must read that.
    let (_, remedy) = healed(&asking(host.clone()), &[(465, &relay)]).await;
    assert_eq!(remedy.changes, [Change::Security(Security::None)]);
    assert!(remedy.lowers_guard);
    // With a login to another machine it is not offered at all.
    let mut host = with_login(host, LIMIT);
    host.host = "mail.relay.test".to_owned();
    let mut plan = asking(host.clone());
    plan.addresses = vec![SocketAddr::from(([127, 0, 0, 1], host.port))];
    let walk = walked(&plan).await;
    let all = offered(&plan, &walk);
    assert!(
        !all.is_empty() && !all.iter().any(|one| one.lowers_guard),
        "{all:#?}"
    );

    // A tunnel leads to the same place whatever the port is called.
    host.reach.detour = Some(Place::Host("127.0.0.1".to_owned(), relay.host().port));
    let plan = asking(host);
    let walk = walked(&plan).await;
    assert_eq!(offered(&plan, &walk), [], "{:?}", walk.failure);

    let hides = "starttls = false\ncapabilities = ['PIPELINING', 'XXXXXXXA']";
    let relay = start(hides, Mode::StartTls).await;
    first(
        &asking(in_time(relay.host())),
        &[],
        &[Change::ForceStartTls],
    )
    .await;

    let demands = "[[rule]]\non = 'mail'\nsecure = false\nreply = '530 5.7.0 Must issue a STARTTLS command first'";
    let relay = start(demands, Mode::StartTls).await;
    let mut host = in_time(relay.host());
    host.security = Security::None;
    first(&asking(host), &[], &[Change::Security(Security::StartTls)]).await;
}

#[tokio::test]
async fn a_certificate_for_another_name() {
    let named = |names: &'static [&'static str]| {
        move |authority: &Authority| authority.server(names, 2000, 2100)
    };
    for (asked, names, meant) in [
        (
            "smtp.relay.test",
            &["mail.relay.test"][..],
            "mail.relay.test",
        ),
        ("smtp.deep.relay.test", &["*.relay.test"], "smtp.relay.test"),
        (
            "relay.test",
            &["other.example", "*.relay.test"],
            "mail.relay.test",
        ),
    ] {
        let relay = shown("", Mode::Tls, named(names)).await;
        let mut host = in_time(relay.host());
        asked.clone_into(&mut host.host);
        host.reach.detour = Some(Place::Host("127.0.0.1".to_owned(), relay.host().port));
        first(&asking(host), &[], &[Change::Host(meant.to_owned())]).await;
    }
    // A name that was set and is not in the certificate, which is for the server itself.
    let relay = shown("", Mode::StartTls, named(&["127.0.0.1", "mail.example"])).await;
    let mut host = in_time(relay.host());
    host.tls_name = Some("wrong.example".to_owned());
    let changes = [Change::TlsName("127.0.0.1".to_owned())];
    let remedy = first(&asking(host), &[], &changes).await;
    assert!(!remedy.lowers_guard, "{remedy:?}");
    // Of a name in another domain nobody knows but the person.
    let relay = shown("", Mode::StartTls, named(&["mail.example"])).await;
    let changes = [Change::TlsName("mail.example".to_owned())];
    let remedy = first(&asking(in_time(relay.host())), &[], &changes).await;
    assert!(remedy.lowers_guard, "{remedy:?}");
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_can_be_pinned() {
    let here = &["127.0.0.1"];
    let nobody = Authority::new("Another CA");
    let all: [(&str, TlsAcceptor); 3] = [
        ("vouches for itself", self_signed(here)),
        ("vouches for itself", self_signed_for(here, 2000, 2010)),
        ("issued by CN=Another CA", nobody.server(here, 2000, 2100)),
    ];
    for (words, acceptor) in all {
        let relay = shown("", Mode::Tls, |_| acceptor).await;
        let (n, remedy) = healed(&asking(in_time(relay.host())), &[]).await;
        assert!(n == 0 && remedy.lowers_guard, "{remedy:?}");
        assert!(remedy.words.contains(words), "{remedy:?}");
        let [Change::Pin(pin)] = remedy.changes.as_slice() else {
            panic!("{remedy:?}");
        };
        assert!(remedy.words.contains(&pin.to_string()[..16]), "{remedy:?}");
    }
    // Whoever breaks into TLS must not be trusted on a key, and a wrong clock is no reason for it.
    for (issuer, from) in [
        ("Kaspersky Anti-Virus Personal Root Certificate", 2000),
        ("Some CA", 2099),
    ] {
        let authority = Authority::new(issuer);
        let relay = shown("", Mode::Tls, |_| authority.server(here, from, 2100)).await;
        let plan = asking(in_time(relay.host()));
        let walk = walked(&plan).await;
        assert_eq!(offered(&plan, &walk), [], "{issuer} {:?}", walk.failure);
    }
}

#[tokio::test]
async fn a_refused_login() {
    let relay = start(ACCOUNT, Mode::StartTls).await;
    let mut host = with_login(relay.host(), LIMIT);
    if let Some(credentials) = &mut host.credentials {
        credentials.secret = Secret::Value(SecretString::from("mistyped"));
    }
    first(&asking(host), &[], &[Change::Password]).await;
    // The full address is wanted, and the other way round.
    for (account, user, meant) in [
        ("tim@x.example", "tim", "tim@x.example"),
        ("tim", "tim@x.example", "tim"),
    ] {
        let script = format!("accounts = {{ '{account}' = '{CANARY}' }}");
        let relay = start(&script, Mode::StartTls).await;
        let (n, remedy) = healed(&asking(with_user(relay.host(), user)), &[]).await;
        let changes = [Change::User(meant.to_owned())];
        assert_eq!((n, remedy.changes.as_slice()), (1, changes.as_slice()));
    }
    // What is full for the moment is no matter of settings.
    let busy = format!(
        "{ACCOUNT}[[rule]]\non = 'auth'\nreply = '454 4.7.0 Temporary authentication failure'"
    );
    let relay = start(&busy, Mode::StartTls).await;
    let plan = asking(with_login(relay.host(), LIMIT));
    let walk = walked(&plan).await;
    assert_eq!(offered(&plan, &walk), [], "{:?}", walk.failure);
}

#[tokio::test]
async fn a_login_by_another_mechanism() {
    let relay = start(ACCOUNT, Mode::StartTls).await;
    let mut host = with_login(relay.host(), LIMIT);
    host.auth = Some(Sasl::ScramSha512);
    let (n, remedy) = healed(&asking(host), &[]).await;
    assert_eq!(
        (n, remedy.changes.as_slice()),
        (0, [Change::Auth(Some(Sasl::Plain))].as_slice())
    );
    let script = format!(
        "{ACCOUNT}mechanisms = ['PLAIN', 'LOGIN']\n[[rule]]\non = 'auth'\nmatch = 'PLAIN'\nreply = '504 5.5.4 Unrecognized authentication type'"
    );
    let relay = start(&script, Mode::StartTls).await;
    let mut host = with_login(relay.host(), LIMIT);
    host.auth = Some(Sasl::Plain);
    first(&asking(host), &[], &[Change::Auth(Some(Sasl::Login))]).await;
}

#[tokio::test]
async fn a_name_in_ehlo_that_is_not_taken() {
    for (said, refusal, meant) in [
        (
            "box",
            "504 5.5.2 <box>: Helo command rejected: need fully-qualified hostname",
            "box.x.example",
        ),
        (
            "[127.0.0.1]",
            "550 5.7.1 Helo command rejected: Host not found",
            "x.example",
        ),
    ] {
        let script = format!(
            "[[rule]]\non = 'ehlo'\nmatch = '{said}'\nreply = '{refusal}'\n[[rule]]\non = 'helo'\nmatch = '{said}'\nreply = '{refusal}'"
        );
        let relay = start(&script, Mode::Plain).await;
        let mut host = in_time(relay.host());
        host.hello = Some(said.to_owned());
        first(&asking(host), &[], &[Change::Hello(meant.to_owned())]).await;
    }
}

#[tokio::test]
async fn a_sender_that_is_not_the_user_s() {
    for refusal in [
        "553 5.7.1 <boss@x.example>: Sender address rejected: not owned by user tim@x.example",
        "550 5.7.60 SMTP; Client does not have permissions to send as this sender",
    ] {
        let script = format!(
            "accounts = {{ 'tim@x.example' = '{CANARY}' }}\n[[rule]]\non = 'mail'\nmatch = 'boss@*'\nreply = '{refusal}'"
        );
        let relay = start(&script, Mode::StartTls).await;
        let mut plan = asking(with_user(relay.host(), "tim@x.example"));
        plan.sender = Some("boss@x.example".parse().expect("an address"));
        let meant: turbomail::mail::address::Address = "tim@x.example".parse().expect("an address");
        first(&plan, &[], &[Change::Sender(meant)]).await;
    }
}

#[tokio::test]
async fn one_family_of_addresses_that_leads_nowhere() {
    let relay = start("", Mode::Plain).await;
    let port = relay.host().port;
    let four = SocketAddr::from(([127, 0, 0, 1], port));
    let six: SocketAddr = format!("[::1]:{port}").parse().expect("an address");
    let mut host = in_time(relay.host());
    host.host = "mail.relay.test".to_owned();
    host.reach.family = Family::V6;
    let mut plan = asking(host);
    plan.addresses = vec![six, four];
    first(&plan, &[], &[Change::Family(Family::V4)]).await;
    // Both are allowed, and the one costs its time at every call.
    let mut host = SmartHost::clone(&plan.host);
    host.reach.family = Family::Any;
    plan.host = host.into();
    let walk = walked(&plan).await;
    assert!(walk.failure.is_none(), "{:?}", walk.failure);
    let all = offered(&plan, &walk);
    assert_eq!(
        all.first().map(|one| one.changes.as_slice()),
        Some([Change::Family(Family::V4)].as_slice())
    );
}

#[tokio::test]
async fn a_mail_server_with_another_name_at_another_port_is_a_way_on() {
    let right = start(ACCOUNT, Mode::Tls).await;
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = closed.local_addr().expect("bound").port();
    drop(closed);
    let mut host = with_login(right.host(), LIMIT);
    let open = host.port;
    (host.port, host.security) = (port, Security::StartTls);
    host.tls_name = Some("mail.other.test".to_owned());
    let plan = Plan::new(host);
    let walk = walked(&plan).await;
    let cells = grid(&plan.host, &[open, port]).await;
    let all = remedies(&walk, &conclude(&walk), &cells);
    holds(&plan, &all);
    let way = all.first().expect("something");
    assert_eq!(
        way.changes,
        [Change::Port(open), Change::Security(Security::Tls)]
    );
    assert!(!way.lowers_guard);
    // There the name is the next question, and it has an answer.
    let plan = way.apply(&plan);
    let walk = walked(&plan).await;
    assert_eq!(walk.failure.as_ref().map(|one| one.stage), Some(Stage::Tls));
    let all = remedies(&walk, &conclude(&walk), &cells);
    let names = |one: &Remedy| matches!(one.changes[..], [Change::TlsName(_) | Change::Host(_)]);
    assert!(all.first().is_some_and(names), "{all:?}");
}

#[tokio::test]
async fn what_a_look_around_has_found_comes_first() {
    let right = start(ACCOUNT, Mode::Tls).await;
    let wrong = start("", Mode::Plain).await;
    let mut host = with_login(right.host(), LIMIT);
    (host.port, host.security) = (wrong.host().port, Security::StartTls);
    let plan = Plan::new(host);
    let walk = walked(&plan).await;
    let cells = grid(&plan.host, &[right.host().port, wrong.host().port]).await;
    let all = remedies(&walk, &conclude(&walk), &cells);
    holds(&plan, &all);
    let best = all.first().expect("something");
    let changes = [
        Change::Port(right.host().port),
        Change::Security(Security::Tls),
    ];
    assert_eq!(best.changes, changes);
    assert!(walked(&best.apply(&plan)).await.failure.is_none());
    // A wrong password is no matter of ports.
    let mut host = with_login(right.host(), LIMIT);
    if let Some(credentials) = &mut host.credentials {
        credentials.secret = Secret::Value(SecretString::from("mistyped"));
    }
    let plan = Plan::new(host);
    let walk = walked(&plan).await;
    assert_eq!(
        walk.failure.as_ref().map(|one| one.stage),
        Some(Stage::Auth)
    );
    let all = remedies(&walk, &conclude(&walk), &cells);
    assert!(
        !all.iter()
            .any(|one| one.changes.contains(&Change::Port(right.host().port)))
    );
}
