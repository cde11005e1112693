//! `turbomail probe` with names.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;
use turbomail::smtp::script::Script;

use crate::relay::{Mode, Relay};
use crate::server::{self, NameServer};

const CANARY: &str = "kanarien-Vogel+7";

pub(crate) async fn probe(arguments: &[&str]) -> (i32, String, String) {
    let home = tempfile::tempdir().expect("a folder");
    let output = tokio::process::Command::new(env!("CARGO_BIN_EXE_turbomail"))
        .arg("probe")
        .args(arguments)
        .env_clear()
        .env("HOME", home.path())
        .env("TURBOMAIL_PASSWORD", CANARY)
        .stdin(Stdio::null())
        .output()
        .await
        .expect("it runs");
    let text = |octets| String::from_utf8(octets).expect("UTF-8");
    let (out, err) = (text(output.stdout), text(output.stderr));
    assert!(!out.contains(CANARY) && !err.contains(CANARY), "{out}{err}");
    (output.status.code().expect("a status"), out, err)
}

pub(crate) fn object(out: &str) -> Value {
    serde_json::from_str(out).unwrap_or_else(|error| panic!("{error}: {out}"))
}

async fn relay() -> (Relay, u16) {
    let script = format!("auth_in_clear = true\naccounts = {{ 'me@example.test' = '{CANARY}' }}");
    let script = script.parse::<Script>().expect("a script");
    let relay = Relay::start(script, Mode::Plain).await;
    let port = relay.host().port;
    (relay, port)
}

#[tokio::test]
async fn a_mail_domain_is_walked_to_by_its_srv_record() {
    let (_relay, port) = relay().await;
    let Some(names) = NameServer::start(&[
        format!("srv-host=_submission._tcp.example.test,mail.example.test,{port},0,1"),
        "host-record=mail.example.test,127.0.0.1".to_owned(),
        "txt-record=example.test,\"v=spf1 -all\"".to_owned(),
    ]) else {
        return;
    };
    let at = names.address.to_string();
    let (status, out, err) = probe(&[
        "me@example.test",
        "--resolver",
        &at,
        "--security",
        "none",
        "--stop-after",
        "hello",
        "--domain",
        "--json",
    ])
    .await;
    assert_eq!((status, err.as_str()), (0, ""), "{out}");
    let told = object(&out);
    assert_eq!(told["server"]["host"], "mail.example.test");
    assert_eq!(told["server"]["port"], port);
    assert_eq!(told["found"]["by"], "srv");
    assert_eq!(told["domain"]["name"], "example.test");
    let first = &told["domain"]["findings"][0]["id"];
    assert_eq!(first, "dns.no_incoming", "{told:#}");
    let (status, out, _) = probe(&[
        "example.test",
        "--resolver",
        &at,
        "--security",
        "none",
        "--stop-after",
        "hello",
    ])
    .await;
    let first = out.lines().next().unwrap_or_default();
    assert_eq!(
        (status, first),
        (
            0,
            &*format!(
                "example.test is a mail domain; its submission server by SRV (_submission._tcp) is mail.example.test:{port}"
            )
        )
    );
}

/// Another domain's server must not be handed the password, whatever an unsigned record says.
#[tokio::test]
async fn a_password_goes_to_no_server_outside_the_domain() {
    let (relay, port) = relay().await;
    let Some(names) = NameServer::start(&[
        format!("srv-host=_submission._tcp.example.test,mail.example.test,{port},0,1"),
        format!("srv-host=_submission._tcp.away.test,mail.example.test,{port},0,1"),
        "host-record=mail.example.test,127.0.0.1".to_owned(),
    ]) else {
        return;
    };
    let at = names.address.to_string();
    let said_auth = || {
        let all = relay.journal().commands();
        all.iter().any(|(_, line)| line.starts_with("AUTH"))
    };
    let plain = ["--resolver", &at, "--security", "none", "--json"];
    let (status, out, _) = probe(&[&["me@away.test"], &plain[..]].concat()).await;
    let words = object(&out)["found"]["words"].to_string();
    assert!(words.contains("outside the domain"), "{words}");
    assert!(status == 0 && !said_auth(), "{out}");
    let (status, out, _) = probe(&[&["me@example.test"], &plain[..]].concat()).await;
    assert!(status == 0 && said_auth(), "its own server gets it: {out}");
}

