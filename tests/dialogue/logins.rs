//! Logins over the wire: every mechanism with a server that checks it, channel binding, tokens, and one refusal at a time.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use turbomail::mail::sasl::Sasl;
use turbomail::mail::smarthost::{Credentials, Secret, SmartHost};
use turbomail::mailer::{Account, Leaving, Mailer, Terms};
use turbomail::smtp::script::{Script, Server};
use turbomail::transport::contract::Transport;
use turbomail::transport::smtp::Smtp;

use crate::support::certificates::Authority;
use crate::support::parcels::{Collector, parcel, transcript};
use crate::support::relay::{Mode, Relay};

const PASSWORD: &str = "tanstaaf, tanstaaf = ü";

fn script(more: &str) -> Script {
    let text = format!(
        "auth_in_clear = true\nauth_required = true\naccounts = {{ 'tim,=' = '{PASSWORD}' }}\n{more}"
    );
    text.parse().expect("a script")
}

fn with(mut host: SmartHost, secret: Secret) -> SmartHost {
    host.credentials = Some(Credentials {
        user: "tim,=".to_owned(),
        secret,
    });
    host
}

/// Sends one message over this transport; what came of it and what was said.
async fn send(transport: &Smtp) -> (String, String) {
    let parcel = parcel("me@x.example", &["you@x.example"], b"Subject: x\r\n\r\n");
    let collector = Collector::default();
    let mut carrier = transport.carrier();
    carrier.deliver(vec![parcel.clone()], &collector).await;
    carrier.close().await;
    (collector.words(&parcel).join(" "), transcript(&parcel))
}

fn logins(relay: &Relay) -> usize {
    let commands = relay.journal().commands();
    let auth = commands.iter().filter(|(_, text)| text.starts_with("AUTH"));
    auth.count()
}

#[tokio::test]
async fn every_mechanism_works_and_a_wrong_password_does_not() {
    for sasl in Sasl::ALL.into_iter().filter(|sasl| *sasl != Sasl::External) {
        for mode in [Mode::Plain, Mode::StartTls, Mode::Tls] {
            let bound = sasl.name().ends_with("-PLUS");
            if bound && mode == Mode::Plain {
                continue;
            }
            let script = script(&format!("mechanisms = ['{sasl}']"));
            let relay = Relay::start(script, mode).await;
            for (password, expected) in [
                (PASSWORD, "delivered"),
                // Decomposed, as some keyboards write it: the same password.
                ("tanstaaf, tanstaaf = u\u{308}", "delivered"),
                ("wrong", "trouble auth 535"),
            ] {
                if sasl.is_bearer() && password.contains('\u{308}') {
                    continue;
                }
                let secret = Secret::Value(SecretString::from(password));
                let mut host = with(relay.host(), secret);
                host.auth = Some(sasl);
                let (words, said) = send(&Smtp::new(host)).await;
                assert!(
                    words.starts_with(expected),
                    "{sasl} {mode:?} {words}\n{said}"
                );
                assert!(said.contains(&format!("AUTH {sasl}")), "{said}");
                // The server's signature, `v=` in base64, would let others try passwords.
                assert!(!said.contains("334 dj"), "{said}");
                if sasl.is_bearer() && expected.starts_with("trouble") {
                    assert!(words.contains("status 401") && words.contains("scope https"));
                    assert!(said.contains("Note: the token is refused"), "{said}");
                }
            }
        }
    }
}

#[tokio::test]
async fn the_best_of_what_is_offered_is_taken_and_bound_to_the_channel() {
    let all = "mechanisms = ['LOGIN', 'PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-256-PLUS', 'CRAM-MD5']";
    for (mode, best) in [
        (Mode::Plain, "SCRAM-SHA-256 "),
        (Mode::StartTls, "SCRAM-SHA-256-PLUS "),
        (Mode::Tls, "SCRAM-SHA-256-PLUS "),
    ] {
        let relay = Relay::start(script(all), mode).await;
        let host = with(relay.host(), Secret::Value(PASSWORD.into()));
        let (words, said) = send(&Smtp::new(host)).await;
        assert!(words.starts_with("delivered"), "{words}\n{said}");
        assert!(said.contains(&format!("AUTH {best}")), "{said}");
        assert_eq!(logins(&relay), 1, "{said}");
    }
}

