//! Several sides led through both phases, each of which may fail at any step.

use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use turbomail::mailer::{Refusal, TwoPhase, TwoPhaseError, commit_all};

use crate::{draft, live, queue_only};

type Diary = Arc<Mutex<Vec<String>>>;

/// A side that writes down what it was told, and refuses at one step.
struct Side {
    name: &'static str,
    refuses: &'static str,
    diary: Diary,
}

impl Side {
    fn step(&self, step: &str) -> Result<(), Refusal> {
        let line = format!("{} {step}", self.name);
        self.diary.lock().expect("diary").push(line);
        if self.refuses == step {
            return Err(format!("{} cannot {step}", self.name).into());
        }
        Ok(())
    }
}

impl TwoPhase for Side {
    fn prepare(&mut self) -> BoxFuture<'_, Result<(), Refusal>> {
        async move { self.step("prepare") }.boxed()
    }

    fn commit(&mut self) -> BoxFuture<'_, Result<(), Refusal>> {
        async move { self.step("commit") }.boxed()
    }

    fn abort(&mut self) -> BoxFuture<'_, ()> {
        async move { drop(self.step("abort")) }.boxed()
    }
}

/// What two sides around a mail did, how it ended, and how much mail there is.
async fn run(first: &'static str, last: &'static str) -> (Vec<String>, String, usize) {
    let (mailer, diary) = (queue_only(), Diary::default());
    let side = |name, refuses| Side {
        name,
        refuses,
        diary: Arc::clone(&diary),
    };
    let (mut a, mut b) = (side("a", first), side("b", last));
    let mut tx = mailer.transaction();
    tx.send(draft("both")).await.expect("staged");
    let result = commit_all(&mut [&mut a, &mut tx, &mut b]).await;
    let end = match result {
        Ok(()) => "ok".to_owned(),
        Err(TwoPhaseError::RolledBack { side, .. }) => format!("rolled back by {side}"),
        Err(TwoPhaseError::Broken { side, .. }) => format!("broken by {side}"),
    };
    assert_eq!(tx.receipts().len(), live(&mailer).len());
    let diary = diary.lock().expect("diary").clone();
    (diary, end, live(&mailer).len())
}

#[tokio::test]
async fn the_first_side_decides_and_the_others_follow() {
    let (diary, end, mails) = run("", "").await;
    assert_eq!(diary, ["a prepare", "b prepare", "a commit", "b commit"]);
    assert_eq!((end.as_str(), mails), ("ok", 1));
    let (diary, end, mails) = run("commit", "").await;
    assert_eq!(
        diary,
        ["a prepare", "b prepare", "a commit", "a abort", "b abort"]
    );
    assert_eq!((end.as_str(), mails), ("rolled back by 0", 0));
    let (_, end, mails) = run("", "commit").await;
    assert_eq!((end.as_str(), mails), ("broken by 2", 1));
}

#[tokio::test]
async fn who_cannot_promise_stops_all() {
    let (diary, end, mails) = run("prepare", "").await;
    assert_eq!(diary, ["a prepare", "a abort", "b abort"]);
    assert_eq!((end.as_str(), mails), ("rolled back by 0", 0));
    let (diary, end, mails) = run("", "prepare").await;
    assert_eq!(diary, ["a prepare", "b prepare", "a abort", "b abort"]);
    assert_eq!((end.as_str(), mails), ("rolled back by 2", 0));
    commit_all(&mut []).await.expect("nobody refuses");
}
