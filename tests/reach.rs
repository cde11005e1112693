//! How a smart host is reached, from the settings on: families, source, detours, UNIX sockets, LMTP and delivery reports.

#![expect(clippy::expect_used, reason = "a test that cannot go on says why")]

use std::path::PathBuf;

use turbomail::config::{Loaded, Override, Request, Scope, load};
use turbomail::mail::draft::Draft;
use turbomail::mail::dsn::Dsn;
use turbomail::mail::reach::{Family, Place};
use turbomail::mail::smarthost::SmartHost;
use turbomail::mailer::Mailer;

fn loaded(text: &str, flags: &[Override]) -> Loaded {
    let folder = tempfile::tempdir().expect("a folder");
    let path: PathBuf = folder.path().join("config.toml");
    std::fs::write(&path, text).expect("written");
    let request = Request {
        file: Some(path),
        flags: flags.to_vec(),
        ..Request::default()
    };
    load(&request).expect("valid")
}

fn host(loaded: &Loaded) -> SmartHost {
    let account = loaded.selected().expect("an account");
    account.smart_host().expect("valid").expect("there")
}

fn fault(text: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("config.toml");
    std::fs::write(&path, text).expect("written");
    let request = Request {
        file: Some(path),
        ..Request::default()
    };
    load(&request).expect_err("wrong").to_string()
}

#[test]
fn the_settings_say_how_a_host_is_reached() {
    let bare = host(&loaded("[account.a.smtp]\nserver = 'relay.example'\n", &[]));
    assert_eq!(bare.place(), Place::Host("relay.example".into(), 587));
    assert_eq!((bare.reach.family, bare.reach.source), (Family::Any, None));

    let all = "[account.a]\ndsn = 'failure'\nreturn = 'full'\n[account.a.smtp]\nserver = 'relay.example:25'\n\
               family = '6'\nsource = '2001:db8::9'\nconnect_to = '[::1]'\nrequire_tls = true\n";
    let all = loaded(all, &[]);
    let reach = host(&all).reach;
    assert_eq!(reach.family, Family::V6);
    assert_eq!(reach.source, "2001:db8::9".parse().ok());
    // Without a port of its own the detour has the server's.
    assert_eq!(reach.detour, Some(Place::Host("::1".into(), 25)));
    let account = all.mailer_account("a").expect("an account");
    assert!(account.require_tls);
    let dsn = account.dsn.expect("reports");
    assert_eq!(dsn.notify, "failure".parse().ok());
    assert_eq!(dsn.ret, "full".parse().ok());
}

#[test]
fn lmtp_has_a_port_and_sockets_of_its_own() {
    let lmtp = |server: &str| {
        let text =
            format!("[account.a]\ntransport = 'lmtp'\n[account.a.smtp]\nserver = '{server}'\n");
        let loaded = loaded(&text, &[]);
        let account = loaded.mailer_account("a").expect("an account");
        (host(&loaded), account.transport)
    };
    let (host, transport) = lmtp("store.example");
    assert_eq!((host.port, transport.kind()), (24, "lmtp"));
    assert_eq!(lmtp("store.example:2424").0.port, 2424);
    let (host, transport) = lmtp("unix:/run/dovecot/lmtp");
    assert_eq!(host.place(), Place::Socket("/run/dovecot/lmtp".into()));
    assert!(
        transport.describe().starts_with("unix:/run/dovecot/lmtp"),
        "{transport:?}"
    );
    assert!(fault("[account.a]\ntransport = 'lmtp'\n").contains("smart host is missing"));
}

#[test]
fn what_makes_no_sense_is_named() {
    for (line, words) in [
        ("family = '5'", "any, 4 or 6"),
        ("source = 'relay.example'", "IP address"),
        ("connect_to = 'unix:here'", "path from the root"),
        ("require_tls = 'perhaps'", "boolean"),
    ] {
        let error = fault(&format!(
            "[account.a.smtp]\nserver = 'relay.example'\n{line}\n"
        ));
        assert!(
            error.contains(words) && error.contains(":3:"),
            "{line}: {error}"
        );
    }
    for (line, words) in [
        ("dsn = 'always'", "success, failure and delay"),
        ("return = 'nothing'", "headers or full"),
    ] {
        let error = fault(&format!("[account.a]\n{line}\n"));
        assert!(error.contains(words), "{line}: {error}");
    }
}