#[tokio::test]
async fn a_binding_that_the_server_does_not_know_is_left_out() {
    let script = script("mechanisms = ['SCRAM-SHA-256', 'SCRAM-SHA-256-PLUS']");
    let old = |authority: &Authority| authority.old_server(&["127.0.0.1"]).0;
    let relay = Relay::with_certificate(script, Mode::Tls, old).await;
    let host = with(relay.host(), Secret::Value(PASSWORD.into()));
    let (words, said) = send(&Smtp::new(host)).await;
    assert!(words.starts_with("delivered"), "{words}\n{said}");
    assert!(said.contains("unsupported-channel-binding-type"), "{said}");
    assert!(said.contains("AUTH SCRAM-SHA-256 "), "{said}");
}

#[tokio::test]
async fn before_tls_1_3_the_login_is_bound_to_the_server_s_certificate() {
    for sasl in [
        Sasl::ScramSha1Plus,
        Sasl::ScramSha256Plus,
        Sasl::ScramSha512Plus,
    ] {
        for mode in [Mode::StartTls, Mode::Tls] {
            for (is_its_own, expected) in [(true, "delivered"), (false, "trouble auth 535")] {
                let script = script(&format!("mechanisms = ['{sasl}']"));
                let relay = Relay::with_server(mode, |authority| {
                    let (acceptor, mut hash) = authority.old_server(&["127.0.0.1"]);
                    // Somebody in the middle shows another certificate than the one that the server knows.
                    hash[0] ^= u8::from(!is_its_own);
                    Server::with_end_point(script, acceptor, hash)
                })
                .await;
                let host = with(relay.host(), Secret::Value(PASSWORD.into()));
                let (words, said) = send(&Smtp::new(host)).await;
                assert!(words.starts_with(expected), "{sasl} {words}\n{said}");
                assert!(said.contains("TLS 1.2"), "{said}");
                assert!(said.contains(&format!("AUTH {sasl} ")), "{said}");
                let refused = words.contains("channel-bindings-dont-match");
                assert_eq!(refused, !is_its_own, "{words}");
                assert_eq!(logins(&relay), 1, "{said}");
            }
        }
    }
}

#[tokio::test]
async fn passwords_of_all_kinds_arrive_and_one_with_a_nul_is_never_sent() {
    for (typed, stored) in [
        (" in front and behind ", " in front and behind "),
        ("пароль 漢字 🔑", "пароль 漢字 🔑"),
        // SASLprep: another kind of space is a space, and a soft hyphen is nothing (RFC 4013 §2.1).
        ("non\u{a0}breaking", "non breaking"),
        ("so\u{ad}ft", "soft"),
        ("\u{fb01}ne", "fine"),
        ("=,\"\\'`$%", "=,\"\\'`$%"),
    ] {
        for sasl in [Sasl::Plain, Sasl::Login, Sasl::CramMd5, Sasl::ScramSha256] {
            let mut table = toml::Table::new();
            let accounts = toml::Table::from_iter([("tim,=".to_owned(), stored.into())]);
            table.insert("accounts".to_owned(), accounts.into());
            table.insert("mechanisms".to_owned(), vec![sasl.name()].into());
            let relay = Relay::start(Script::try_from(table).expect("a script"), Mode::Tls).await;
            let host = with(relay.host(), Secret::Value(typed.into()));
            let (words, said) = send(&Smtp::new(host)).await;
            assert!(
                words.starts_with("delivered"),
                "{sasl} {typed:?} {words}\n{said}"
            );
            for secret in [typed, stored] {
                assert!(!said.contains(secret.trim()), "{said}");
            }
        }
    }
    for sasl in Sasl::ALL.into_iter().filter(|sasl| *sasl != Sasl::External) {
        let relay = Relay::start(script(&format!("mechanisms = ['{sasl}']")), Mode::Tls).await;
        let mut host = with(relay.host(), Secret::Value("half\0other".into()));
        host.auth = Some(sasl);
        let (words, said) = send(&Smtp::new(host)).await;
        assert!(
            words.starts_with("trouble auth") && words.contains("NUL"),
            "{words}"
        );
        assert_eq!(logins(&relay), 0, "{said}");
        assert!(!said.contains("half"), "{said}");
    }
}

