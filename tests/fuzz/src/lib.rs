//! What must hold whatever octets come: the fuzz targets and the tests with random input both call this.
//!
//! Each law takes any octets and panics where it is broken. Everything goes through a real session.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use turbomail::mail::address::Address;
use turbomail::mail::clock::SystemClock;
use turbomail::mail::envelope::Envelope;
use turbomail::mail::message::Message;
use turbomail::mail::outcome::Outcome;
use turbomail::mail::parcel::{EntryId, Parcel};
use turbomail::mail::smarthost::{Security, SmartHost};
use turbomail::mail::transcript::Transcript;
use turbomail::smtp::script::{Script, Server};
use turbomail::smtp::{Capabilities, Delivery, Link, Session, Tls};

/// Octets that a transcript may hold, whatever came: its limit, and its own remarks.
const TRANSCRIPT: usize = 128 * 1024;

/// Runs something on a runtime of its own, whose clock jumps ahead where everybody waits.
fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build();
    runtime.expect("a runtime").block_on(future)
}

fn session(stream: DuplexStream) -> (Session, Transcript) {
    let mut host = SmartHost::new("any.example".parse().expect("a server"), Security::None);
    host.hello = Some("client.example".to_owned());
    let transcript = Transcript::new(Arc::new(SystemClock::new()));
    let link = Link::inside(stream, &host);
    let tls = Tls::new(Vec::new());
    (
        Session::new(link, Arc::new(host), tls, &transcript),
        transcript,
    )
}

/// Says these octets in pieces of this size, and then no more.
async fn say(mut stream: DuplexStream, octets: Vec<u8>, step: usize) {
    for piece in octets.chunks(step.max(1)) {
        if stream.write_all(piece).await.is_err() {
            return;
        }
        tokio::task::yield_now().await;
    }
    stream.shutdown().await.ok();
    // What the client says is read and dropped, so that it is never stopped by a full pipe.
    let mut sink = [0; 4096];
    while matches!(stream.read(&mut sink).await, Ok(count) if count > 0) {}
}

/// The first reply in these octets by the letter of RFC 5321 §4.2 and our limits: its code, and where it ends.
fn model(octets: &[u8]) -> Option<(u16, usize)> {
    let (mut at, mut lines, mut code) = (0, 0, None);
    loop {
        let rest = &octets[at..];
        let length = rest.iter().position(|octet| *octet == b'\n')? + 1;
        let mut line = &rest[..length - 1];
        while let [head @ .., b'\r'] = line {
            line = head;
        }
        at += length;
        lines += 1;
        if at > 64 * 1024 || line.len() < 3 || !line[..3].iter().all(u8::is_ascii_digit) {
            return None;
        }
        let this: u16 = std::str::from_utf8(&line[..3]).ok()?.parse().ok()?;
        if *code.get_or_insert(this) != this {
            return None;
        }
        match line.get(3) {
            None | Some(b' ') => return (200..600).contains(&this).then_some((this, at)),
            Some(b'-') if lines < 128 => {}
            Some(_) => return None,
        }
    }
}

/// Any octets in place of the greeting: the same end however they are cut, within bounds, and 220 alone lets us in.
pub fn replies(data: &[u8]) {
    let read = |step: usize| {
        run(async {
            let (ours, theirs) = tokio::io::duplex(64 * 1024);
            let (mut session, transcript) = session(ours);
            let server = tokio::spawn(say(theirs, data.to_vec(), step));
            let result = session.greet().await;
            drop(session);
            server.await.expect("it ends");
            let held: usize = transcript
                .lines()
                .iter()
                .map(|line| line.text.len() + 48)
                .sum();
            assert!(held <= TRANSCRIPT, "a transcript of {held} octets");
            result
        })
    };
    let expected = model(data);
    for step in [usize::MAX, 1, 3] {
        let result = read(step);
        match (&result, expected) {
            (Ok(_), Some((220, _))) => {}
            (Err(failure), Some((220, end))) => {
                assert!(end < data.len(), "a good greeting was refused: {failure}");
            }
            (Err(failure), Some((code @ 400.., _))) => assert_eq!(failure.code(), Some(code)),
            (Err(failure), _) => assert_eq!(failure.code(), None, "{failure}"),
            (Ok(_), _) => panic!("this is no greeting: {data:?}"),
        }
    }
}

