//! The room where effects happen, with a queue and a disk that the test holds in its hand.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what it takes for granted"
)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::timeout;
use turbomail::config::NewAccount;
use turbomail::mail::clean::Clean;
use turbomail::mail::clock::SystemClock;
use turbomail::mail::draft::Draft;
use turbomail::mail::event::Event;
use turbomail::mail::kept::KeptAttempt;
use turbomail::mail::message::Message;
use turbomail::mail::parcel::EntryId;
use turbomail::mail::smarthost::{Security, SmartHost};
use turbomail::mail::snapshot::Snapshot;
use turbomail::mail::stage::Stage;
use turbomail::mail::transcript::Transcript;
use turbomail::mailer::probe::compare::Record;
use turbomail::mailer::probe::walk::{Event as WalkEvent, Plan, walk};
use turbomail::tui::answer::{Answer, Refusal};
use turbomail::tui::contract::{Core, Verb};
use turbomail::tui::effect::{Effect, Level, Outgoing, Parting};
use turbomail::tui::memory::Memory;
use turbomail::tui::perform::Performer;
use turbomail::tui::probe::{News, Same};
use turbomail::tui::world::{Account, KeptDraft};

/// A queue that writes down what it is asked to do.
struct Fake {
    log: Mutex<Vec<String>>,
    changed: watch::Sender<u64>,
    events: broadcast::Sender<Event>,
    /// What every call that can fail says.
    trouble: Option<&'static str>,
}

impl Fake {
    fn new(trouble: Option<&'static str>) -> Arc<Self> {
        Arc::new(Self {
            log: Mutex::default(),
            changed: watch::Sender::new(0),
            events: broadcast::Sender::new(4),
            trouble,
        })
    }

    fn done(&self, what: String) -> Result<(), String> {
        self.log.lock().expect("whole").push(what);
        self.trouble.map_or(Ok(()), |words| Err(words.to_owned()))
    }

    fn log(&self) -> Vec<String> {
        self.log.lock().expect("whole").clone()
    }
}

impl Core for Fake {
    fn accounts(&self) -> Vec<Account> {
        Vec::new()
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot::default()
    }

    fn changed(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    fn message(&self, _id: EntryId) -> Result<Arc<Message>, Clean> {
        Err("the script has none".into())
    }

    fn conversations(&self, id: EntryId) -> Result<Vec<KeptAttempt>, Clean> {
        self.done(format!("look back at {id}"))
            .map_err(Clean::from)?;
        Ok(Vec::new())
    }

    fn send(&self, outgoing: Outgoing) -> BoxFuture<'_, Result<EntryId, Refusal>> {
        let result = self.done(format!("send {}", outgoing.draft.subject));
        let result = result.map(|()| EntryId(uuid::Uuid::nil()));
        let refuse = |words: String| Refusal {
            field: None,
            words: Clean::from(words),
        };
        async move { result.map_err(refuse) }.boxed()
    }

    fn act(&self, verb: Verb) -> Result<(), String> {
        assert_ne!(verb, Verb::RetryAll, "this one breaks down");
        self.done(format!("{verb:?}"))
    }

    fn keep(&self, key: &str, draft: &Draft) -> Result<Timestamp, String> {
        // The first takes longest: only order keeps it from winning over the later ones.
        if draft.subject == "0" {
            std::thread::sleep(Duration::from_millis(30));
        }
        self.done(format!("keep {key} {}", draft.subject))
            .map(|()| Timestamp::UNIX_EPOCH)
    }

    fn forget(&self, key: &str) -> Result<(), String> {
        self.done(format!("forget {key}"))
    }

    fn drafts(&self) -> Result<(Vec<KeptDraft>, Vec<String>), String> {
        self.done("drafts".into()).map(|()| Default::default())
    }

    fn save_account(&self, account: &NewAccount) -> Result<String, String> {
        self.done(format!("save {}", account.name))
            .map(|()| "saved".to_owned())
    }

    fn close(&self, _: Parting) -> BoxFuture<'_, Result<usize, String>> {
        async { Ok(0) }.boxed()
    }
}

async fn next(answers: &mut mpsc::UnboundedReceiver<Answer>) -> Answer {
    timeout(Duration::from_secs(20), answers.recv())
        .await
        .expect("in time")
        .expect("an answer")
}

fn draft(subject: usize) -> Draft {
    Draft::new("", "", subject.to_string(), "")
}

fn outgoing() -> Outgoing {
    Outgoing {
        route: "acme".into(),
        draft: draft(7),
    }
}

