//! One broken server after another, in clear, over STARTTLS and over TLS: where the walk ends, and in which words.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use turbomail::mail::stage::Stage;
use turbomail::probe::walk::{Plan, Verdict};
use turbomail::smtp::script::Script;

use crate::relay::{Mode, Relay};
use crate::{walked, with_login};

/// How long each stage may take here.
const LIMIT: Duration = Duration::from_millis(700);

/// The server's fault, the ways in which it is met (p, s, t), where the walk ends, and words that must be there.
type Case = (
    &'static str,
    &'static str,
    &'static str,
    Stage,
    &'static str,
);

const RULE: &str = "auth_in_clear = true\naccounts = { tim = 'kanarien-Vogel+7' }\n[[rule]]\n";

const GREETING: &[Case] = &[
    (
        "refuses",
        "pst",
        "on = 'connect'\nreply = '554 5.3.2 Not today'",
        Stage::Greeting,
        "554 5.3.2 Not today",
    ),
    (
        "is busy",
        "pst",
        "on = 'connect'\nreply = { say = '421 4.7.0 Busy', then = 'close' }",
        Stage::Greeting,
        "421",
    ),
    (
        "is silent",
        "pst",
        "on = 'connect'\nreply = { silent = true, then = 'silence' }",
        Stage::Greeting,
        "no answer for 0.7 s",
    ),
    (
        "closes",
        "pst",
        "on = 'connect'\nreply = { silent = true, then = 'close' }",
        Stage::Greeting,
        "closed the connection",
    ),
    (
        "resets",
        "ps",
        "on = 'connect'\nreply = { silent = true, delay = 100, then = 'reset' }",
        Stage::Greeting,
        "closed the connection",
    ),
    (
        "speaks HTTP",
        "pst",
        r"on = 'connect'
reply = { raw = 'HTTP/1.1 400 Bad Request\r\n\r\n', then = 'close' }",
        Stage::Greeting,
        "HTTP",
    ),
    (
        "speaks SSH",
        "ps",
        r"on = 'connect'
reply = { raw = 'SSH-2.0-OpenSSH_9.6\r\n' }",
        Stage::Greeting,
        "SSH",
    ),
    (
        "speaks IMAP",
        "pst",
        r"on = 'connect'
reply = { raw = '* OK [CAPABILITY IMAP4rev1] ready\r\n' }",
        Stage::Greeting,
        "IMAP",
    ),
    (
        "speaks POP3",
        "pst",
        r"on = 'connect'
reply = { raw = '+OK POP3 ready\r\n' }",
        Stage::Greeting,
        "POP3",
    ),
    (
        "sends a TLS alert",
        "ps",
        r"on = 'connect'
reply = { raw = '\x15\x03\x01\x00\x02\x02\x28' }",
        Stage::Greeting,
        "security = tls",
    ),
    (
        "sends octets",
        "ps",
        r"on = 'connect'
reply = { raw = 'J\x00\x00\x00\x0a8.0.36\x00', then = 'close' }",
        Stage::Greeting,
        "",
    ),
    (
        "has four digits",
        "pst",
        "on = 'connect'\nreply = '2200 mx'",
        Stage::Greeting,
        "no SMTP reply",
    ),
    (
        "says what is no reply",
        "pst",
        "on = 'connect'\nreply = 'OK fine'",
        Stage::Greeting,
        "no SMTP reply",
    ),
    (
        "says 150",
        "pst",
        "on = 'connect'\nreply = '150 wait'",
        Stage::Greeting,
        "code that SMTP does not have",
    ),
    (
        "never ends its line",
        "pst",
        "on = 'connect'\nreply = { raw = '220 mx', then = 'silence' }",
        Stage::Greeting,
        "no answer",
    ),
    (
        "drips",
        "p",
        "on = 'connect'\nreply = { say = '220 a greeting that never comes to its end', drip = 60 }",
        Stage::Greeting,
        "no answer",
    ),
    (
        "greets twice",
        "pst",
        r"on = 'connect'
reply = { raw = '220 one\r\n220 two\r\n' }",
        Stage::Greeting,
        "more than one reply",
    ),
    (
        "closes half a line",
        "pst",
        "on = 'connect'\nreply = { raw = '220-mx', then = 'close' }",
        Stage::Greeting,
        "closed",
    ),
];

