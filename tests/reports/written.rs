//! What stands in a report, word for word.

use turbomail::compose::report::About;
use turbomail::mail::dsn::{Dsn, Return};
use turbomail::mail::message::Message;
use turbomail::mail::outcome::{Cause, Failure};
use turbomail::mail::parcel::Verdict;
use turbomail::mail::stage::Stage;

use crate::entries::{AUTHOR, Life, delivered, message, refused, uncertain};

fn text(report: &Message) -> String {
    let text = String::from_utf8(report.octets().to_vec()).expect("UTF-8");
    text.replace("\r\n ", " ")
}

/// The value of a field, wherever it stands.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let prefix = format!("{name}: ");
    text.lines().find_map(|line| line.strip_prefix(&prefix))
}

#[test]
fn a_refusal_is_told_in_the_servers_own_words() {
    let life = Life::of(message(
        AUTHOR,
        "bob@example.org, ann@example.org",
        "Lunch?",
    ))
    .settle(vec![refused(550, "5.1.1 No such user here"), delivered()]);
    let report = life.failed(Return::Headers);
    assert_eq!(report.envelope.reverse_path, None);
    assert_eq!(report.envelope.recipients, [AUTHOR.parse().expect("valid")]);
    assert!(!report.eight_bit);
    let text = text(&report);
    for (name, value) in [
        ("From", "TurboMail <mailer-daemon@example.com>"),
        ("To", AUTHOR),
        ("Subject", "Not delivered: Lunch?"),
        ("Auto-Submitted", "auto-replied"),
        ("Reporting-MTA", "dns; example.com"),
        ("Final-Recipient", "rfc822; bob@example.org"),
        ("Action", "failed"),
        ("Status", "5.1.1"),
        ("Remote-MTA", "dns; relay.example.net"),
        ("Diagnostic-Code", "smtp; 550 5.1.1 No such user here"),
    ] {
        assert_eq!(field(&text, name), Some(value), "{text}");
    }
    let original = &life.entry().message;
    assert_eq!(
        field(&text, "In-Reply-To"),
        Some(original.message_id.as_str())
    );
    assert_eq!(
        field(&text, "References"),
        Some(original.message_id.as_str())
    );
    assert_eq!(
        field(&text, "Original-Envelope-Id"),
        None,
        "nobody asked for one"
    );
    assert_eq!(field(&text, "Will-Retry-Until"), None);
    for words in [
        "could not be delivered to this address",
        "relay.example.net said: 550 5.1.1 No such user here",
        "Tried once on 2026-11-21 15:00 UTC.",
        "The other recipient was reached.",
        "Content-Type: text/rfc822-headers",
        "Subject: Lunch?",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
    assert!(!text.contains("ann@example.org\r\n    "), "{text}");
    assert!(
        !text.contains("\r\nHello\r\n"),
        "the body was not asked for"
    );
}

#[test]
fn what_expired_is_told_with_the_last_words_and_with_all_of_the_message() {
    let life = Life::of(message(AUTHOR, "bob@example.org", "Lunch?"))
        .settle(vec![refused(451, "4.7.1 Greylisted")])
        .settle(vec![uncertain()])
        .settle(vec![refused(451, "4.7.1 Greylisted still")])
        .expire();
    let text = text(&life.failed(Return::Full));
    assert_eq!(field(&text, "Status"), Some("4.4.7"));
    assert_eq!(
        field(&text, "Diagnostic-Code"),
        Some("smtp; 451 4.7.1 Greylisted still")
    );
    assert!(
        text.contains("Tried 3 times, last on 2026-11-21 21:00 UTC."),
        "{text}"
    );
    assert!(
        text.contains("has been tried for 1d9h and is given up"),
        "{text}"
    );
    assert!(text.contains("it may have arrived all the same"), "{text}");
    assert!(text.contains("Content-Type: message/rfc822\r\n"), "{text}");
    assert!(text.contains("\r\nHello\r\n"), "{text}");
}

#[test]
fn a_delay_says_until_when_it_is_tried_and_what_is_wrong_with_the_host() {
    let trouble = Failure::new(Stage::Connect, Cause::Io("connection refused".into()));
    let mut one = message(AUTHOR, "bob@example.org", "Lunch?");
    one.envelope.dsn = Some(Dsn {
        envid: Some("QQ 314".to_owned()),
        ..Dsn::default()
    });
    let life = Life::of(one).attempt(Verdict::HostTrouble(trouble));
    assert!(life.report(About::Failed, Return::Full).is_none());
    let report = life.report(About::Delayed, Return::Full).expect("a report");
    let text = text(&report);
    assert_eq!(report.subject, "Not yet delivered: Lunch?");
    assert_eq!(field(&text, "Original-Envelope-Id"), Some("QQ 314"));
    assert_eq!(
        field(&text, "Original-Recipient"),
        Some("rfc822; bob@example.org")
    );
    assert_eq!(field(&text, "Action"), Some("delayed"));
    assert_eq!(field(&text, "Status"), Some("4.4.1"));
    assert_eq!(
        field(&text, "Diagnostic-Code"),
        Some("x-turbomail; connect: connection refused")
    );
    assert!(field(&text, "Will-Retry-Until").is_some_and(|until| until.contains("22 Nov 2026")));
    assert!(
        text.contains("will be tried until 2026-11-22 12:00 UTC"),
        "{text}"
    );
    assert!(
        text.contains("relay.example.net: connect: connection refused"),
        "{text}"
    );
    assert!(
        !text.contains("\r\nHello\r\n"),
        "a delay brings back the header alone"
    );
}

#[test]
fn nobody_is_told_who_does_not_want_to_be() {
    let refusal = || vec![refused(550, "5.1.1 no")];
    for (notify, wanted) in [
        ("never", false),
        ("success,delay", false),
        ("failure", true),
    ] {
        let mut one = message(AUTHOR, "bob@example.org", "x");
        one.envelope.dsn = Some(Dsn {
            notify: notify.parse().ok(),
            ..Dsn::default()
        });
        let life = Life::of(one).settle(refusal());
        assert_eq!(
            life.report(About::Failed, Return::Full).is_some(),
            wanted,
            "{notify}"
        );
    }
    let mut notification = message(AUTHOR, "bob@example.org", "x");
    notification.envelope.reverse_path = None;
    let life = Life::of(notification).settle(refusal());
    assert!(
        life.report(About::Failed, Return::Full).is_none(),
        "no report on a report"
    );
    let fine = Life::of(message(AUTHOR, "bob@example.org", "x")).settle(vec![delivered()]);
    assert!(fine.report(About::Failed, Return::Full).is_none());
}

#[test]
fn what_was_too_large_or_not_fit_does_not_come_back_whole() {
    let too_large = vec![refused(552, "5.3.4 too large")];
    let unfit = vec![Failure::local(Stage::Mail, "the server does not take 8-bit mail").into()];
    for outcomes in [too_large, unfit] {
        let life = Life::of(message(AUTHOR, "bob@example.org", "x")).settle(outcomes);
        let text = text(&life.failed(Return::Full));
        assert!(text.contains("Content-Type: text/rfc822-headers"), "{text}");
    }
    // What the message itself asks for goes before what the account wants.
    let mut own = message(AUTHOR, "bob@example.org", "x");
    own.envelope.dsn = Some(Dsn {
        ret: Some(Return::Headers),
        ..Dsn::default()
    });
    let life = Life::of(own).settle(vec![refused(550, "no")]);
    let text = text(&life.failed(Return::Full));
    assert!(text.contains("Content-Type: text/rfc822-headers"), "{text}");
    assert_eq!(field(&text, "Status"), Some("5.0.0"));
}

#[test]
fn addresses_beyond_ascii_have_forms_of_their_own() {
    let to = "jürgen@bücher.example, info@bücher.example";
    let refusals = || vec![refused(550, "5.1.1 kein Gerät für é"); 2];
    let life = Life::of(message(AUTHOR, to, "x")).settle(refusals());
    let report = life.failed(Return::Headers);
    assert!(
        !report.eight_bit,
        "an author with ASCII can be told in ASCII"
    );
    let ascii = text(&report);
    assert!(
        ascii.contains("Final-Recipient: utf-8; j\\x{FC}rgen@b\\x{FC}cher.example"),
        "{ascii}"
    );
    assert!(
        ascii.contains("Final-Recipient: rfc822; info@xn--bcher-kva.example"),
        "{ascii}"
    );
    assert!(ascii.contains("kein Ger\\u{e4}t"), "{ascii}");
    assert!(
        ascii.contains("Content-Type: message/global-headers"),
        "{ascii}"
    );

    let life = Life::of(message("grüße@example.com", to, "x")).settle(refusals());
    let report = life.failed(Return::Full);
    assert!(report.eight_bit && report.needs_smtputf8());
    let global = text(&report);
    assert!(
        global.contains("Content-Type: message/global-delivery-status"),
        "{global}"
    );
    assert!(
        global.contains("Final-Recipient: utf-8; jürgen@bücher.example"),
        "{global}"
    );
    assert!(
        global.contains("Content-Type: message/global\r\n"),
        "{global}"
    );
}
