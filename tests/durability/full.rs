//! The disk is full, or takes nothing at all: what is not kept is not queued, what is known is not lost, and both are told.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use tokio::sync::broadcast::Receiver;
use turbomail::mail::draft::Draft;
use turbomail::mail::entry::State;
use turbomail::mail::event::{Event, Kind};
use turbomail::mailer::{BuildError, Mailer, MailerError, QueueError};
use turbomail::queue::spool::Layout;
use uuid::Uuid;

use super::bench::{Bench, copy_all, eventually, leave, names, opened, send, until};
use super::child::{is_here, play};
use crate::fake::Act;

/// Makes a disk of a megabyte that only this process sees, and goes on with the words behind.
const SMALL_DISK: &str = "mount -t tmpfs -o size=1m,mode=700 none \"$0\" && exec \"$@\"";

/// Messages whose results do not fit into what is left of a block.
const MESSAGES: usize = 30;

fn on_a_small_disk(role: &str) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().to_str().expect("a plain path");
    // With root's rights inside a name space of its own, or where that is forbidden with those of a real one.
    let wrap = |how: &'static str| ["unshare", how, "sh", "-c", SMALL_DISK, path];
    let works = |how: &&'static str| {
        let [program, rest @ ..] = wrap(how);
        let mut command = std::process::Command::new(program);
        let tried = command.args(rest).arg("true").output();
        tried.is_ok_and(|output| output.status.success())
    };
    let how = ["-rm", "-m"].into_iter().find(works).unwrap_or("-rm");
    if is_here("a disk of one's own (unshare, tmpfs)", &wrap(how))
        && let Err(words) = play(role, dir.path(), &wrap(how))
    {
        panic!("{words}");
    }
}

/// Takes all the room there is.
fn fill(disk: &Path) {
    let mut file = fs::File::create(disk.join("fill")).expect("made");
    for size in [65536, 4096, 1] {
        while file.write_all(&vec![b'x'; size]).is_ok() {}
    }
}

fn free(disk: &Path) {
    fs::remove_file(disk.join("fill")).expect("removed");
}

