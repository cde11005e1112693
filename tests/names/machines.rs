//! This machine as a server sees it: what the name system says about the address, and about the name in EHLO.

use std::sync::Arc;
use std::time::{Duration, Instant};

use turbomail::mail::clean::acts;
use turbomail::mail::clock::SystemClock;
use turbomail::mail::diagnosis::Severity;
use turbomail::mail::stage::Stage;
use turbomail::mail::transcript::Transcript;
use turbomail::probe::names::{Machine, Missing, Resolver, Unseen, look_at_machine, seen_as};
use turbomail::probe::walk::{Plan, Walk, walk};
use turbomail::smtp::script::Script;

use crate::command::{object, probe};
use crate::relay::{Mode, Relay};
use crate::server::NameServer;
use crate::{server, with};

/// A server that answers EHLO with these words behind its name.
async fn relay(words: &str) -> Relay {
    let script = format!("[[rule]]\non = 'ehlo'\nreply = '250 mx.test {words}'");
    let script = script.parse::<Script>().expect("a script");
    Relay::start(script, Mode::Plain).await
}

/// A walk to it with this name in EHLO.
async fn walked(words: &str, hello: &str) -> Walk {
    let relay = relay(words).await;
    let mut host = relay.host();
    host.hello = Some(hello.to_owned());
    let plan = Plan {
        stop_after: Some(Stage::Hello),
        ..Plan::new(host)
    };
    let transcript = Transcript::new(Arc::new(SystemClock::new()));
    walk(&plan, &transcript, &mut |_| {}).await
}

async fn machine(resolver: &Resolver, address: &str, hello: &str) -> Machine {
    let walk = walked(&format!("Hello [{address}]"), hello).await;
    let seen = seen_as(&walk).expect("the server's word");
    assert_eq!(seen.address.to_string(), address);
    look_at_machine(resolver, seen, &walk).await
}

fn ids(machine: &Machine) -> Vec<String> {
    let all = machine.findings().into_iter();
    all.inspect(|one| {
        assert_eq!(one.severity, Severity::Info);
        assert!(one.explanation.contains("does not matter"), "{one:?}");
    })
    .map(|one| one.id)
    .collect()
}

fn names(machine: &Machine) -> Vec<(String, Option<bool>)> {
    let found = machine.reverse.as_ref().expect("asked");
    let found = found.0.as_ref().expect("names");
    let pair = |one: &turbomail::probe::names::ReverseName| (one.name.to_string(), one.leads_back);
    found.iter().map(pair).collect()
}

/// What is asked below these is answered with what is here or with NXDOMAIN; what is beside them is refused.
const ZONES: [&str; 2] = [
    "local=/113.0.203.in-addr.arpa/",
    "local=/8.b.d.0.1.0.0.2.ip6.arpa/",
];

fn zones(lines: &[&str]) -> Option<(NameServer, Resolver)> {
    with(&[&ZONES, lines].concat())
}

#[tokio::test]
async fn a_name_that_leads_back_is_in_order() {
    let six = "9.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa";
    let Some((_server, resolver)) = zones(&[
        "ptr-record=9.113.0.203.in-addr.arpa,Mail.Seen.test",
        "address=/mail.seen.test/203.0.113.9",
        &format!("ptr-record={six},six.seen.test"),
        "address=/six.seen.test/2001:db8::9",
    ]) else {
        return;
    };
    let good = machine(&resolver, "203.0.113.9", "mail.seen.test").await;
    assert_eq!(names(&good), [("mail.seen.test".to_owned(), Some(true))]);
    assert!(good.hello.as_ref().expect("a name").is_reverse_name);
    assert_eq!(ids(&good), [""; 0]);
    let six = machine(&resolver, "2001:db8::9", "mail.seen.test").await;
    assert_eq!(names(&six), [("six.seen.test".to_owned(), Some(true))]);
    let hello = six.hello.as_ref().expect("a name");
    assert!(!hello.is_reverse_name && hello.addresses.0.is_ok());
    assert_eq!(ids(&six), [""; 0]);
}