#[test]
fn a_detour_of_the_file_leads_to_no_other_host() {
    let text = "[account.a.smtp]\nserver = 'relay.example'\nconnect_to = '127.0.0.1:2525'\n";
    let server = |name: &str| {
        let flag = Override::flag("--server", Scope::Account, &["smtp", "server"], name);
        loaded(text, &[flag])
    };
    let same = server("relay.example:465");
    assert_eq!(host(&same).place().to_string(), "127.0.0.1:2525");
    let other = server("other.example");
    assert_eq!(host(&other).place().to_string(), "other.example:587");
    let remark = "connect_to of the account a is the way to relay.example";
    assert!(
        other.remarks.iter().any(|one| one.starts_with(remark)),
        "{:?}",
        other.remarks
    );
}

#[tokio::test]
async fn a_message_takes_over_what_the_account_asks_for() {
    let text =
        "[account.a]\ntransport = 'debug'\ndsn = 'never'\n[account.a.smtp]\nrequire_tls = false\n";
    let account = loaded(text, &[]).mailer_account("a").expect("an account");
    let mailer = Mailer::builder()
        .account(account)
        .build()
        .expect("a mailer");
    let draft = Draft::new("me@x.example", "you@x.example", "x", "x");
    let mut own = mailer.compose("a", draft.clone()).await.expect("valid");
    own.envelope.dsn = Some(Dsn {
        notify: "delay".parse().ok(),
        ..Dsn::default()
    });
    let terms = turbomail::mailer::Terms::default;
    let own = mailer.send_message("a", own, terms()).await.expect("taken");
    let usual = mailer.send(draft).await.expect("taken");
    for (receipt, wanted) in [(own, "delay"), (usual, "never")] {
        let entry = receipt.entry().expect("kept");
        let dsn = entry.message.envelope.dsn.as_ref().expect("reports");
        assert_eq!(dsn.notify, wanted.parse().ok());
    }
}

#[test]
fn a_way_of_a_later_layer_covers_the_other_way_of_an_earlier_one() {
    let server = "[account.a.smtp]\nserver = 'relay.example:25'\n";
    let command = format!("{server}connect_command = 'ssh gw nc relay 25'\n");
    let both = format!("{command}connect_to = '127.0.0.1:2525'\n");
    let words = fault(&both);
    assert!(words.contains("leave one out"), "{words}");
    let reached = |text: &str, flags: &[(&str, &str, &str)]| {
        let flags: Vec<Override> = { flags.iter() }
            .map(|(flag, key, value)| Override::flag(flag, Scope::Account, &["smtp", key], *value))
            .collect();
        host(&loaded(text, &flags)).reach
    };
    let flags = [("--connect-to", "connect_to", "127.0.0.1:2525")];
    let reach = reached(&command, &flags);
    assert_eq!(reach.detour, Some(Place::Host("127.0.0.1".into(), 2525)));
    let there = format!("{server}connect_to = '127.0.0.1:2525'\n");
    let reach = reached(&there, &[("--pipe", "connect_command", "nc relay 25")]);
    assert_eq!(reach.detour, Some(Place::Command("nc relay 25".into())));
    let header = "proxy_header = '192.0.2.1:1,192.0.2.2:25,v2'\n";
    let reach = reached(&format!("{command}{header}"), &[]);
    assert_eq!(
        reach.proxy.map(|header| header.to_string()).as_deref(),
        Some("192.0.2.1:1,192.0.2.2:25,v2")
    );
    // What a command is told may be a secret.
    let shown = format!("{:?}", loaded(&command, &[]).show());
    assert!(
        shown.contains("ssh …") && !shown.contains("nc relay"),
        "{shown}"
    );
}
