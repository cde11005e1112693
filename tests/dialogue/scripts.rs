//! Runs every script under tests/scripts against the smtp transport: in clear, over STARTTLS and over TLS, with replies whole
//! cut into single octets, and glued together.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use turbomail::mail::dsn::Dsn;
use turbomail::mail::parcel::Parcel;
use turbomail::mail::sasl::Sasl;
use turbomail::mail::smarthost::{Credentials, Secret, Security};
use turbomail::smtp::script::Script;
use turbomail::transport::contract::Transport;
use turbomail::transport::registry::{Registry, TransportOptions};

use crate::support::parcels::{Collector, parcel, transcript};
use crate::support::relay::{Mode, Relay};

/// One file: what the server does, what is sent, and what must come of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    about: String,
    /// The ways to run it: plain, starttls, tls. Default: all.
    modes: Option<Vec<String>>,
    /// Whether it is also run with replies cut into single octets.
    #[serde(default = "yes")]
    drip: bool,
    /// Whether all messages are handed over in one batch.
    #[serde(default)]
    batch: bool,
    /// Limits in milliseconds by name.
    #[serde(default)]
    limits: BTreeMap<String, u64>,
    #[serde(default)]
    client: Client,
    #[serde(default)]
    server: toml::Table,
    send: Vec<Send>,
    #[serde(default)]
    seen: Seen,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Client {
    security: Option<Security>,
    user: Option<String>,
    auth: Option<Sasl>,
    #[serde(default)]
    password: String,
    count: Option<usize>,
    bulk_window: Option<usize>,
    /// The transport: smtp or lmtp.
    transport: Option<String>,
    /// What every message asks to be told.
    dsn: Option<Dsn>,
    #[serde(default)]
    require_tls: bool,
}