#[tokio::test]
async fn an_offer_that_was_taken_out_on_the_way_is_noticed() {
    // The server offers a binding; what the client sees does not.
    let ehlo = "reply = { say = ['250-script.example', '250 AUTH SCRAM-SHA-256'] }";
    let more = format!(
        "mechanisms = ['SCRAM-SHA-256', 'SCRAM-SHA-256-PLUS']\n[[rule]]\non = 'ehlo'\n{ehlo}"
    );
    let relay = Relay::start(script(&more), Mode::Tls).await;
    let host = with(relay.host(), Secret::Value(PASSWORD.into()));
    let (words, said) = send(&Smtp::new(host)).await;
    assert!(words.starts_with("trouble auth 535"), "{words}\n{said}");
    assert!(
        words.contains("server-does-support-channel-binding"),
        "{words}"
    );
}

#[tokio::test]
async fn a_refused_login_is_not_tried_again_by_any_connection_until_forgiven() {
    let relay = Relay::start(
        script("mechanisms = ['PLAIN', 'LOGIN', 'CRAM-MD5']"),
        Mode::Tls,
    )
    .await;
    let wrong = Secret::Value(SecretString::from("wrong"));
    let transport = Smtp::new(with(relay.host(), wrong));
    let (first, _) = send(&transport).await;
    assert_eq!(logins(&relay), 1, "not by another mechanism either");
    for _ in 0..3 {
        let (again, said) = send(&transport).await;
        assert_eq!(first, again);
        assert!(
            said.contains("no login: the last one was refused"),
            "{said}"
        );
    }
    let together = futures_util::future::join_all((0..4).map(|_| send(&transport)));
    for (words, _) in together.await {
        assert_eq!(words, first);
    }
    assert_eq!(logins(&relay), 1);
    transport.forgive();
    assert_eq!(send(&transport).await.0, first);
    assert_eq!(logins(&relay), 2);
}

#[tokio::test]
async fn connections_that_open_together_are_refused_once() {
    let relay = Relay::start(script("mechanisms = ['PLAIN']"), Mode::Plain).await;
    let wrong = Secret::Value(SecretString::from("wrong"));
    let transport = Smtp::new(with(relay.host(), wrong));
    let together = futures_util::future::join_all((0..8).map(|_| send(&transport)));
    for (words, _) in together.await {
        assert!(words.starts_with("trouble auth 535"), "{words}");
    }
    assert_eq!(logins(&relay), 1);
}

