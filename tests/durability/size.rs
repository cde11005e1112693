//! A long queue at the start: all of it is there, and it costs little memory, since the contents stay on the disk.

use std::path::Path;

use jiff::Timestamp;
use turbomail::mail::envelope::Envelope;
use turbomail::mail::message::Message;
use turbomail::mail::parcel::EntryId;
use turbomail::mailer::Terms;
use turbomail::queue::spool::{Head, Keep, Layout};

use super::bench::opened;
use super::child::play;
use crate::fake::Act;

const MESSAGES: usize = 10_000;
const OCTETS: usize = 4096;
/// The peak of memory that a queue of so many may cost, in KiB.
const MOST: u64 = 80 * 1024;

fn keep(number: usize) -> Keep {
    let mut content = format!("Subject: number {number}\r\n\r\n").into_bytes();
    content.resize(OCTETS - 2, b'x');
    content.extend_from_slice(b"\r\n");
    let address = |text: String| text.parse().expect("an address");
    let message = Message {
        envelope: Envelope::new(
            Some(address("me@here.example".into())),
            [address(format!("you{number}@there.example"))],
        ),
        message_id: format!("<{number}@here.example>"),
        from: "Me <me@here.example>".to_owned(),
        subject: format!("number {number}"),
        content: content.clone().into(),
        eight_bit: false,
        draft: None,
    };
    let terms = Terms::default();
    let (id, now) = (EntryId::new(), Timestamp::now());
    Keep {
        head: Head::new(id, &"work".into(), &message, &terms, now),
        content: content.into(),
    }
}

/// Opens the queue and says how long it is and what it costs.
pub(super) fn a_long_queue(dir: &Path) {
    let mailer = opened(dir, Act::Hang { dot: false });
    let snapshot = mailer.snapshot();
    let numbers = snapshot.live.values().zip(0..);
    let whole = numbers.filter(|(entry, number)| {
        entry.message.subject == format!("number {number}") && entry.message.size() == OCTETS as u64
    });
    let whole = whole.count();
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let peak = line.and_then(|line| line.split_whitespace().nth(1));
    println!("\nwhole {whole} peak {}", peak.expect("a number"));
}

#[test]
fn ten_thousand_messages_are_all_there_and_cost_little_memory() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let spool = dir.path().join("spool");
    let layout = Layout::open(&spool).expect("fit");
    let all: Vec<Keep> = (0..MESSAGES).map(keep).collect();
    for batch in all.chunks(1000) {
        assert!(layout.deposit(batch).iter().all(Result::is_ok));
    }
    drop(all);
    let said = play("a long queue", &spool, &["env"]).expect("it opened");
    let line = said.lines().find_map(|line| line.strip_prefix("whole "));
    let (whole, peak) = line
        .and_then(|line| line.split_once(" peak "))
        .expect("told");
    assert_eq!(whole, MESSAGES.to_string());
    let peak: u64 = peak.parse().expect("a number");
    println!("{MESSAGES} messages: {} MiB at the most", peak / 1024);
    assert!(peak <= MOST, "{peak} KiB");
}
