//! Attempts with their conversations.

use std::sync::Arc;
use std::time::Duration;

use turbomail::mail::clock::{Clock, ManualClock};
use turbomail::mail::entry::{Attempt, AttemptEnd, Entry};
use turbomail::mail::outcome::{Failure, Status};
use turbomail::mail::stage::Stage;
use turbomail::mail::transcript::{By, Transcript};

use super::*;

/// An attempt that is over, with what each recipient got.
pub fn attempt(entry: &mut Entry, start: &str, took_ms: u64, got: &[(&str, Status)]) {
    let clock = clock(start);
    let started = clock.now();
    let transcript = conversation(&clock, entry, got, took_ms);
    let number = u32::try_from(entry.attempts.len()).expect("few") + 1;
    for (who, status) in got {
        let recipient = entry
            .recipients
            .iter_mut()
            .find(|one| one.address.as_str() == *who)
            .expect("a recipient");
        recipient.status = status.clone();
        recipient.tries += 1;
        recipient.when = Some(started.after(Duration::from_millis(took_ms)).wall);
    }
    entry.tries += 1;
    entry.attempts.push(Arc::new(Attempt {
        number,
        started,
        end: Some(AttemptEnd {
            took: Duration::from_millis(took_ms),
            connection: connection(),
            recipients: got
                .iter()
                .map(|(who, status)| (address(who), status.clone()))
                .collect(),
            trouble: None,
        }),
        transcript,
    }));
}

/// An attempt that ended in host trouble.
pub fn trouble(entry: &mut Entry, start: &str, failure: Failure) {
    let clock = clock(start);
    let transcript = Transcript::new(clock.clone());
    transcript.push(Stage::Resolve, By::Note, "relay.example.net is 127.0.0.1");
    transcript.push(failure.stage, By::Note, failure.to_string());
    entry.attempts.push(Arc::new(Attempt {
        number: u32::try_from(entry.attempts.len()).expect("few") + 1,
        started: clock.now(),
        end: Some(AttemptEnd {
            took: Duration::from_millis(40),
            connection: connection(),
            recipients: Vec::new(),
            trouble: Some(failure),
        }),
        transcript,
    }));
}

/// An attempt that runs, in a stage since `seconds` ago.
pub fn running(entry: &mut Entry, start: &str, stage: Stage, after: u64, sent: u64) {
    let clock = clock(start);
    let started = clock.now();
    let transcript = Transcript::new(clock.clone());
    greet(&transcript, &clock);
    clock.advance(Duration::from_secs(after));
    transcript.enter(stage);
    transcript.sent(sent);
    entry.attempts.push(Arc::new(Attempt {
        number: u32::try_from(entry.attempts.len()).expect("few") + 1,
        started,
        end: None,
        transcript,
    }));
}

fn greet(transcript: &Transcript, clock: &ManualClock) {
    let says = |wait: u64, stage: Stage, by: By, text: &str| {
        clock.advance(Duration::from_millis(wait));
        transcript.enter(stage);
        transcript.push(stage, by, text);
    };
    says(
        12,
        Stage::Resolve,
        By::Note,
        "relay.example.net is 127.0.0.1",
    );
    says(3, Stage::Connect, By::Note, "connected to 127.0.0.1:587");
    says(
        4,
        Stage::Greeting,
        By::Server,
        "220 relay.example.net ESMTP",
    );
    says(0, Stage::Hello, By::Client, "EHLO mail.acme.example");
    for line in [
        "250-relay.example.net",
        "250-SIZE 52428800",
        "250-PIPELINING",
        "250-8BITMIME",
        "250 STARTTLS",
    ] {
        says(0, Stage::Hello, By::Server, line);
    }
    says(1, Stage::StartTls, By::Client, "STARTTLS");
    says(
        1,
        Stage::StartTls,
        By::Server,
        "220 2.0.0 Ready to start TLS",
    );
    says(
        21,
        Stage::Tls,
        By::Note,
        "TLS 1.3, TLS13_AES_256_GCM_SHA384, certificate relay.example.net, valid 61 days",
    );
    says(0, Stage::Hello, By::Client, "EHLO mail.acme.example");
    for line in [
        "250-relay.example.net",
        "250-SIZE 52428800",
        "250-PIPELINING",
        "250-8BITMIME",
        "250-DSN",
        "250 AUTH PLAIN LOGIN",
    ] {
        says(0, Stage::Hello, By::Server, line);
    }
    says(1, Stage::Auth, By::Client, "AUTH PLAIN ‹hidden, 44 bytes›");
    says(
        37,
        Stage::Auth,
        By::Server,
        "235 2.7.0 Authentication successful",
    );
}

/// The whole conversation of an attempt. The time that is left over goes to the recipients.
fn conversation(
    clock: &Arc<ManualClock>,
    entry: &Entry,
    got: &[(&str, Status)],
    took_ms: u64,
) -> Transcript {
    let transcript = Transcript::new(Arc::clone(clock) as Arc<dyn Clock>);
    greet(&transcript, clock);
    let says = |wait: u64, stage: Stage, by: By, text: &str| {
        clock.advance(Duration::from_millis(wait));
        transcript.enter(stage);
        transcript.push(stage, by, text);
    };
    let size = entry.message.size();
    says(
        1,
        Stage::Mail,
        By::Client,
        &format!("MAIL FROM:<billing@acme.example> SIZE={size}"),
    );
    says(2, Stage::Mail, By::Server, "250 2.1.0 Ok");
    let each = took_ms.saturating_sub(430) / u64::try_from(got.len()).expect("few").max(1);
    for (who, status) in got {
        says(0, Stage::Rcpt, By::Client, &format!("RCPT TO:<{who}>"));
        let words = match status {
            Status::Delivered(_) => "250 2.1.5 Ok".to_owned(),
            other => other.words(),
        };
        says(each, Stage::Rcpt, By::Server, &words);
    }
    if let Some((_, taken)) = got
        .iter()
        .find(|(_, status)| matches!(status, Status::Delivered(_)))
    {
        says(1, Stage::Data, By::Client, "DATA");
        says(
            2,
            Stage::Data,
            By::Server,
            "354 End data with <CR><LF>.<CR><LF>",
        );
        says(
            0,
            Stage::Content,
            By::Client,
            "From: Billing <billing@acme.example>",
        );
        says(
            0,
            Stage::Content,
            By::Client,
            &format!("Subject: {}", entry.message.subject),
        );
        says(
            1,
            Stage::Content,
            By::Client,
            &format!("content: {size} bytes"),
        );
        transcript.sent(size);
        transcript.commit();
        says(339, Stage::Content, By::Server, &taken.words());
    }
    says(0, Stage::Quit, By::Client, "QUIT");
    transcript
}