const HELLO: &[Case] = &[
    (
        "is an FTP server",
        "pst",
        "on = 'any'\nmatch = '*client.example'\nreply = '530 Log in with USER first'",
        Stage::Hello,
        "USER first",
    ),
    (
        "does not like the name",
        "pst",
        "on = 'ehlo'\nreply = '550 5.7.1 Helo command rejected: need a full name'",
        Stage::Hello,
        "full name",
    ),
    (
        "has had enough",
        "pst",
        "on = 'ehlo'\nreply = { say = '421 4.7.0 Too many connections', then = 'close' }",
        Stage::Hello,
        "421",
    ),
    (
        "knows no EHLO",
        "pst",
        "on = 'ehlo'\nreply = '502 5.5.1 What?'",
        Stage::Hello,
        "502",
    ),
    (
        "is silent at EHLO",
        "pst",
        "on = 'ehlo'\nreply = { silent = true, then = 'silence' }",
        Stage::Hello,
        "no answer",
    ),
    (
        "closes at EHLO",
        "pst",
        "on = 'ehlo'\nreply = { silent = true, then = 'close' }",
        Stage::Hello,
        "closed",
    ),
    (
        "has two codes",
        "pst",
        r"on = 'ehlo'
reply = { raw = '250-a\r\n251 b\r\n' }",
        Stage::Hello,
        "two codes",
    ),
    (
        "fails at the second EHLO",
        "s",
        "on = 'ehlo'\nsecure = true\nreply = '554 5.0.0 Not again'",
        Stage::Hello,
        "Not again",
    ),
];

const TLS: &[Case] = &[
    (
        "refuses STARTTLS for now",
        "s",
        "on = 'starttls'\nreply = '454 4.7.0 Not now'",
        Stage::StartTls,
        "454",
    ),
    (
        "refuses STARTTLS",
        "s",
        "on = 'starttls'\nreply = '502 5.5.1 No such thing'",
        Stage::StartTls,
        "502",
    ),
    (
        "takes STARTTLS for NOOP",
        "s",
        "on = 'starttls'\nreply = '250 fine'",
        Stage::StartTls,
        "220 was due",
    ),
    (
        "is silent at STARTTLS",
        "s",
        "on = 'starttls'\nreply = { silent = true, then = 'silence' }",
        Stage::StartTls,
        "no answer",
    ),
    (
        "closes at STARTTLS",
        "s",
        "on = 'starttls'\nreply = { silent = true, then = 'close' }",
        Stage::StartTls,
        "closed",
    ),
    (
        "has text injected",
        "s",
        r"on = 'starttls'
reply = { extra = '250 injected\r\n' }",
        Stage::StartTls,
        "more than one reply",
    ),
    (
        "goes on in clear",
        "t",
        r"on = 'tls'
reply = { raw = '220 mx.example ESMTP\r\n' }",
        Stage::Tls,
        "plain text",
    ),
    (
        "goes on in clear behind its 220",
        "s",
        r"on = 'tls'
reply = { raw = '250 no handshake here\r\n' }",
        Stage::StartTls,
        "more than one reply",
    ),
    (
        "stalls",
        "st",
        "on = 'tls'\nreply = { silent = true, then = 'silence' }",
        Stage::Tls,
        "no answer",
    ),
    (
        "closes in the handshake",
        "st",
        "on = 'tls'\nreply = { silent = true, then = 'close' }",
        Stage::Tls,
        "closed",
    ),
    (
        "is too old",
        "t",
        r"on = 'tls'
reply = { raw = '\x15\x03\x01\x00\x02\x02\x46' }",
        Stage::Tls,
        "too old",
    ),
    (
        "has no cipher",
        "t",
        r"on = 'tls'
reply = { raw = '\x15\x03\x03\x00\x02\x02\x28' }",
        Stage::Tls,
        "cipher",
    ),
    (
        "serves another name",
        "t",
        r"on = 'tls'
reply = { raw = '\x15\x03\x03\x00\x02\x02\x70' }",
        Stage::Tls,
        "tls_name",
    ),
];

const AUTH: &[Case] = &[
    (
        "refuses the password",
        "pst",
        "on = 'auth'\nreply = '535 5.7.8 Wrong'",
        Stage::Auth,
        "535 5.7.8 Wrong",
    ),
    (
        "wants another password",
        "pst",
        "on = 'auth'\nreply = '534 5.7.9 Application-specific password required'",
        Stage::Auth,
        "Application-specific",
    ),
    (
        "cannot say now",
        "pst",
        "on = 'auth'\nreply = '454 4.7.0 Later'",
        Stage::Auth,
        "454",
    ),
    (
        "throws out",
        "pst",
        "on = 'auth'\nreply = { say = '421 4.7.0 Too many', then = 'close' }",
        Stage::Auth,
        "421",
    ),
    (
        "is silent at AUTH",
        "pst",
        "on = 'auth'\nreply = { silent = true, then = 'silence' }",
        Stage::Auth,
        "no answer",
    ),
    (
        "closes at AUTH",
        "pst",
        "on = 'auth'\nreply = { silent = true, then = 'close' }",
        Stage::Auth,
        "closed",
    ),
    (
        "offers what it does not know",
        "pst",
        "on = 'auth'\nreply = '504 5.5.4 Not known'",
        Stage::Auth,
        "504",
    ),
    (
        "repeats the password",
        "pst",
        "on = 'auth'\nreply = '535 5.7.8 The password a2FuYXJpZW4tVm9nZWwrNw== (kanarien-Vogel+7) is wrong'",
        Stage::Auth,
        "535",
    ),
];

