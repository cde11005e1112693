//! A report that an author is owed is queued once, whenever the program is killed.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use turbomail::mail::clock::SystemClock;
use turbomail::mail::draft::Draft;
use turbomail::mail::dsn::Return;
use turbomail::mail::entry::Entry;
use turbomail::mail::envelope::Envelope;
use turbomail::mail::message::Message;
use turbomail::mail::outcome::Outcome;
use turbomail::mail::parcel::{Connection, EntryId, Report, Verdict};
use turbomail::mail::reply::Reply;
use turbomail::mail::stage::Stage;
use turbomail::mailer::{Account, Mailer, Queue, QueueError, RouteRules, Scope, Terms};
use turbomail::queue::Spool;

use super::bench::{Bench, leave, until};
use crate::fake::{Act, Fake, Shared, manager, refused, unreachable};

/// A mailer whose account wants reports.
fn mailer(spool: &Path, then: Act) -> Mailer {
    let account = Account {
        manager: manager("on-demand"),
        report: Some(Return::Full),
        ..Account::new("work", Arc::new(Shared(Fake::new([], then))))
    };
    let builder = Mailer::builder().account(account);
    builder.spool(spool, Scope::All).build().expect("built")
}

/// A queue on a spool that owes its authors reports, with nobody to write them, and one message in it.
async fn queue(bench: &Bench, warn: Option<Duration>) -> (Queue, EntryId) {
    let queue = Queue::new(Arc::new(SystemClock::new()));
    let rules = RouteRules {
        report: true,
        warn,
        ..RouteRules::default()
    };
    let route = "work".into();
    queue.set_rules(&route, rules);
    let opened = Spool::open(&bench.spool(), Scope::All).expect("opens");
    queue.attach(&opened.spool, opened.contents);
    let draft = Draft::new("me@x.example", "a@x.example, b@x.example", "owed", "Hello");
    let message = turbomail::compose::build(&draft, &turbomail::compose::Options::default());
    let (id, message) = (EntryId::new(), Arc::new(message.expect("composed")));
    let queued = queue.enqueue(id, &route, message, Terms::default()).await;
    queued.expect("queued");
    (queue, id)
}

/// An attempt of which these are the replies.
fn settle(queue: &Queue, id: EntryId, codes: [u16; 2]) {
    let claimed = queue.claim_one(id).expect("due");
    let outcomes = codes.map(|code| match code {
        250 => Outcome::Delivered(Reply::new(250, ["taken"])),
        code => Outcome::from(refused(Stage::Rcpt, code)),
    });
    let report = Report {
        entry: id,
        verdict: Verdict::Settled(outcomes.to_vec()),
        connection: Connection::default(),
        took: Duration::ZERO,
    };
    assert!(claimed.settle(report));
}

/// The reports in a queue, whatever became of them.
fn reports(mailer: &Mailer) -> Vec<Arc<Entry>> {
    let snapshot = mailer.snapshot();
    let all = snapshot.live.values().chain(snapshot.done.values());
    let reports = all.filter(|entry| entry.message.envelope.reverse_path.is_none());
    reports.cloned().collect()
}

/// Takes the last line out of the journal; it has to say this.
fn unsay(bench: &Bench, word: &str) {
    let dir = bench.spool().join("journal");
    let newest = bench.names("journal").pop().expect("a file");
    let text = std::fs::read_to_string(dir.join(&newest)).expect("readable");
    let before = text.trim_end().rfind('\n').map_or(0, |at| at + 1);
    assert!(text[before..].contains(word), "{}", &text[before..]);
    std::fs::write(dir.join(newest), &text[..before]).expect("written");
}

#[tokio::test]
async fn what_was_owed_at_a_kill_is_queued_by_the_next_program_once() {
    let late: fn(&Queue, EntryId) = |queue, _| queue.expire();
    let failed: fn(&Queue, EntryId) = |queue, id| settle(queue, id, [550, 250]);
    for (happens, warn, subject) in [
        (failed, None, "Not delivered: owed"),
        (late, Some(Duration::ZERO), "Not yet delivered: owed"),
    ] {
        let bench = Bench::new();
        let (queue, id) = queue(&bench, warn).await;
        happens(&queue, id);
        // Killed behind the outcome and before the report.
        let killed = bench.copy();
        let second = mailer(&killed.spool(), Act::Deliver);
        second.pause();
        until(&second, |_| reports(&second).len() == 1).await;
        let report = reports(&second).remove(0);
        assert_eq!(report.message.subject, subject);
        assert!(report.is_spooled(), "it is as safe as what it tells of");
        // Killed behind the report and before the word that there is one.
        let unsaid = killed.copy();
        unsay(&unsaid, "\"paid\"");
        leave(second).await;
        for spool in [killed.spool(), unsaid.spool()] {
            for then in [unreachable(), Act::Deliver, Act::Deliver] {
                let next = mailer(&spool, then.clone());
                if matches!(then, Act::Deliver) {
                    until(&next, |snapshot| snapshot.done.contains_key(&report.id)).await;
                }
                // It has written what it owed when it has ended.
                leave(next.clone()).await;
                let ids: Vec<EntryId> = reports(&next).iter().map(|one| one.id).collect();
                assert_eq!(ids, [report.id], "{subject}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_over_or_was_seen_to_is_owed_no_more() {
    // Late, and then over before anybody could write of it.
    let bench = Bench::new();
    let (late, id) = queue(&bench, Some(Duration::ZERO)).await;
    late.expire();
    assert_eq!(late.owed(|_| true).len(), 1);
    settle(&late, id, [250, 250]);
    // Failed, and then forgotten by hand; and failed for a route of which nobody here writes.
    let (forgotten, other) = (Bench::new(), Bench::new());
    let (failed, id) = queue(&forgotten, None).await;
    settle(&failed, id, [550, 550]);
    let entry = failed.entry(id).expect("kept");
    failed.forget(&entry).await.expect("it had failed");
    assert!(failed.owed(|_| true).is_empty());
    for bench in [&bench, &forgotten] {
        let next = mailer(&bench.copy().spool(), Act::Deliver);
        leave(next.clone()).await;
        assert!(reports(&next).is_empty());
    }
    let (queue, id) = queue(&other, None).await;
    settle(&queue, id, [550, 550]);
    assert!(queue.owed(|route| &**route != "work").is_empty());
    assert_eq!(queue.owed(|_| true).len(), 1);
}

#[tokio::test]
async fn a_report_that_the_disk_does_not_take_is_owed_until_it_does() {
    let bench = Bench::new();
    let (queue, id) = queue(&bench, None).await;
    settle(&queue, id, [550, 550]);
    let owed = queue.owed(|_| true).remove(0);
    let report = || Message {
        envelope: Envelope::new(None, ["me@x.example".parse().expect("valid")]),
        content: b"Subject: report\r\n\r\n".as_slice().into(),
        draft: None,
        ..Message::clone(&owed.entry.message)
    };
    let (tmp, away) = (bench.spool().join("tmp"), bench.spool().join("away"));
    std::fs::rename(&tmp, &away).expect("moved");
    let refused = queue.pay(&owed, report()).await;
    assert!(
        matches!(refused, Err(QueueError::NotKept(_))),
        "{refused:?}"
    );
    assert_eq!(queue.owed(|_| true).len(), 1);
    std::fs::rename(away, tmp).expect("moved back");
    queue.pay(&owed, report()).await.expect("queued");
    assert!(queue.owed(|_| true).is_empty());
    assert!(queue.entry(owed.report).is_some());
}