#[tokio::test]
async fn what_is_missing_is_told_apart_from_what_is_wrong() {
    let Some((_server, resolver)) = zones(&[
        "ptr-record=2.113.0.203.in-addr.arpa,elsewhere.test",
        "address=/elsewhere.test/203.0.113.77",
        "ptr-record=3.113.0.203.in-addr.arpa,nowhere.test",
        "ptr-record=4.113.0.203.in-addr.arpa,elsewhere.test",
        "ptr-record=4.113.0.203.in-addr.arpa,own.test",
        "address=/own.test/203.0.113.4",
        // Only the other family leads anywhere.
        "ptr-record=5.113.0.203.in-addr.arpa,six.test",
        "address=/six.test/2001:db8::5",
        "address=/box.test/127.0.0.1",
    ]) else {
        return;
    };
    for (address, hello, wanted) in [
        ("203.0.113.1", "own.test", &["dns.ptr_missing"][..]),
        ("2001:db8::1", "own.test", &["dns.ptr_missing"]),
        ("203.0.113.2", "own.test", &["dns.ptr_unconfirmed"]),
        ("203.0.113.3", "own.test", &["dns.ptr_unconfirmed"]),
        ("203.0.113.3", "nowhere.test", &["dns.ptr_unconfirmed"]),
        ("203.0.113.5", "own.test", &["dns.ptr_unconfirmed"]),
        ("203.0.113.4", "own.test", &[]),
        ("203.0.113.4", "nobody.test", &["dns.hello_unknown"]),
        ("203.0.113.4", "box.test", &["dns.hello_unknown"]),
        ("203.0.113.4", "[203.0.113.4]", &[]),
        (
            "203.0.113.1",
            "nobody.test",
            &["dns.ptr_missing", "dns.hello_unknown"],
        ),
    ] {
        // The literal of EHLO is repeated by the server, and then it says what it sees.
        let echo = if hello.starts_with('[') { hello } else { "" };
        let walk = walked(&format!("Hello {echo} [{address}]"), hello).await;
        let seen = seen_as(&walk).expect("the server's word");
        let found = look_at_machine(&resolver, seen, &walk).await;
        assert_eq!(ids(&found), wanted, "{address} {hello}: {found:#?}");
        let names_four = found.findings().iter().any(|one| {
            let mut advice = one.advice.iter();
            advice.any(|one| one.contains("family = \"4\""))
        });
        assert_eq!(names_four, address.contains(':') && !wanted.is_empty());
    }
}

#[tokio::test]
async fn of_many_names_a_few_are_looked_at_and_that_of_ehlo_first() {
    let mut lines: Vec<String> = (0..9)
        .map(|n| format!("ptr-record=9.113.0.203.in-addr.arpa,n{n}.test"))
        .collect();
    lines.push("address=/n8.test/203.0.113.9".to_owned());
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let Some((_server, resolver)) = zones(&lines) else {
        return;
    };
    let found = machine(&resolver, "203.0.113.9", "N8.test").await;
    assert_eq!((names(&found).len(), found.left_out), (4, 5));
    assert_eq!(names(&found)[0], ("n8.test".to_owned(), Some(true)));
    // None of the four leads back, and that says nothing of the others.
    let found = machine(&resolver, "203.0.113.9", "[::1]").await;
    assert!(names(&found).iter().all(|(_, back)| *back == Some(false)));
    assert_eq!(ids(&found), [""; 0]);
}

/// What a resolver does not answer is not missing.
#[tokio::test]
async fn a_failing_resolver_leaves_it_unknown() {
    let (_socket, address) = server::silent();
    let resolver = Resolver::at(address).expect("a resolver");
    let begun = Instant::now();
    let found = machine(&resolver, "203.0.113.9", "own.test").await;
    assert!(begun.elapsed() < Duration::from_secs(10));
    let reverse = &found.reverse.as_ref().expect("asked").0;
    assert!(matches!(reverse, Err(Missing::Silent(_))), "{reverse:?}");
    assert_eq!(ids(&found), [""; 0]);
    // This one knows nothing of the names, and says so by REFUSED.
    let Some((_server, resolver)) =
        zones(&["ptr-record=9.113.0.203.in-addr.arpa,mail.refused.example"])
    else {
        return;
    };
    let found = machine(&resolver, "203.0.113.9", "own.refused.example").await;
    assert_eq!(names(&found), [("mail.refused.example".to_owned(), None)]);
    assert_eq!(ids(&found), [""; 0]);
    let found = machine(&resolver, "198.51.100.9", "own.refused.example").await;
    assert!(
        found
            .reverse
            .is_some_and(|one| !one.0.unwrap_err().is_certain())
    );
}