/// Any lines in the reply to EHLO: keywords mean the same in every case, and lines without sense harm nobody.
pub fn capabilities(data: &[u8]) {
    let lines: Vec<Vec<u8>> = data
        .split(|octet| *octet == b'\n')
        .take(100)
        .map(|line| {
            let inside = line.iter().copied().filter(|octet| *octet != b'\r');
            inside.take(500).collect()
        })
        .collect();
    let hello = |swap: bool| {
        let mut said = b"220 any.example\r\n".to_vec();
        for line in &lines {
            said.extend(b"250-");
            said.extend(line.iter().map(|octet| match octet {
                letter if !swap || !letter.is_ascii_alphabetic() => *letter,
                letter => letter ^ 0x20,
            }));
            said.extend(b"\r\n");
        }
        said.extend(b"250 end\r\n");
        // The greeting is sent alone: with EHLO's reply behind it the server would be out of step.
        let (greeting, reply) = said.split_at(17);
        let (greeting, reply) = (greeting.to_vec(), reply.to_vec());
        run(async {
            let (ours, mut theirs) = tokio::io::duplex(64 * 1024);
            let (mut session, _) = session(ours);
            let server = tokio::spawn(async move {
                theirs.write_all(&greeting).await.ok();
                let mut command = [0; 256];
                if theirs.read(&mut command).await.is_ok_and(|count| count > 0) {
                    say(theirs, reply, 1000).await;
                }
            });
            session.greet().await.expect("a good greeting");
            let result = session.hello().await;
            let offered = result.map(|_| session.capabilities().clone());
            drop(session);
            server.await.expect("it ends");
            offered
        })
    };
    let known = [
        "PIPELINING",
        "SIZE",
        "8BITMIME",
        "SMTPUTF8",
        "STARTTLS",
        "AUTH",
        "CHUNKING",
        "DSN",
        "LIMITS",
        "REQUIRETLS",
    ];
    let facts = |offered: &Capabilities| {
        let offers = known.map(|keyword| offered.offers(keyword));
        (offers, offered.size(), offered.mechanisms())
    };
    match (hello(false), hello(true)) {
        (Ok(plain), Ok(swapped)) => {
            assert_eq!(facts(&plain), facts(&swapped), "{data:?}");
            assert!(plain.size() != Some(0));
            let named = |keyword: &str| {
                lines.iter().skip(1).any(|line| {
                    line.len() >= keyword.len()
                        && line
                            .to_ascii_uppercase()
                            .windows(keyword.len())
                            .any(|part| part == keyword.as_bytes())
                })
            };
            for keyword in known {
                assert!(
                    !plain.offers(keyword) || named(keyword),
                    "{keyword} was never said"
                );
            }
        }
        (plain, swapped) => assert_eq!(plain.is_err(), swapped.is_err(), "{data:?}"),
    }
}

/// A message for one recipient.
fn message(content: &[u8]) -> (Message, [Address; 1]) {
    let to: Address = "you@any.example".parse().expect("an address");
    let from = "me@client.example".parse().ok();
    let message = Message {
        envelope: Envelope::new(from, [to.clone()]),
        message_id: "<1@client.example>".to_owned(),
        from: String::new(),
        subject: String::new(),
        content: bytes::Bytes::copy_from_slice(content).into(),
        eight_bit: !content.is_ascii(),
        draft: None,
    };
    (message, [to])
}

/// Every CR, LF or CRLF as CRLF, one at the end, and no NUL.
fn normal(octets: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(octets.len() + 2);
    let mut octets = octets
        .iter()
        .copied()
        .filter(|octet| *octet != 0)
        .peekable();
    while let Some(octet) = octets.next() {
        if octet == b'\r' {
            octets.next_if_eq(&b'\n');
        }
        match octet {
            b'\r' | b'\n' => out.extend(b"\r\n"),
            _ => out.push(octet),
        }
    }
    if !out.is_empty() && !out.ends_with(b"\n") {
        out.extend(b"\r\n");
    }
    out
}