async fn refused(mailer: &Mailer) -> String {
    let draft = Draft::new("me@here.example", "you@there.example", "too much", "Hello");
    match mailer.send(draft).await {
        Err(MailerError::Queue(error @ QueueError::NotKept(_))) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

/// Nothing is left of what was refused.
fn is_clean(spool: &Path) {
    for part in ["tmp", "new", "prepared"] {
        assert_eq!(names(&spool.join(part)), [""; 0], "{part}");
    }
}

pub(super) async fn a_full_disk(disk: &Path) {
    let spool = disk.join("spool");
    let mailer = opened(&spool, Act::Deliver);
    mailer.pause();
    fill(disk);
    assert_eq!(refused(&mailer).await, "not queued: the disk is full");
    // Alone, and in a group that is synced all at once.
    let all = (0..20).map(|_| refused(&mailer));
    for words in futures_util::future::join_all(all).await {
        assert_eq!(words, "not queued: the disk is full");
    }
    assert!(mailer.snapshot().live.is_empty());
    is_clean(&spool);
    a_transaction_leaves_nothing(&mailer, &spool).await;
    free(disk);
    for number in 0..MESSAGES {
        send(&mailer, "you@there.example", &number.to_string()).await;
    }
    fill(disk);
    let mut events = mailer.subscribe();
    mailer.resume();
    results_on_a_full_disk(&mailer, disk, &mut events).await;
    // With room again conversations are kept again, and what was not kept was said once.
    let id = send(&mailer, "you@there.example", "room").await.id;
    eventually("kept", || {
        mailer.conversations(id).expect("readable").len() == 1
    })
    .await;
    while let Ok(event) = events.try_recv() {
        assert!(!matches!(event.kind, Kind::Untold(_)), "said twice");
    }
    leave(mailer).await;
    let next = opened(&spool, Act::Hang { dot: false });
    let snapshot = next.snapshot();
    assert_eq!(
        (snapshot.live.len(), snapshot.done.len()),
        (0, MESSAGES + 1)
    );
}

async fn a_transaction_leaves_nothing(mailer: &Mailer, spool: &Path) {
    let draft = Draft::new(
        "me@here.example",
        "you@there.example",
        "all or none",
        "Hello",
    );
    let message = mailer.compose("work", draft).await.expect("composed");
    let layout = Layout::open(spool).expect("fit");
    let batch = [super::bench::keep(&message), super::bench::keep(&message)];
    for done in [
        layout.deposit_all(Uuid::now_v7(), &batch),
        layout.prepare(Uuid::now_v7(), &batch),
    ] {
        let kind = done.expect_err("no room").kind();
        assert_eq!(kind, std::io::ErrorKind::StorageFull);
        is_clean(spool);
    }
}

/// Waits until it is said that conversations are not kept, and why.
async fn untold(events: &mut Receiver<Event>) -> String {
    let said = async {
        loop {
            if let Kind::Untold(words) = events.recv().await.expect("all are heard").kind {
                return words.to_string();
            }
        }
    };
    let said = tokio::time::timeout(Duration::from_secs(10), said).await;
    said.expect("it is said")
}

/// All is delivered, and the journal has no room to say so.
async fn results_on_a_full_disk(mailer: &Mailer, disk: &Path, events: &mut Receiver<Event>) {
    let spool = disk.join("spool");
    let snapshot = until(mailer, |snapshot| {
        let spool = snapshot.spool.as_ref().expect("a spool");
        snapshot.done.len() == MESSAGES && spool.trouble.is_some()
    })
    .await;
    let delivered = |state: State| state == State::Delivered;
    let mut entries = snapshot.done.values();
    assert!(entries.all(|entry| delivered(entry.state(mailer.now()))));
    let trouble = &snapshot.spool.as_ref().expect("a spool").trouble;
    let words = trouble.as_ref().map(ToString::to_string);
    assert_eq!(words.as_deref(), Some("the disk is full"));
    assert!(
        !names(&spool.join("new")).is_empty(),
        "nothing is taken away"
    );
    // A kill at this moment loses nothing: what is not known to be done is done again.
    let wreck = Bench::new();
    copy_all(&spool, &wreck.spool());
    let next = wreck.mailer(Act::Hang { dot: false });
    let after = next.snapshot();
    assert_eq!(after.live.len() + after.done.len(), MESSAGES);
    assert!(!after.live.is_empty(), "not all of it was written");
    leave(next).await;
    assert_eq!(untold(events).await, "the disk is full");
    free(disk);
    until(mailer, |snapshot| {
        snapshot.spool.as_ref().expect("a spool").trouble.is_none()
    })
    .await;
    eventually("moved", || names(&spool.join("new")).is_empty()).await;
}

pub(super) async fn a_read_only_disk(disk: &Path) {
    let spool = disk.join("spool");
    let mailer = opened(&spool, Act::Hang { dot: false });
    mailer.pause();
    let id = send(&mailer, "you@there.example", "kept").await.id;
    let message = mailer.message(id).expect("readable");
    leave(mailer).await;
    let mount = |how: &str| {
        let mut command = std::process::Command::new("mount");
        let status = command.args(["-o", how]).arg(disk).status();
        assert!(status.expect("mount").success(), "{how}");
    };
    mount("remount,ro");
    let layout = Layout::open(&spool).expect("it is all there");
    let error = layout.deposit(&[super::bench::keep(&message)]).remove(0);
    let kind = error.expect_err("read-only").kind();
    assert_eq!(kind, std::io::ErrorKind::ReadOnlyFilesystem);
    let Err(error) = super::bench::build(&spool, Act::Deliver) else {
        panic!("there is no falling back to memory");
    };
    assert!(matches!(error, BuildError::Spool(_)));
    assert!(error.to_string().contains("ead-only"), "{error}");
    mount("remount,rw");
    let next = opened(&spool, Act::Hang { dot: false });
    assert!(next.snapshot().live.contains_key(&id));
}

#[test]
fn on_a_full_disk_nothing_is_half_kept_and_nothing_is_lost() {
    on_a_small_disk("a full disk");
}

#[test]
fn a_read_only_disk_is_told_at_once() {
    on_a_small_disk("a read-only disk");
}
