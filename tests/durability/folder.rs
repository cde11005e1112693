//! The folder itself: who may use it, what is in it that should not be, and what others put there.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::ScopedJoinHandle;

use turbomail::mail::draft::Draft;
use turbomail::mail::envelope::Envelope;
use turbomail::mail::message::Message;
use turbomail::mail::parcel::EntryId;
use turbomail::mailer::{Account, BuildError, Mailer, OnUncertain, Scope};
use turbomail::queue::spool::{Head, Keep, Layout};
use turbomail::queue::{SpoolError, Terms};
use uuid::Uuid;

use super::bench::{Bench, eventually, keep, leave, send, until};
use crate::fake::{Act, Fake, unreachable};

fn refusal(bench: &Bench) -> String {
    let fake = Fake::new([], Act::Deliver);
    let error = bench.build(&fake, OnUncertain::Retry).expect_err("refused");
    assert!(matches!(error, BuildError::Spool(_)), "{error}");
    error.to_string()
}

#[tokio::test]
async fn one_program_delivers_and_the_other_is_told_which() {
    let bench = Bench::new();
    let first = bench.mailer(Act::Deliver);
    let fake = Fake::new([], Act::Deliver);
    let error = bench.build(&fake, OnUncertain::Retry).expect_err("held");
    let BuildError::Spool(SpoolError::Held { pid, .. }) = error else {
        panic!("{error}");
    };
    assert_eq!(pid, Some(std::process::id()));
    leave(first).await;
    // A lock file that was left behind is no hindrance.
    assert!(bench.spool().join("lock").exists());
    bench.mailer(Act::Deliver);
}

#[tokio::test]
async fn everything_is_private() {
    let bench = Bench::new();
    let mailer = bench.mailer(unreachable());
    send(&mailer, "a@x.example", "private").await;
    let mut folders = vec![bench.spool()];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        let mode = |path: &std::path::Path| fs::metadata(path).expect("there").permissions().mode();
        assert_eq!(mode(&folder) & 0o777, 0o700, "{}", folder.display());
        for entry in fs::read_dir(&folder).expect("a folder").flatten() {
            seen += 1;
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                let path = entry.path();
                assert_eq!(mode(&path) & 0o777, 0o600, "{}", path.display());
            }
        }
    }
    assert!(seen > 8);
}

#[tokio::test]
async fn unfit_folders_are_refused_with_the_remedy() {
    let bench = Bench::new();
    let spool = bench.spool();
    fs::write(&spool, "a file").expect("written");
    assert!(refusal(&bench).contains("it is no folder"));
    fs::remove_file(&spool).expect("removed");
    std::os::unix::fs::symlink("nowhere", &spool).expect("linked");
    assert!(refusal(&bench).contains("it is no folder"));
    fs::remove_file(&spool).expect("removed");
    fs::create_dir_all(spool.join("cur")).expect("made");
    fs::set_permissions(&spool, fs::Permissions::from_mode(0o770)).expect("set");
    let words = refusal(&bench);
    assert!(words.contains("chmod 700"), "{words}");
    fs::set_permissions(&spool, fs::Permissions::from_mode(0o700)).expect("set");
    fs::write(spool.join("cur/1:2,S"), "Subject: not ours\n\n").expect("written");
    assert!(refusal(&bench).contains("mail of another program"));
    fs::remove_file(spool.join("cur/1:2,S")).expect("removed");
    fs::write(spool.join("version"), "turbomail spool 2\n").expect("written");
    assert!(refusal(&bench).contains("marked \"turbomail spool 2\""));
}

#[tokio::test]
async fn what_cannot_be_read_is_set_aside_and_told_and_the_rest_goes_on() {
    let bench = Bench::new();
    let first = bench.mailer(unreachable());
    let good = send(&first, "a@x.example", "good").await.id;
    let torn = send(&first, "a@x.example", "torn").await.id;
    let renamed = send(&first, "a@x.example", "renamed").await.id;
    until(&first, |snapshot| {
        snapshot
            .live
            .values()
            .all(|entry| entry.running().is_none())
    })
    .await;
    leave(first).await;
    let new = bench.spool().join("new");
    let path = new.join(torn.to_string());
    let length = fs::metadata(&path).expect("there").len();
    let file = fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .expect("opens");
    file.set_len(length - 1).expect("cut");
    fs::rename(
        new.join(renamed.to_string()),
        new.join(EntryId::new().to_string()),
    )
    .expect("renamed");
    fs::write(new.join("1234.foreign"), "Subject: foreign\n\n").expect("written");
    fs::create_dir(new.join("a folder")).expect("made");
    let journal = bench.spool().join("journal");
    let last = bench.names("journal").pop().expect("a journal");
    let mut text = fs::read(journal.join(&last)).expect("read");
    text.splice(0..0, *b"no json\n");
    text.extend_from_slice(b"{\"id\":\"torn");
    fs::write(journal.join(&last), text).expect("written");

    let second = bench.mailer(Act::Deliver);
    let snapshot = second.snapshot();
    assert!(snapshot.live.contains_key(&good), "{snapshot:?}");
    assert_eq!(snapshot.live.len(), 1);
    let aside = &snapshot.spool.as_ref().expect("a spool").aside;
    assert_eq!(aside.len(), 5, "{aside:?}");
    assert_eq!(bench.names("bad").len(), 4);
    second.retry_now(good).expect("waits");
    until(&second, |snapshot| snapshot.done.len() == 1).await;
}

