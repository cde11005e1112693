//! Probe on a real pseudo-terminal, and what it leads to: an account that Compose uses at once, two runs side by side, and a mail
//! domain that a real name server knows.
#![cfg(unix)]
#![expect(clippy::expect_used, reason = "a test may stop at the first surprise")]

#[path = "support/probe_screen.rs"]
mod probe_screen;
#[expect(dead_code, reason = "the names' own tests use more of it")]
#[path = "names/server.rs"]
mod server;
#[expect(dead_code, reason = "the other tests use more of it")]
#[path = "support/terminal.rs"]
mod terminal;
#[expect(dead_code, reason = "the spool's own tests use more of it")]
#[path = "support/waiting.rs"]
mod waiting;

use std::fs;
use std::sync::Arc;

use probe_screen::{ENCODED, PASSWORD, at_the_keyboard, home, leave, probe, script, serve};
use terminal::Terminal;
use turbomail::smtp::script::Server;

/// A server that wants a login in clear.
fn strict() -> Server {
    let text = format!("auth_in_clear = true\naccounts = {{ tim = '{PASSWORD}' }}");
    Server::new(script(&text))
}

/// What was said to a server, without arguments.
fn verbs(server: &Server) -> Vec<String> {
    let all = server.journal().commands();
    all.iter()
        .filter_map(|(_, line)| line.split_ascii_whitespace().next())
        .map(str::to_ascii_uppercase)
        .collect()
}

fn count(server: &Server, verb: &str) -> usize {
    verbs(server).iter().filter(|one| *one == verb).count()
}

/// Goes to the field level of Compose and takes the next account, which is to be this one.
fn choose(terminal: &Terminal, name: &str) {
    terminal.press("1");
    terminal.wait_for("1 COMPOSE");
    terminal.wait_until("a level of Compose", |screen| {
        screen.contains("y review") || screen.contains("review & send")
    });
    if !terminal.screen().contains("y review") {
        terminal.press("\x1b");
        terminal.wait_for("y review");
    }
    let is_it = |screen: &str| screen.contains(&format!("account {name} "));
    for _ in 0..3 {
        let before = terminal.screen();
        terminal.press("n");
        terminal.wait_until("another account", |screen| screen != before);
        if is_it(&terminal.screen()) {
            return;
        }
    }
    terminal.wait_until(name, is_it);
}

/// Writes and sends a message, and waits until it was delivered.
fn send(terminal: &Terminal, subject: &str) {
    terminal.press("t");
    terminal.wait_until("typing", |screen| !screen.contains("y review"));
    waiting::send(terminal, subject);
    terminal.wait_for("3 Done 1");
}

/// From nothing at all to mail that was delivered: the host is typed, the password refused, put right and never written, and what
/// works is an account that Compose sends through in the same breath.
#[tokio::test]
async fn what_was_probed_and_saved_delivers_mail_at_once() {
    let server = strict();
    let port = serve("127.0.0.1:0", server.clone(), false).await;
    at_the_keyboard(move || {
        let terminal = probe(home(""));
        terminal.wait_for("Why does my smart host not take my mail?");
        terminal.paste(&format!("smtp://tim@127.0.0.1:{port}"));
        terminal.press("\t");
        terminal.wait_for("User tim");
        // The address is typed too, so that the account has an author.
        terminal.press("\t\t\t\t\tme@x.example");
        terminal.press("\r");
        terminal.wait_for("Password of tim at 127.0.0.1");
        terminal.press("mistaken\r");
        terminal.wait_for("a  type the password anew");
        terminal.press(&format!("a{PASSWORD}\r"));
        terminal.wait_for("all is well");
        terminal.press("s");
        terminal.wait_for("name of the account");
        terminal.press("mine\r");
        terminal.wait_for("Compose offers mine");
        choose(&terminal, "mine");
        send(&terminal, "Out at once");
        // What waits for it outlives the console.
        assert!(
            terminal
                .folder()
                .join(".local/state/turbomail/spool/new")
                .is_dir()
        );
        leave(terminal);
    })
    .await;
    assert_eq!(count(&server, "DATA") + count(&server, "BDAT"), 1);
}