#[cfg(unix)]
#[tokio::test]
async fn a_token_is_kept_and_fetched_anew_when_it_is_refused() {
    let more = "mechanisms = ['XOAUTH2']\n[[rule]]\non = 'auth'\nturns = ['default', 'default', '535 5.7.8 Expired', 'default', '535 5.7.8 Not you']";
    let relay = Relay::start(script(more), Mode::Tls).await;
    let folder = tempfile::tempdir().expect("a folder");
    let (count, token) = (folder.path().join("count"), folder.path().join("token"));
    std::fs::write(&token, PASSWORD).expect("written");
    let command = format!("echo run >> {}; cat {}", count.display(), token.display());
    let runs = || std::fs::read_to_string(&count).map_or(0, |text| text.lines().count());
    let transport = Smtp::new(with(relay.host(), Secret::Token(command)));
    for _ in 0..2 {
        let (words, said) = send(&transport).await;
        assert!(words.starts_with("delivered"), "{words}\n{said}");
    }
    assert_eq!((runs(), logins(&relay)), (1, 2), "kept between connections");
    // Refused after it was good: the command is asked, but the same token is not tried twice.
    let (words, said) = send(&transport).await;
    assert!(words.starts_with("trouble auth 535"), "{words}\n{said}");
    assert_eq!((runs(), logins(&relay)), (2, 3));
    transport.forgive();
    let (words, _) = send(&transport).await;
    assert!(words.starts_with("delivered"), "{words}");
    assert_eq!((runs(), logins(&relay)), (3, 4));
    // The next refusal finds another token, and that one is tried at once on the same connection. It is no better.
    std::fs::write(&token, "another").expect("written");
    let (words, said) = send(&transport).await;
    assert!(words.starts_with("trouble auth 535"), "{words}\n{said}");
    assert!(said.contains("given another"), "{said}");
    assert_eq!((runs(), logins(&relay)), (4, 6));
    let (_, said) = send(&transport).await;
    assert!(said.contains("no login"), "{said}");
    assert_eq!((runs(), logins(&relay)), (4, 6));
}

#[cfg(unix)]
#[tokio::test]
async fn a_password_file_is_read_where_it_is_one_s_own() {
    use std::os::unix::fs::PermissionsExt;
    let relay = Relay::start(script(""), Mode::Tls).await;
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), format!("{PASSWORD}\n")).expect("written");
    let transport = || Smtp::new(with(relay.host(), Secret::File(file.path().to_owned())));
    assert!(send(&transport()).await.0.starts_with("delivered"));
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(file.path(), open).expect("changed");
    let (words, _) = send(&transport()).await;
    assert!(
        words.starts_with("trouble auth") && words.contains("chmod 600"),
        "{words}"
    );
    assert_eq!(logins(&relay), 1);
}

#[cfg(unix)]
#[tokio::test]
async fn a_command_is_not_run_while_no_login_may_be_tried() {
    let relay = Relay::start(script(""), Mode::Tls).await;
    let folder = tempfile::tempdir().expect("a folder");
    let count = folder.path().join("count");
    let command = format!("echo run >> {}; echo wrong", count.display());
    let transport = Smtp::new(with(relay.host(), Secret::Command(command)));
    let (words, _) = send(&transport).await;
    assert!(words.starts_with("trouble auth 535"), "{words}");
    assert_eq!(send(&transport).await.0, words);
    let runs = std::fs::read_to_string(&count).expect("it ran");
    assert_eq!((runs.lines().count(), logins(&relay)), (1, 1));
}

#[tokio::test]
async fn a_person_who_resumes_the_host_has_the_login_tried_again() {
    let relay = Relay::start(script(""), Mode::Tls).await;
    let wrong = Secret::Value(SecretString::from("wrong"));
    let transport = Arc::new(Smtp::new(with(relay.host(), wrong)));
    let mailer = Mailer::builder()
        .account(Account::new("work", transport))
        .build()
        .expect("a mailer");
    let parcel = parcel("me@x.example", &["you@x.example"], b"Subject: x\r\n\r\n");
    let message = turbomail::mail::message::Message::clone(&parcel.message);
    let receipt = mailer
        .send_message("work", message, Terms::default())
        .await
        .expect("taken");
    receipt.attempted().await.expect("an attempt");
    for (times, by_route) in [(2, true), (3, false)] {
        let until = tokio::time::Instant::now() + Duration::from_secs(30);
        if by_route {
            assert!(mailer.resume_route("work"));
        } else {
            mailer.retry_now(receipt.id).expect("not running");
        }
        while logins(&relay) < times || mailer.snapshot().routes.values().any(|r| r.sending > 0) {
            assert!(tokio::time::Instant::now() < until, "no login");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(logins(&relay), times);
    }
    let leaving = Leaving {
        drain: false,
        deadline: Duration::ZERO,
    };
    mailer.close(leaving).await;
}