/// How the server's replies come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    Whole,
    Octets,
    Glued,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Send {
    #[serde(default = "sender")]
    from: String,
    to: Vec<String>,
    /// The content; default a short message.
    content: Option<String>,
    /// Or so many octets of it.
    size: Option<usize>,
    /// What each recipient gets; one for all where only one is given. Every word must appear.
    expect: Vec<String>,
    /// Words that must be in the transcript.
    #[serde(default)]
    transcript: Vec<String>,
    /// Words that must not be in the transcript.
    #[serde(default)]
    unsaid: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Seen {
    /// Messages that the server accepted.
    accepted: Option<usize>,
    /// Messages that came up to their dot, accepted or not.
    messages: Option<usize>,
    connections: Option<usize>,
    /// Starts of commands that must have come, in this order.
    #[serde(default)]
    said: Vec<String>,
    /// Starts of commands that must not have come.
    #[serde(default)]
    never: Vec<String>,
    /// How often commands with these starts have come.
    #[serde(default)]
    times: BTreeMap<String, usize>,
}

fn yes() -> bool {
    true
}

fn sender() -> String {
    "me@client.example".to_owned()
}

const SHORT: &str = "From: me@client.example\r\nSubject: test\r\n\r\nHello\r\n.\r\n..dots\r\n";

impl Case {
    fn content(send: &Send) -> Vec<u8> {
        let Some(size) = send.size else {
            return send.content.as_deref().unwrap_or(SHORT).as_bytes().to_vec();
        };
        let mut content = b"Subject: large\r\n\r\n".to_vec();
        while content.len() < size {
            content.extend_from_slice(b".0123456789012345678901234567890123456789\r\n");
        }
        content
    }

    fn runs_in(&self, mode: Mode) -> bool {
        let name = match mode {
            Mode::Plain => "plain",
            Mode::StartTls => "starttls",
            Mode::Tls => "tls",
        };
        self.modes
            .as_ref()
            .is_none_or(|modes| modes.iter().any(|one| one == name))
    }

    fn parcels(&self) -> Vec<Parcel> {
        let parcels = self.send.iter().map(|send| {
            let to: Vec<&str> = send.to.iter().map(String::as_str).collect();
            let mut parcel = parcel(&send.from, &to, &Self::content(send));
            let envelope = &mut Arc::make_mut(&mut parcel.message).envelope;
            envelope.wish(self.client.dsn.as_ref(), self.client.require_tls);
            parcel
        });
        parcels.collect()
    }

    fn transport(&self, relay: &Relay) -> Arc<dyn Transport> {
        let mut host = relay.host();
        for (name, limit) in &self.limits {
            *host.timeouts.named(name).expect("a limit") = Duration::from_millis(*limit);
        }
        host.security = self.client.security.unwrap_or(host.security);
        host.auth = self.client.auth;
        host.count = self.client.count.unwrap_or(host.count);
        host.bulk_window = self.client.bulk_window.unwrap_or(host.bulk_window);
        host.credentials = self.client.user.clone().map(|user| Credentials {
            user,
            secret: Secret::Value(SecretString::from(self.client.password.clone())),
        });
        let options = TransportOptions {
            smart_host: Some(host),
        };
        let kind = self.client.transport.as_deref().unwrap_or("smtp");
        Registry::standard()
            .build(kind, &options)
            .expect("a transport")
    }

    /// Runs it; the complaints.
    async fn run(&self, mode: Mode, cut: Cut) -> Vec<String> {
        let script = Script::try_from(self.server.clone()).expect("a script");
        let script = match cut {
            Cut::Whole => script,
            Cut::Octets => script.dripping(0),
            Cut::Glued => script.batching(),
        };
        let relay = Relay::start(script, mode).await;
        let mut carrier = self.transport(&relay).carrier();
        let collector = Collector::default();
        let parcels = self.parcels();
        if self.batch {
            carrier.deliver(parcels.clone(), &collector).await;
        } else {
            for parcel in parcels.clone() {
                carrier.deliver(vec![parcel], &collector).await;
            }
        }
        carrier.close().await;
        let mut complaints = Vec::new();
        for (send, parcel) in self.send.iter().zip(&parcels) {
            let words = collector.words(parcel);
            let text = transcript(parcel);
            let mut complain = |what: String| complaints.push(format!("{what}\n{text}"));
            compare(&send.expect, &words, &mut complain);
            for word in send.transcript.iter().filter(|word| !text.contains(*word)) {
                complain(format!("the transcript lacks {word:?}"));
            }
            for word in send.unsaid.iter().filter(|word| text.contains(*word)) {
                complain(format!("the transcript has {word:?}"));
            }
            let content = Self::content(send);
            for message in relay
                .journal()
                .messages()
                .iter()
                .filter(|message| message.accepted)
            {
                if message.reverse_path == send.from
                    && self.send.len() == 1
                    && message.content != content
                {
                    complain("the content came out changed".to_owned());
                }
            }
        }
        self.seen.compare(&relay, &mut complaints);
        complaints
    }
}

fn compare(expected: &[String], words: &[String], complain: &mut dyn FnMut(String)) {
    for (at, got) in words.iter().enumerate() {
        let expected = expected
            .get(at)
            .or_else(|| expected.last())
            .expect("an expectation");
        let mut wanted = expected.split_whitespace();
        let kind = wanted.next().unwrap_or_default();
        if !got.starts_with(kind) || !wanted.all(|word| got.contains(word)) {
            complain(format!(
                "recipient {at}: expected {expected:?}, got {got:?}"
            ));
        }
    }
    if expected.len() > words.len() {
        complain(format!(
            "expected {} outcomes, got {words:?}",
            expected.len()
        ));
    }
}

impl Seen {
    fn compare(&self, relay: &Relay, complaints: &mut Vec<String>) {
        let journal = relay.journal();
        let messages = journal.messages();
        let accepted = messages.iter().filter(|message| message.accepted).count();
        for (what, wanted, got) in [
            ("accepted messages", self.accepted, accepted),
            ("messages", self.messages, messages.len()),
            ("connections", self.connections, journal.connections()),
        ] {
            if wanted.is_some_and(|wanted| wanted != got) {
                complaints.push(format!("{got} {what} instead of {wanted:?}"));
            }
        }
        let commands: Vec<String> = { journal.commands() }
            .into_iter()
            .map(|(_, text)| text)
            .collect();
        let mut rest = commands.iter();
        for start in &self.said {
            if !rest.any(|command| command.starts_with(start)) {
                complaints.push(format!("{start:?} did not come in its turn: {commands:?}"));
            }
        }
        for start in &self.never {
            if commands.iter().any(|command| command.starts_with(start)) {
                complaints.push(format!("{start:?} came: {commands:?}"));
            }
        }
        for (start, wanted) in &self.times {
            let got = commands
                .iter()
                .filter(|command| command.starts_with(start))
                .count();
            if got != *wanted {
                complaints.push(format!(
                    "{start:?} came {got} times instead of {wanted}: {commands:?}"
                ));
            }
        }
    }
}

async fn run_all(mode: Mode, cut: Cut) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let only = std::env::var("DIALOGUE").unwrap_or_default();
    let mut cases = Vec::new();
    for file in std::fs::read_dir(folder).expect("scripts") {
        let path = file.expect("a file").path();
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let text = std::fs::read_to_string(&path).expect("readable");
        let case: Case = toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        if name.contains(&only) && case.runs_in(mode) && (case.drip || cut != Cut::Octets) {
            cases.push((name, case));
        }
    }
    assert!(cases.len() > 10 || !only.is_empty(), "the scripts are gone");
    let runs = cases.iter().map(|(name, case)| async move {
        let limit = Duration::from_secs(90);
        let run = tokio::time::timeout(limit, case.run(mode, cut)).await;
        (
            name,
            case,
            run.unwrap_or_else(|_| vec!["it hangs".to_owned()]),
        )
    });
    let mut report = String::new();
    for (name, case, complaints) in futures_util::future::join_all(runs).await {
        for complaint in complaints {
            writeln!(report, "{name} ({}): {complaint}\n", case.about).expect("a string");
        }
    }
    assert!(report.is_empty(), "{mode:?}, {cut:?}:\n{report}");
}

#[tokio::test]
async fn in_clear() {
    run_all(Mode::Plain, Cut::Whole).await;
}

#[tokio::test]
async fn in_clear_octet_by_octet() {
    run_all(Mode::Plain, Cut::Octets).await;
}

#[tokio::test]
async fn over_starttls() {
    run_all(Mode::StartTls, Cut::Whole).await;
}

#[tokio::test]
async fn over_starttls_octet_by_octet() {
    run_all(Mode::StartTls, Cut::Octets).await;
}

#[tokio::test]
async fn over_tls() {
    run_all(Mode::Tls, Cut::Whole).await;
}

#[tokio::test]
async fn over_tls_octet_by_octet() {
    run_all(Mode::Tls, Cut::Octets).await;
}

#[tokio::test]
async fn in_clear_glued_together() {
    run_all(Mode::Plain, Cut::Glued).await;
}

#[tokio::test]
async fn over_starttls_glued_together() {
    run_all(Mode::StartTls, Cut::Glued).await;
}

#[tokio::test]
async fn over_tls_glued_together() {
    run_all(Mode::Tls, Cut::Glued).await;
}