/// A message on its way for another account is not touched by an account that comes.
#[tokio::test]
async fn an_account_that_comes_does_not_disturb_what_waits() {
    let server = Server::new(script(""));
    let port = serve("127.0.0.1:0", server.clone(), false).await;
    at_the_keyboard(move || {
        let config = "[account.work]\nfrom = \"me@x.example\"\nsmtp.server = \"127.0.0.1:1\"\nsmtp.security = \"none\"\n";
        let home = home(config);
        let terminal = Terminal::start_in(home, 30, 100, &[], &[]);
        terminal.wait_for("1 COMPOSE");
        waiting::send(&terminal, "Stuck");
        terminal.wait_for("2 QUEUE 1");
        terminal.press("4");
        terminal.wait_for("4 PROBE");
        // The account's host is there; its port is put right.
        terminal.press("\t\t\x15");
        terminal.press(&format!("{port}\r"));
        terminal.wait_for("all is well");
        terminal.press("s");
        terminal.wait_for("name of the account");
        terminal.press("right\r");
        terminal.wait_for("and Compose offers it");
        // Only this account is taken, whatever else the file says by now.
        let file = terminal.folder().join(".config/turbomail/config.toml");
        let kept = fs::read_to_string(&file).expect("a configuration");
        let spoilt = kept.replace("127.0.0.1:1\"", &format!("127.0.0.1:{port}\""));
        fs::write(&file, spoilt).expect("written");
        choose(&terminal, "right");
        send(&terminal, "Goes");
        terminal.wait_for("2 QUEUE 1");
        terminal.wait_for("Stuck");
        let mut terminal = terminal;
        waiting::leave_it_waiting(&mut terminal);
    })
    .await;
    assert_eq!(count(&server, "DATA") + count(&server, "BDAT"), 1);
}

/// Where another process delivers, mail for an account that it does not know would only lie there: that is said, and nothing lost.
#[tokio::test]
async fn a_guest_keeps_a_new_account_for_the_next_start() {
    let port = serve("127.0.0.1:0", Server::new(script("")), false).await;
    at_the_keyboard(move || {
        let config = "[account.work]\nfrom = \"me@x.example\"\nsmtp.server = \"127.0.0.1:1\"\n";
        let home = home(config);
        let first = Terminal::start_in(Arc::clone(&home), 30, 100, &[], &[]);
        first.wait_for("1 COMPOSE");
        let lock = home.path().join(".local/state/turbomail/spool/lock");
        // The holder's number is in it as soon as it is held.
        first.wait_until("the spool is taken", |_| {
            fs::read_to_string(&lock).is_ok_and(|held| !held.is_empty())
        });
        let guest = Terminal::start_in(Arc::clone(&home), 30, 100, &[], &[]);
        guest.wait_for("(console) delivers from this spool");
        guest.press("\x1b");
        guest.wait_for("y review");
        guest.press("4");
        guest.wait_for("4 PROBE");
        guest.press("\t\t\x15");
        guest.press(&format!("{port}\tn\r"));
        guest.wait_for("all is well");
        guest.press("s");
        guest.wait_for("name of the account");
        guest.press("later\r");
        guest.wait_for("later is saved, not yet usable: process");
        guest.wait_for("Start it anew, then");
        let file = home.path().join(".config/turbomail/config.toml");
        let kept = fs::read_to_string(file).expect("a configuration");
        assert!(kept.contains("[account.later.smtp]"), "{kept}");
        // It is as was said: with both left and one opened again it is there.
        leave(first);
        leave(guest);
        let again = Terminal::start_in(Arc::clone(&home), 30, 100, &[], &[]);
        again.wait_for("1 COMPOSE");
        choose(&again, "later");
        leave(again);
    })
    .await;
}