#[tokio::test]
async fn what_comes_before_the_queue_is_open_waits_and_keeps_its_order() {
    let (performer, mut answers) = Performer::new();
    for n in 0..5 {
        performer.perform(Effect::KeepDraft("a".into(), draft(n)), "a");
    }
    performer.perform(Effect::Send(outgoing()), "a");
    performer.perform(Effect::DropKept("a".into()), "a");
    let fake = Fake::new(None);
    performer.opened(Ok(fake.clone()));
    assert_eq!(next(&mut answers).await, Answer::Opened(Ok(())));
    performer.finished().await;
    let disk: Vec<String> = fake
        .log()
        .into_iter()
        .filter(|line| !line.starts_with("send"))
        .collect();
    assert_eq!(
        disk,
        [
            "drafts", "keep a 0", "keep a 1", "keep a 2", "keep a 3", "keep a 4", "forget a"
        ]
    );
    let mut got = Vec::new();
    while got.len() < 7 {
        got.push(next(&mut answers).await);
    }
    assert!(got.contains(&Answer::Sent(Ok(EntryId(uuid::Uuid::nil())))));
    assert!(got.contains(&Answer::Drafts(Vec::new())));
    assert_eq!(
        got.iter()
            .filter(|answer| matches!(answer, Answer::Kept(_, Ok(_))))
            .count(),
        5
    );
}

#[tokio::test]
async fn trouble_is_told_and_ends_nothing() {
    let (performer, mut answers) = Performer::new();
    let fake = Fake::new(Some("no space left on device"));
    performer.opened(Ok(fake.clone()));
    assert_eq!(next(&mut answers).await, Answer::Opened(Ok(())));
    assert!(
        matches!(next(&mut answers).await, Answer::Said(Level::Error, words) if words.contains("no space"))
    );
    performer.perform(Effect::KeepDraft("a".into(), draft(1)), "a");
    assert_eq!(
        next(&mut answers).await,
        Answer::Kept("a".into(), Err(Clean::new("no space left on device")))
    );
    performer.perform(Effect::Send(outgoing()), "a");
    assert!(
        matches!(next(&mut answers).await, Answer::Sent(Err(refusal)) if refusal.words.contains("no space"))
    );
    // Something below breaks down: it is told, and the next effect is performed as if nothing had been.
    performer.perform(Effect::RetryAll, "a");
    assert!(
        matches!(next(&mut answers).await, Answer::Said(Level::Error, words) if words.contains("broke down"))
    );
    performer.perform(Effect::PauseQueue(true), "a");
    assert!(matches!(
        next(&mut answers).await,
        Answer::Said(Level::Warning, _)
    ));
    assert!(fake.log().contains(&"Pause(true)".to_owned()));
}

#[tokio::test]
async fn a_queue_that_cannot_be_opened_refuses_and_says_why() {
    let (performer, mut answers) = Performer::new();
    performer.perform(Effect::Send(outgoing()), "a");
    performer.opened(Err("another console has the spool, process 4711".into()));
    let (first, second) = (next(&mut answers).await, next(&mut answers).await);
    let words = Clean::new("another console has the spool, process 4711");
    assert_eq!(first, Answer::Opened(Err(words.clone())));
    assert_eq!(
        second,
        Answer::Sent(Err(Refusal {
            field: None,
            words: words.clone()
        }))
    );
    // Leaving does not wait for what can never be done.
    performer.perform(Effect::KeepDraft("a".into(), draft(1)), "a");
    timeout(Duration::from_secs(20), performer.finished())
        .await
        .expect("at once");
    assert_eq!(
        next(&mut answers).await,
        Answer::Kept("a".into(), Err(words))
    );
}

#[tokio::test]
async fn files_are_looked_at_and_dropped_text_stays_text() {
    let (performer, mut answers) = Performer::new();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.txt");
    std::fs::write(&file, "four").expect("written");
    performer.perform(Effect::Attach(file.clone()), "k");
    assert_eq!(
        next(&mut answers).await,
        Answer::Attached("k".into(), file.clone(), Ok(4))
    );
    let none = vec![vec![folder.path().join("none")]];
    performer.perform(Effect::AttachOr(none, "text".into()), "k");
    assert_eq!(
        next(&mut answers).await,
        Answer::PastedText("k".into(), "text".into())
    );
    performer.perform(
        Effect::AttachOr(vec![vec![file.clone()]], "text".into()),
        "k",
    );
    assert_eq!(
        next(&mut answers).await,
        Answer::Attached("k".into(), file.clone(), Ok(4))
    );
    let start = folder.path().join("a").display().to_string();
    performer.perform(Effect::Complete(start.clone()), "k");
    assert_eq!(
        next(&mut answers).await,
        Answer::Completed(start, vec![file.display().to_string()])
    );
}

#[tokio::test]
async fn an_account_is_saved_by_the_core_or_it_is_said_why_not() {
    let account = || {
        let server = "relay.example.net:587".parse().expect("a server");
        Same::new(NewAccount {
            name: "work".into(),
            from: None,
            host: SmartHost::new(server, Security::StartTls),
        })
    };
    let (performer, mut answers) = Performer::new();
    let wanted = account();
    performer.perform(Effect::SaveAccount(wanted.clone()), "a");
    let fake = Fake::new(None);
    performer.opened(Ok(fake.clone()));
    assert_eq!(next(&mut answers).await, Answer::Opened(Ok(())));
    performer.finished().await;
    assert!(fake.log().contains(&"save work".to_owned()));
    let (performer, mut answers) = Performer::new();
    performer.perform(Effect::SaveAccount(wanted.clone()), "a");
    performer.opened(Err("the spool is held".into()));
    assert!(matches!(next(&mut answers).await, Answer::Opened(Err(_))));
    let said = next(&mut answers).await;
    assert_eq!(
        said,
        Answer::AccountSaved(wanted.clone(), Err("the spool is held".into()))
    );
    assert_ne!(
        said,
        Answer::AccountSaved(account(), Err("the spool is held".into()))
    );
}