#[tokio::test]
async fn any_process_may_queue_and_the_one_that_delivers_notices() {
    let bench = Bench::new();
    let mailer = bench.mailer(Act::Deliver);
    let other = Mailer::builder().account(Account::debug("debug").expect("built"));
    let other = other.build().expect("built");
    let draft = Draft::new("me@here.example", "you@there.example", "from outside", "x");
    let message = other.compose("debug", draft).await.expect("composed");
    let layout = Layout::open(&bench.spool()).expect("fit");
    let id = EntryId::new();
    let head = Head::new(
        id,
        &"work".into(),
        &message,
        &Terms::default(),
        other.now().wall,
    );
    let content = message.content.here().expect("in memory").clone();
    let results = layout.deposit(&[Keep { head, content }]);
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    let snapshot = until(&mailer, |snapshot| !snapshot.done.is_empty()).await;
    assert_eq!(snapshot.done[&id].message.subject, "from outside");
    // Something that is no message is set aside while the program runs, too.
    fs::write(bench.spool().join("new/odd"), "odd").expect("written");
    eventually("set aside", || bench.names("bad").len() == 1).await;
}

#[tokio::test]
async fn a_spool_of_ones_own_messages_leaves_those_of_others_alone() {
    let bench = Bench::new();
    let first = bench.mailer(unreachable());
    let waits = send(&first, "a@x.example", "waits").await.id;
    leave(first).await;
    let fake = Fake::new([], Act::Deliver);
    let account = Account::new("work", std::sync::Arc::new(crate::fake::Shared(fake)));
    let own = Mailer::builder()
        .account(account)
        .spool(bench.spool(), Scope::Own);
    let own = own.build().expect("built");
    let sent = send(&own, "a@x.example", "sent").await;
    sent.settled().await.expect("delivered");
    assert!(own.entry(waits).is_none());
    leave(own).await;
    let third = bench.mailer(Act::Deliver);
    assert!(third.snapshot().live.contains_key(&waits));
}

#[test]
fn a_transaction_may_be_carried_out_by_whoever_opens_the_spool_meanwhile() {
    let bench = Bench::new();
    let layout = Layout::open(&bench.spool()).expect("fit");
    let message = Message {
        envelope: Envelope::new(None, ["you@there.example".parse().expect("an address")]),
        message_id: "<one@here.example>".to_owned(),
        from: String::new(),
        subject: "together".to_owned(),
        content: b"\r\n".to_vec().into(),
        eight_bit: false,
        draft: None,
    };
    let (rounds, each) = (100, 8);
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                let doubt = layout.recover(|_| true);
                assert_eq!(doubt.expect("nothing is amiss"), Vec::<Uuid>::new());
            }
        });
        let done = (0..rounds).try_for_each(|_| {
            let batch: Vec<Keep> = (0..each).map(|_| keep(&message)).collect();
            layout.deposit_all(Uuid::now_v7(), &batch)
        });
        is_over.store(true, Ordering::Relaxed);
        done.expect("all are queued");
    });
    assert_eq!(bench.names("new").len(), rounds * each);
    assert_eq!(bench.names("prepared"), [""; 0]);
}

#[test]
fn a_new_spool_may_be_opened_by_many_at_a_time() {
    for _ in 0..50 {
        let bench = Bench::new();
        let open = || Layout::open(&bench.spool()).map(drop);
        let all: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(open)).collect();
            let ended = threads.into_iter().map(ScopedJoinHandle::join);
            ended.map(|ended| ended.expect("no panic")).collect()
        });
        for opened in all {
            opened.expect("the same spool for all");
        }
        assert!(bench.names("").contains(&"version".to_owned()));
    }
}