#[tokio::test]
async fn of_what_is_not_public_nothing_is_asked() {
    let (socket, address) = server::silent();
    let resolver = Resolver::at(address).expect("a resolver");
    for own in ["192.168.7.7", "127.0.0.9", "fe80::9"] {
        let found = machine(&resolver, own, "own.test").await;
        assert!(found.reverse.is_none() && found.hello.is_none(), "{own}");
        assert_eq!(ids(&found), [""; 0]);
    }
    socket.set_nonblocking(true).expect("no waiting");
    let heard = socket.recv(&mut [0; 512]);
    assert!(heard.is_err(), "nobody was to be asked");
    let nothing = seen_as(&walked("Hello", "own.test").await);
    let own = "127.0.0.1".parse().expect("an address");
    assert_eq!(nothing, Err(Unseen::NotPublic(own)));
}

#[tokio::test]
async fn the_command_tells_it_beside_the_domain() {
    let Some(names) = NameServer::start(&[
        ZONES[0].to_owned(),
        "ptr-record=9.113.0.203.in-addr.arpa,mail.seen.test".to_owned(),
        "address=/mail.seen.test/203.0.113.9".to_owned(),
        "mx-host=seen.test,mail.seen.test,1".to_owned(),
    ]) else {
        return;
    };
    let at = names.address.to_string();
    let told = async |words: &str, more: &[&str]| {
        let relay = relay(words).await;
        let to = format!("127.0.0.1:{}", relay.host().port);
        let always = [
            &*to,
            "--resolver",
            &at,
            "--security",
            "none",
            "--stop-after",
            "hello",
            "--hello",
            "nobody.seen.example.test",
        ];
        let (status, out, err) = probe(&[&always, more].concat()).await;
        assert_eq!(status, 0, "{out}{err}");
        out
    };
    let known = "Hello you [203.0.113.9]";
    let out = told(known, &["--domain=seen.test"]).await;
    let line =
        "  this machine  203.0.113.9, by the server's word · PTR mail.seen.test, leads back\n";
    assert!(out.contains(line), "{out}");
    let hello = "  EHLO          nobody.seen.example.test, has no address\n";
    assert!(
        out.contains(hello) && out.contains("[dns.hello_unknown]"),
        "{out}"
    );
    let page = told(known, &["--domain=seen.test", "--export", "markdown"]).await;
    assert!(page.contains(&format!("    {line}")), "{page}");
    let page = told(known, &["--domain=seen.test", "--export", "html"]).await;
    assert!(page.contains("PTR mail.seen.test, leads back"), "{page}");
    let all = object(&told(known, &["--domain=seen.test", "--json"]).await);
    let machine = &all["this_machine"];
    assert_eq!(machine["address"], "203.0.113.9", "{all:#}");
    assert_eq!(
        (&machine["known_by"], &machine["is_public"]),
        (&"server".into(), &true.into())
    );
    assert_eq!(machine["reverse"][0]["leads_back"], true);
    assert_eq!(machine["reverse"][0]["addresses"][0], "203.0.113.9");
    assert_eq!(machine["findings"][0]["id"], "dns.hello_unknown");
    let out = told("Hello", &["--domain=seen.test"]).await;
    assert!(
        out.contains("  this machine  not known: the server does not name it"),
        "{out}"
    );
    let out = told("Hello [10.1.2.3]", &["--domain=seen.test"]).await;
    assert!(
        out.contains("10.1.2.3, by the server's word; not public"),
        "{out}"
    );
    let all = object(&told("Hello", &["--domain=seen.test", "--json"]).await);
    assert_eq!(all.get("this_machine"), Some(&serde_json::Value::Null));
    let all = object(&told(known, &["--json"]).await);
    assert_eq!(all.get("this_machine"), None, "only with --domain");
}

#[tokio::test]
async fn text_from_a_reverse_name_acts_on_nothing() {
    let hostile: [&[u8]; 3] = [b"a\x1b[2J", "\u{202e}\u{9b}".as_bytes(), b"te.st"];
    let resolver = Resolver::at(server::pointer(&hostile)).expect("a resolver");
    let found = machine(&resolver, "203.0.113.9", "own.test").await;
    let names = names(&found);
    assert!(names[0].0.contains("[2j"), "{names:?}");
    // No host can have this name, and so it leads nowhere.
    assert_eq!(names[0].1, Some(false));
    assert!(ids(&found).contains(&"dns.ptr_unconfirmed".to_owned()));
    let json = serde_json::to_string(&(&found, found.findings())).expect("JSON");
    assert!(!json.contains(acts) && !json.contains("\\u001b"), "{json}");
}