/// Two hosts, both families and a kept run, on real sockets; no login of one for the other.
#[tokio::test]
async fn runs_are_held_against_each_other() {
    let (first, second) = (strict(), strict());
    let (one, two) = (
        serve("127.0.0.1:0", first.clone(), false).await,
        serve("127.0.0.1:0", second.clone(), false).await,
    );
    at_the_keyboard(move || {
        let config = format!(
            "[account.work]\nfrom = \"me@x.example\"\n[account.work.smtp]\nserver = \"localhost:{one}\"\n\
             security = \"none\"\nuser = \"tim\"\npassword_command = \"echo {PASSWORD} | cat\"\n"
        );
        // The configuration has the password in it here, and is none of what is looked through at the end.
        let home = home(&config);
        let terminal = probe(Arc::clone(&home));
        terminal.press("=");
        terminal.wait_for("compare this run");
        terminal.press("o");
        terminal.wait_for("compare with the host");
        terminal.press(&format!("127.0.0.1:{two}\r"));
        terminal.wait_for(&format!("from localhost:{one} to 127.0.0.1:{two}"));
        terminal.wait_for("─ verdict");
        terminal.press("=");
        terminal.wait_for("compare this run");
        terminal.press("f");
        terminal.wait_for("from IPv4 to IPv6");
        terminal.wait_for("✓ IPv4");
        terminal.wait_for("✗ IPv6");
        // Another console knows the runs of both hosts.
        terminal.press("\x03");
        let mut terminal = terminal;
        assert!(terminal.wait_for_end().success());
        let terminal = probe(Arc::clone(&home));
        terminal.press("[");
        terminal.wait_for("A run of an earlier session");
        terminal.press("=");
        terminal.wait_for("compare this run");
        terminal.wait_for(&format!("127.0.0.1:{two} none"));
        terminal.press("G\r");
        terminal.wait_for("─ compared");
        terminal.press("\x03");
        let mut terminal = terminal;
        assert!(terminal.wait_for_end().success());
        let written = terminal.bytes();
        let shown = { written.windows(ENCODED.len()) }.any(|part| part == ENCODED.as_bytes());
        assert!(!shown, "a password was on the terminal");
    })
    .await;
    assert_eq!(
        count(&first, "AUTH"),
        2,
        "once for each walk that came there"
    );
    assert_eq!(count(&second, "AUTH"), 0, "the login is not for the other");
    assert_eq!(count(&second, "EHLO"), 1);
}

/// MX, SRV and address of a mail domain come from a real name server, through the console's own look-up.
#[tokio::test]
async fn a_mail_domain_is_found_by_a_real_name_server() {
    let relay = Server::new(script(""));
    let port = serve("127.0.0.1:0", relay.clone(), false).await;
    let Some(names) = server::NameServer::start(&[
        format!("srv-host=_submission._tcp.example.test,mail.example.test,{port},0,1"),
        "host-record=mail.example.test,127.0.0.1".to_owned(),
        format!("srv-host=_submission._tcp.away.test,mail.example.test,{port},0,1"),
    ]) else {
        return;
    };
    let at = names.address;
    at_the_keyboard(move || {
        let home = home(&format!("[probe]\nresolver = \"{at}\"\n"));
        let terminal = probe(home);
        terminal.wait_for("Why does my smart host not take my mail?");
        terminal.press("example.test\r");
        terminal.wait_for("Host mail.example.test");
        terminal.wait_for(&format!("Port {port}"));
        terminal.wait_for("its submission server by SRV");
        // The record says STARTTLS, which this server has not.
        terminal.wait_for("✗ starttls");
        // There is no such name.
        terminal.press("\t\x01\x0bnobody.test\r");
        terminal.wait_for("✗ resolve");
        terminal.wait_for("nobody.test");
        // The addresses of a host, and the other host of a comparison, are asked of the same server.
        terminal.press("\t\x01\x0bmail.example.test\t\x01\x0b");
        terminal.press(&format!("{port}\tn\r"));
        terminal.wait_for("all is well");
        terminal.press("=");
        terminal.wait_for("compare this run");
        terminal.press("o");
        terminal.wait_for("compare with the host");
        terminal.press("example.test\r");
        terminal.wait_for("─ compared");
        terminal.wait_for("starttls was not met before");
        // Another domain's server is found too, and no login goes there.
        terminal.paste("me@away.test");
        terminal.wait_for("Host me@away.test");
        terminal.press("\r");
        terminal.wait_for("not said here");
        terminal.wait_for("outside the domain");
        terminal.wait_for("✗ starttls");
        leave(terminal);
    })
    .await;
    assert_eq!(count(&relay, "EHLO"), 5, "{:?}", verbs(&relay));
    assert_eq!(count(&relay, "AUTH"), 0);
}