#[tokio::test]
async fn a_dead_address_beside_a_live_one_is_seen() {
    let (_relay, port) = relay().await;
    let Some(names) = NameServer::start(&[
        "host-record=two.test,127.0.0.1".to_owned(),
        "host-record=two.test,127.0.0.9".to_owned(),
    ]) else {
        return;
    };
    let at = names.address.to_string();
    let (status, out, _) = probe(&[
        &format!("two.test:{port}"),
        "--resolver",
        &at,
        "--security",
        "none",
        "--all-addresses",
        "--json",
    ])
    .await;
    assert_eq!(status, 0, "{out}");
    let told = object(&out);
    assert_eq!(told["server"]["address"], format!("127.0.0.1:{port}"));
    let others = told["addresses"].as_array().expect("the other address");
    let tries = told["server"]["tries"].as_array().expect("tries");
    let dead = |list: &[Value]| {
        list.iter()
            .any(|one| one["address"] == format!("127.0.0.9:{port}"))
    };
    assert!(dead(others) || dead(tries), "{told:#}");
    let grid = format!("--grid={port}");
    let (_, out, _) = probe(&["two.test", &grid, "--resolver", &at, "--json"]).await;
    let found = &object(&out)["ports"][0]["found"];
    assert_eq!(found, "in-clear", "{out}");
}

#[tokio::test]
async fn an_unknown_name_is_the_finding_and_names_the_provider_that_is_meant() {
    let Some(names) = NameServer::start(&["local=/com/".to_owned()]) else {
        return;
    };
    let at = names.address.to_string();
    let (status, out, _) = probe(&["stmp.gmail.com:465", "--resolver", &at, "--json"]).await;
    let told = object(&out);
    assert_eq!(
        (status, &told["findings"][0]["id"]),
        (68, &Value::from("dns.nxdomain"))
    );
    let advice = told["findings"][0]["advice"].to_string();
    assert!(advice.contains("smtp.gmail.com"), "{advice}");
}

#[tokio::test]
async fn a_silent_resolver_ends_the_walk_at_its_limit() {
    let (_socket, address) = server::silent();
    let begun = Instant::now();
    let at = address.to_string();
    let (status, out, _) = probe(&["relay.test:25", "--resolver", &at, "--json"]).await;
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(10), "{took:?}");
    let told = object(&out);
    assert_eq!(
        (status, &told["findings"][0]["id"]),
        (68, &Value::from("dns.tempfail")),
        "{told:#}"
    );
}

#[tokio::test]
async fn an_address_with_a_port_asks_nobody() {
    let (_relay, port) = relay().await;
    let (socket, address) = server::silent();
    let at = address.to_string();
    let to = format!("127.0.0.1:{port}");
    let arguments = [&*to, "--resolver", &at, "--security", "none", "--quiet"];
    let (status, ..) = probe(&arguments).await;
    assert_eq!(status, 0);
    socket.set_nonblocking(true).expect("no waiting");
    assert!(
        socket.recv(&mut [0; 512]).is_err(),
        "nobody was to be asked"
    );
}

#[tokio::test]
async fn a_domain_alone_needs_no_smart_host() {
    let Some(names) = NameServer::start(&["mx-host=alone.test,mail.alone.test,1".to_owned()])
    else {
        return;
    };
    let at = names.address.to_string();
    let (status, out, _) = probe(&["--domain=alone.test", "--resolver", &at]).await;
    assert_eq!(status, 0, "{out}");
    assert!(out.contains("MX         1 mail.alone.test"), "{out}");
    assert!(out.contains("[dns.spf_missing]"), "{out}");
    assert!(out.contains("not looked for"), "{out}");
    let (status, ..) = probe(&["--domain=nobody.test", "--resolver", &at]).await;
    assert_eq!(status, 68);
}

#[tokio::test]
async fn a_provider_is_known_by_its_name_and_says_what_it_wants() {
    let (_relay, port) = relay().await;
    let to = format!("127.0.0.1:{port}");
    let arguments = [
        "me@gmail.com",
        "--connect-to",
        &to,
        "--security",
        "none",
        "--stop-after",
        "hello",
    ];
    let (status, out, _) = probe(&arguments).await;
    assert_eq!(status, 0, "{out}");
    assert!(
        out.starts_with("gmail.com is a mail domain of Gmail"),
        "{out}"
    );
    assert!(out.contains("password an app password"), "{out}");
    let (_, out, _) = probe(&[&arguments[..], &["--json"]].concat()).await;
    let told = object(&out);
    assert_eq!(told["server"]["host"], "smtp.gmail.com");
    assert_eq!(told["provider"]["name"], "gmail");
}