/// One message with these recipients, and where the conversation is written down.
fn parcel(message: &Message, to: &[Address], transcript: &Transcript) -> Parcel {
    Parcel {
        entry: EntryId::new(),
        attempt: 1,
        message: Arc::new(message.clone()),
        recipients: to.into(),
        transcript: transcript.clone(),
    }
}

/// Any octets as content, at a strict server and at one that takes every kind of line end: what is in order comes out as one
/// message and unchanged, and what servers could read as two never leaves.
pub fn content(data: &[u8]) {
    let good = normal(data);
    for script in [
        "",
        "lenient = true",
        "capabilities = []",
        "lenient = true\ncapabilities = ['8BITMIME']",
    ] {
        for content in [data, &good[..]] {
            let server = Server::new(script.parse::<Script>().expect("a script"));
            let (message, to) = message(content);
            let outcome = run(async {
                let (ours, theirs) = tokio::io::duplex(64 * 1024);
                let serving = server.clone();
                let task = tokio::spawn(async move { serving.serve(theirs).await });
                let (mut session, transcript) = session(ours);
                session.establish().await.expect("a decent server");
                let delivery = session.deliver(parcel(&message, &to, &transcript)).await;
                session.quit().await;
                drop(session);
                task.await.expect("it ends");
                delivery
            });
            let Delivery::Settled(outcomes) = outcome else {
                panic!("{outcome:?}")
            };
            let received = server.journal().messages();
            match &outcomes[..] {
                [Outcome::Delivered(_)] => {
                    assert_eq!(received.len(), 1);
                    // The one thing that may be added is the line end that a last line lacks.
                    let mut sent = content.to_vec();
                    if !sent.is_empty() && !sent.ends_with(b"\r\n") {
                        sent.extend(b"\r\n");
                    }
                    assert!(
                        received[0].content == sent,
                        "the content changed: {content:?}"
                    );
                }
                [Outcome::Failed(_)] => {
                    assert!(received.is_empty() && content != good, "{content:?}");
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

/// Any octets in place of all that a server says: it ends, nothing panics, each recipient has an outcome, and nobody's message
/// is called delivered unless a 2yz reply came behind a 354.
pub fn conversation(data: &[u8]) {
    let (message, to) = message(b"Subject: x\r\n\r\n.x\r\n");
    let delivery = run(async {
        let (ours, mut theirs) = tokio::io::duplex(64 * 1024);
        let (mut session, transcript) = session(ours);
        let said = data.to_vec();
        let server = tokio::spawn(async move {
            // A NUL ends a turn: what is behind it is said when something was heard.
            let mut heard = [0; 4096];
            for turn in said.split(|octet| *octet == 0) {
                if theirs.write_all(turn).await.is_err() {
                    return;
                }
                if !matches!(theirs.read(&mut heard).await, Ok(count) if count > 0) {
                    return;
                }
            }
        });
        let delivery = match session.establish().await {
            Ok(()) => Some(session.deliver(parcel(&message, &to, &transcript)).await),
            Err(_) => None,
        };
        session.quit().await;
        drop(session);
        server.await.expect("it ends");
        delivery
    });
    let Some(Delivery::Settled(outcomes)) = delivery else {
        return;
    };
    assert_eq!(outcomes.len(), 1);
    if let Outcome::Delivered(reply) = &outcomes[0] {
        assert_eq!(reply.code / 100, 2);
        // A chunk needs no leave.
        let chunks = data
            .to_ascii_uppercase()
            .windows(8)
            .any(|word| word == b"CHUNKING");
        if chunks {
            return;
        }
        let go = data.windows(3).position(|three| three == b"354");
        let behind = go.and_then(|at| data.get(at + 3..)).unwrap_or_default();
        let code = reply.code.to_string();
        let said = behind.windows(3).any(|three| three == code.as_bytes());
        assert!(said, "delivered without a word: {data:?}");
    }
}