const ENVELOPE: &[Case] = &[
    (
        "refuses the sender",
        "pst",
        "on = 'mail'\nreply = '550 5.7.1 Not yours'",
        Stage::Mail,
        "Not yours",
    ),
    (
        "defers the sender",
        "pst",
        "on = 'mail'\nreply = '451 4.3.0 Later'",
        Stage::Mail,
        "451",
    ),
    (
        "wants a login",
        "pst",
        "on = 'mail'\nreply = '530 5.7.0 Authentication required'",
        Stage::Mail,
        "530",
    ),
    (
        "is out of order",
        "pst",
        "on = 'mail'\nreply = '503 5.5.1 Bad sequence'",
        Stage::Mail,
        "503",
    ),
    (
        "leaves at MAIL",
        "pst",
        "on = 'mail'\nreply = { say = '421 4.4.2 Bye', then = 'close' }",
        Stage::Mail,
        "421",
    ),
    (
        "is silent at MAIL",
        "pst",
        "on = 'mail'\nreply = { silent = true, then = 'silence' }",
        Stage::Mail,
        "no answer",
    ),
    (
        "closes at MAIL",
        "pst",
        "on = 'mail'\nreply = { silent = true, then = 'close' }",
        Stage::Mail,
        "closed",
    ),
    (
        "asks for content at MAIL",
        "p",
        "on = 'mail'\nreply = '354 Go on'",
        Stage::Mail,
        "250 was due",
    ),
    (
        "knows no such user",
        "pst",
        "on = 'rcpt'\nreply = '550 5.1.1 No such user'",
        Stage::Rcpt,
        "No such user",
    ),
    (
        "does not relay",
        "pst",
        "on = 'rcpt'\nreply = '554 5.7.1 Relay access denied'",
        Stage::Rcpt,
        "Relay access denied",
    ),
    (
        "greylists",
        "pst",
        "on = 'rcpt'\nreply = '450 4.7.1 Greylisted'",
        Stage::Rcpt,
        "450",
    ),
    (
        "is silent at RCPT",
        "pst",
        "on = 'rcpt'\nreply = { silent = true, then = 'silence' }",
        Stage::Rcpt,
        "no answer",
    ),
    (
        "closes at RCPT",
        "pst",
        "on = 'rcpt'\nreply = { silent = true, then = 'close' }",
        Stage::Rcpt,
        "closed",
    ),
    (
        "leaves at RCPT",
        "pst",
        "on = 'rcpt'\nreply = { say = '421 4.4.2 Bye', then = 'close' }",
        Stage::Rcpt,
        "421",
    ),
];

/// Walks to one broken server; what is not as it should be.
async fn meet(case: &Case, mode: Mode) -> Option<String> {
    let (name, _, rule, stage, words) = case;
    let script: Script = format!("{RULE}{rule}").parse().expect(name);
    let relay = Relay::start(script, mode).await;
    let plan = Plan {
        sender: "me@client.example".parse().ok(),
        recipients: vec!["you@x.example".parse().expect("an address")],
        ..Plan::new(with_login(relay.host(), LIMIT))
    };
    let begun = Instant::now();
    let walk = walked(&plan).await;
    let took = begun.elapsed();
    let failure = walk.failure.as_ref();
    let at = failure.map(|failure| failure.stage);
    let text = failure.map(ToString::to_string).unwrap_or_default();
    let commands = relay.journal().commands();
    let logins = commands.iter().filter(|(_, line)| line.starts_with("AUTH"));
    let quits = commands.iter().filter(|(_, line)| line == "QUIT").count();
    // One limit at the stage that fails, one for QUIT, and time for the others.
    let in_time = took < 3 * LIMIT + Duration::from_secs(8);
    let good = at == Some(*stage)
        && text.contains(words)
        && walk.verdict() == Verdict::Failed
        // A silent one is looked at a second time, for TLS.
        && relay.journal().connections() <= 1 + usize::from(walk.speaks_tls.is_some())
        && walk.speaks_tls != Some(true)
        && logins.count() <= 2
        && quits <= 1
        && in_time;
    (!good).then(|| {
        format!(
            "{name} ({mode:?}, {took:?}): {text}\n{commands:?}\n{:#?}",
            walk.checks
        )
    })
}

async fn meet_all(cases: &[Case]) {
    let mut meetings = Vec::new();
    for case in cases {
        for way in case.1.chars() {
            let mode = match way {
                'p' => Mode::Plain,
                's' => Mode::StartTls,
                _ => Mode::Tls,
            };
            meetings.push(meet(case, mode));
        }
    }
    let faults: Vec<_> = join_all(meetings).await.into_iter().flatten().collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn a_server_that_does_not_greet() {
    meet_all(GREETING).await;
}

#[tokio::test]
async fn a_server_that_does_not_answer_ehlo() {
    meet_all(HELLO).await;
}

#[tokio::test]
async fn a_server_that_does_not_come_to_tls() {
    meet_all(TLS).await;
}

#[tokio::test]
async fn a_server_that_does_not_let_in() {
    meet_all(AUTH).await;
}

#[tokio::test]
async fn a_server_that_does_not_take_the_envelope() {
    meet_all(ENVELOPE).await;
}