#[tokio::test]
async fn a_probe_tells_all_that_happens_and_ends_where_it_is_cancelled() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let server = listener.local_addr().expect("bound").to_string();
    let plan = || {
        let host = SmartHost::new(server.parse().expect("a server"), Security::None);
        Same::new(Plan::new(host))
    };
    let (performer, mut answers) = Performer::new();
    performer.perform(Effect::Probe(7, plan()), "a");
    let (mut silent, _) = listener.accept().await.expect("a caller");
    let mut told = Vec::new();
    while told.len() < 6 {
        let Answer::Probe(7, news) = next(&mut answers).await else {
            panic!("news of another");
        };
        told.push(news);
    }
    assert!(matches!(&*told[0], News::Began(_)));
    let entered = |stage| WalkEvent::Entered {
        stage,
        limit: Duration::from_mins(5),
    };
    assert!(matches!(&*told[5], News::Happened(event) if *event == entered(Stage::Greeting)));
    performer.perform(Effect::WaitLonger(7, Duration::from_secs(1)), "a");
    performer.perform(Effect::CancelProbe(7), "a");
    let mut octets = [0; 8];
    let read = tokio::io::AsyncReadExt::read(&mut silent, &mut octets);
    let end = timeout(Duration::from_secs(20), read)
        .await
        .expect("in time");
    assert_eq!(end.expect("an orderly end"), 0);
    drop(listener);
    performer.perform(Effect::Probe(8, plan()), "a");
    let over = async {
        loop {
            if let Answer::Probe(8, news) = next(&mut answers).await
                && let News::Over(walk) = &*news
            {
                return walk.failure.clone();
            }
        }
    };
    let failure = over.await;
    assert!(failure.is_some_and(|failure| failure.stage == Stage::Connect));
}

#[tokio::test]
async fn runs_are_kept_and_recalled_and_pages_written_while_there_is_no_queue_yet() {
    let folder = tempfile::tempdir().expect("a folder");
    let memory = Memory::new(folder.path().join("probes"), 50);
    let (performer, mut answers) = Performer::new();
    let performer = performer.remembering(memory);
    let host = SmartHost::new("relay.test:2525".parse().expect("a server"), Security::None);
    let mut plan = Plan::new(host);
    // Nobody is there: the walk is over at once.
    plan.addresses = vec!["127.0.0.1:1".parse().expect("an address")];
    let transcript = Transcript::new(Arc::new(SystemClock::new()));
    let record = Record::of(&walk(&plan, &transcript, &mut |_| {}).await);
    performer.perform(Effect::Recall("relay.test".into()), "a");
    performer.perform(Effect::KeepRun(Box::new(record.clone())), "a");
    performer.perform(Effect::Recall("RELAY.test".into()), "a");
    let recalled = |host: &str, runs| Answer::Recalled(host.into(), Ok(runs));
    assert_eq!(next(&mut answers).await, recalled("relay.test", Vec::new()));
    assert_eq!(
        next(&mut answers).await,
        recalled("RELAY.test", vec![record])
    );
    // What is there is never written over.
    let name = folder.path().join("page").display().to_string();
    for (text, file) in [("one", "page.md"), ("two", "page-2.md")] {
        performer.perform(Effect::WritePage(name.clone(), text.into()), "a");
        let said = next(&mut answers).await;
        let place = folder.path().join(file);
        let words = format!("the page is in {}", place.display());
        assert_eq!(said, Answer::Said(Level::Info, words));
        assert_eq!(std::fs::read_to_string(place).expect("a page"), text);
    }
    let nowhere = folder.path().join("none/page").display().to_string();
    performer.perform(Effect::WritePage(nowhere, "lost".into()), "a");
    assert!(matches!(
        next(&mut answers).await,
        Answer::Said(Level::Error, _)
    ));
}

#[tokio::test]
async fn a_history_that_cannot_be_read_says_so_and_none_is_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("probes");
    std::fs::write(&file, "no folder").expect("written");
    let (performer, mut answers) = Performer::new();
    let performer = performer.remembering(Memory::new(file, 50));
    performer.perform(Effect::Recall("relay.test".into()), "a");
    assert!(matches!(
        next(&mut answers).await,
        Answer::Recalled(_, Err(_))
    ));
    let (performer, mut answers) = Performer::new();
    let performer = performer.remembering(Memory::new(folder.path().join("off"), 0));
    performer.perform(Effect::Recall("relay.test".into()), "a");
    let none = Answer::Recalled("relay.test".into(), Ok(Vec::new()));
    assert_eq!(next(&mut answers).await, none);
    assert!(!folder.path().join("off").exists());
}
