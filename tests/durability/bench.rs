//! What the tests share: mailers on a spool in a temporary folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use turbomail::mail::draft::Draft;
use turbomail::mail::entry::Entry;
use turbomail::mail::message::Message;
use turbomail::mail::parcel::EntryId;
use turbomail::mail::snapshot::Snapshot;
use turbomail::mailer::{
    Account, BuildError, Leaving, Mailer, OnUncertain, Receipt, RouteRules, Schedule, Scope, Terms,
};
use turbomail::queue::spool::{Head, Keep};

use crate::fake::{Act, Fake, Shared, manager};

/// A spool that is removed with the test.
pub(super) struct Bench {
    dir: tempfile::TempDir,
}

impl Bench {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        Self { dir }
    }

    pub(super) fn spool(&self) -> PathBuf {
        self.dir.path().join("spool")
    }

    /// The spool as a crash would leave it: a copy made at this moment.
    pub(super) fn copy(&self) -> Self {
        let copy = Self::new();
        copy_all(&self.spool(), &copy.spool());
        copy
    }

    /// The names in a part of the spool.
    pub(super) fn names(&self, part: &str) -> Vec<String> {
        names(&self.spool().join(part))
    }

    /// A mailer whose transport does what the script says, and that tries again after half a second.
    pub(super) fn mailer(&self, then: Act) -> Mailer {
        self.build(&Fake::new([], then), OnUncertain::Retry)
            .expect("built")
    }

    pub(super) fn build(
        &self,
        fake: &Arc<Fake>,
        unsure: OnUncertain,
    ) -> Result<Mailer, BuildError> {
        build_on(&self.spool(), fake, unsure)
    }
}

fn build_on(spool: &Path, fake: &Arc<Fake>, unsure: OnUncertain) -> Result<Mailer, BuildError> {
    let rules = RouteRules {
        schedule: Arc::new("1h".parse::<Schedule>().expect("a schedule")),
        on_uncertain: unsure,
        ..RouteRules::default()
    };
    let account = Account {
        manager: manager("on-demand"),
        rules,
        ..Account::new("work", Arc::new(Shared(Arc::clone(fake))))
    };
    let builder = Mailer::builder().account(account);
    builder.spool(spool, Scope::All).build()
}

/// A mailer on a spool that is the caller's, with a transport that always does the same.
pub(super) fn build(spool: &Path, then: Act) -> Result<Mailer, BuildError> {
    build_on(spool, &Fake::new([], then), OnUncertain::Retry)
}

pub(super) fn opened(spool: &Path, then: Act) -> Mailer {
    build(spool, then).expect("built")
}

/// A message to be put into a spool without its lock.
pub(super) fn keep(message: &Message) -> Keep {
    let (id, now) = (EntryId::new(), jiff::Timestamp::now());
    Keep {
        head: Head::new(id, &"work".into(), message, &Terms::default(), now),
        content: message.content.here().expect("in memory").clone(),
    }
}

pub(super) fn copy_all(from: &Path, to: &Path) {
    std::fs::create_dir(to).expect("made");
    std::fs::set_permissions(to, std::fs::metadata(from).expect("there").permissions())
        .expect("set");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy_all(&from, &to);
        // Nobody listens on a copy of a socket.
        } else if from.is_file() {
            std::fs::copy(&from, &to).expect("copied");
        }
    }
}

pub(super) fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(dir)
        .expect("a folder")
        .map(|entry| {
            entry
                .expect("readable")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

/// Ends a mailer as a program does that is told to.
pub(super) async fn leave(mailer: Mailer) {
    mailer
        .close(Leaving {
            drain: false,
            deadline: Duration::ZERO,
        })
        .await;
}

pub(super) async fn send(mailer: &Mailer, to: &str, subject: &str) -> Receipt {
    let draft = Draft::new("me@here.example", to, subject, "Hello");
    mailer.send(draft).await.expect("queued")
}

/// Waits until the queue is as wanted, for ten seconds at the most.
pub(super) async fn until(mailer: &Mailer, is_so: impl Fn(&Snapshot) -> bool) -> Snapshot {
    let mut changed = mailer.changed();
    let wait = async {
        loop {
            changed.mark_unchanged();
            let snapshot = mailer.snapshot();
            if is_so(&snapshot) {
                return snapshot;
            }
            changed.changed().await.expect("the mailer is there");
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(10), wait).await;
    waited.unwrap_or_else(|_| panic!("in time: {:#?}", mailer.snapshot()))
}

/// Waits until a file system is as wanted, for ten seconds at the most.
pub(super) async fn eventually(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..1000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what} never came about");
}

pub(super) fn live(snapshot: &Snapshot, id: EntryId) -> &Entry {
    snapshot.live.get(&id).expect("live")
}
