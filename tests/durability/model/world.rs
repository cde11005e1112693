//! The queue beside its spool, and the program that ends and begins again between them.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use turbomail::mail::clock::{Clock, ManualClock};
use turbomail::mail::dsn::About;
use turbomail::mail::entry::{End, Entry, Route};
use turbomail::mail::envelope::Envelope;
use turbomail::mail::message::Message;
use turbomail::mail::outcome::{Cause, Failure, Outcome, Status};
use turbomail::mail::parcel::{Connection, EntryId, Parcel, Report, Verdict};
use turbomail::mail::reply::Reply;
use turbomail::mail::stage::Stage;
use turbomail::mailer::{Claimed, OnUncertain, Queue, RouteRules, Schedule, Scope, Terms};
use turbomail::queue::{QueueError, Spool};
use uuid::Uuid;

use super::op::{Op, Wreck};
use crate::bench::copy_all;

/// Where an entry stands, as far as it has to outlive the program.
#[derive(Clone, Debug, PartialEq)]
struct Stand {
    /// Status, tries and time of each recipient. Of an uncertain one the words are left out.
    recipients: Vec<(String, u32, Option<Timestamp>)>,
    tries: u32,
    expires: Timestamp,
    held: Option<Timestamp>,
    end: Option<(End, Timestamp)>,
    wait: Option<Duration>,
    /// The reports that are owed on it.
    owed: BTreeMap<About, EntryId>,
}

/// What was asked for while an attempt was out.
#[derive(Clone, Copy, Debug)]
enum Wish {
    Hold(Timestamp),
    Drop,
}

pub(super) struct World {
    runtime: Runtime,
    clock: Arc<ManualClock>,
    dir: TempDir,
    route: Route,
    queue: Queue,
    spool: Spool,
    ids: Vec<EntryId>,
    /// What each would have done with it that may have been delivered.
    unsure: HashMap<EntryId, OnUncertain>,
    out: Vec<(Claimed, EntryId)>,
    /// What waits for an attempt to end.
    wishes: HashMap<EntryId, Wish>,
    /// The number of the last attempt at each.
    numbers: HashMap<EntryId, u32>,
    /// In which folder each file was when the disk last caught up.
    places: BTreeMap<EntryId, &'static str>,
}

type Verb = fn(&Queue, EntryId) -> Result<(), QueueError>;

/// A folder in memory, where there is such a thing: what is tested here is no disk.
fn folder() -> TempDir {
    let shm = Path::new("/dev/shm");
    let made = tempfile::tempdir_in(shm).or_else(|_| tempfile::tempdir());
    made.expect("a temporary folder")
}

fn open(dir: &Path, clock: &Arc<ManualClock>, route: &Route) -> (Queue, Spool) {
    let clock: Arc<dyn Clock> = Arc::clone(clock) as _;
    let queue = Queue::new(clock);
    let rules = RouteRules {
        schedule: Arc::new(Schedule::steps(&[10, 20], 40)),
        expire: Duration::from_mins(5),
        warn: Some(Duration::from_mins(1)),
        report: true,
        ..RouteRules::default()
    };
    queue.set_rules(route, rules);
    let opened = Spool::open(&dir.join("spool"), Scope::All).expect("opens");
    let aside = &opened.contents.aside;
    assert!(aside.is_empty(), "{aside:?}");
    queue.attach(&opened.spool, opened.contents);
    (queue, opened.spool)
}

impl World {
    pub(super) fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
        let (dir, route) = (folder(), Route::from("work"));
        let (queue, spool) = open(dir.path(), &clock, &route);
        Self {
            runtime: runtime.expect("a runtime"),
            clock,
            dir,
            route,
            queue,
            spool,
            ids: Vec::new(),
            unsure: HashMap::new(),
            out: Vec::new(),
            wishes: HashMap::new(),
            numbers: HashMap::new(),
            places: BTreeMap::new(),
        }
    }

    fn id(&self, n: usize) -> Option<EntryId> {
        self.ids.get(n.checked_rem(self.ids.len())?).copied()
    }

    /// A parcel that is out.
    fn take(&mut self, n: usize) -> Option<(Claimed, EntryId)> {
        let place = n.checked_rem(self.out.len())?;
        let taken = self.out.swap_remove(place);
        self.wishes.remove(&taken.1);
        Some(taken)
    }

    /// A person's verb, and what is wished behind it where an attempt is out.
    fn by_hand(&mut self, n: usize, verb: Verb, wish: Option<Wish>) {
        let Some(id) = self.id(n) else { return };
        let is_out = self.out.iter().any(|(_, other)| *other == id);
        if verb(&self.queue, id).is_ok() && is_out {
            self.wishes.remove(&id);
            self.wishes.extend(wish.map(|wish| (id, wish)));
        }
    }

    pub(super) fn run(&mut self, op: Op) {
        match op {
            Op::Queue {
                recipients,
                held,
                delay,
                expire,
                hold_unsure,
            } => {
                let now = self.clock.now();
                let terms = Terms {
                    held,
                    expire: (expire > 0).then_some(Duration::from_secs(expire)),
                    not_before: (delay > 0).then(|| now.after(Duration::from_secs(delay)).wall),
                    on_uncertain: hold_unsure.then_some(OnUncertain::Hold),
                    schedule: None,
                };
                self.queue(recipients, terms);
            }
            Op::Claim(max) => self.claim(max),
            Op::Dot(n) => {
                if let Some(place) = n.checked_rem(self.out.len()) {
                    parcel(&self.out[place].0).transcript.commit();
                }
            }
            Op::Settle(n, outcomes) => {
                let outcomes = outcomes.into_iter().map(outcome).collect();
                self.report(n, Verdict::Settled(outcomes));
            }
            Op::Trouble(n) => {
                let failure = Failure::new(Stage::Connect, Cause::Closed);
                self.report(n, Verdict::HostTrouble(failure));
                let _ = self.queue.resume_route(&self.route);
            }
            Op::Return(n) => self.report(n, Verdict::Returned),
            Op::Lose(n) => drop(
                self.take(n)
                    .map(|(claimed, _)| claimed.worker_died("killed")),
            ),
            Op::Hold(n) => {
                let wish = Wish::Hold(self.clock.now().wall);
                self.by_hand(n, Queue::hold, Some(wish));
            }
            Op::Release(n) => self.by_hand(n, Queue::release, None),
            Op::Retry(n) => drop(self.id(n).map(|id| self.queue.retry_now(id))),
            Op::Drop(n) => self.by_hand(n, Queue::drop_entry, Some(Wish::Drop)),
            Op::Restore(n) => self.by_hand(n, Queue::restore, None),
            Op::Pay(n) => drop(self.pay(n)),
            Op::Pass(seconds) => self.clock.advance(Duration::from_secs(seconds)),
            Op::Expire => self.queue.expire(),
            Op::Flush => self.flush(),
            Op::Close => self.close(),
            Op::Kill(wreck) => self.kill(&wreck),
        }
    }

    fn queue(&mut self, recipients: usize, terms: Terms) {
        let id = EntryId(Uuid::from_u128(self.ids.len() as u128 + 1));
        let to = (0..recipients).map(|n| format!("r{n}@example.com").parse().expect("address"));
        let message = Message {
            envelope: Envelope::new("me@example.com".parse().ok(), to),
            message_id: format!("<{id}@example.com>"),
            from: String::new(),
            subject: String::new(),
            content: content(id).into(),
            eight_bit: false,
            draft: None,
        };
        self.unsure
            .insert(id, terms.on_uncertain.unwrap_or_default());
        let queued = self.queue.enqueue(id, &self.route, message.into(), terms);
        self.runtime.block_on(queued).expect("queued");
        self.is_there(id);
    }

    fn is_there(&mut self, id: EntryId) {
        self.ids.push(id);
        self.numbers.insert(id, 0);
        self.places.insert(id, "new");
    }

    /// Queues a report that is owed; nothing where none is.
    fn pay(&mut self, n: usize) -> Option<EntryId> {
        let owed = self.queue.owed(|_| true);
        let owed = owed.get(n.checked_rem(owed.len())?)?;
        let report = Message {
            envelope: Envelope::new(None, ["me@example.com".parse().expect("address")]),
            content: content(owed.report).into(),
            draft: None,
            ..Message::clone(&owed.entry.message)
        };
        let paid = self.queue.pay(owed, report);
        self.runtime.block_on(paid).expect("queued");
        self.unsure.insert(owed.report, OnUncertain::default());
        self.is_there(owed.report);
        Some(owed.report)
    }

    fn claim(&mut self, max: usize) {
        for _ in 0..max {
            let Some(claimed) = self.queue.claim(&self.route, 1) else {
                return;
            };
            // The host is well, so that more may follow.
            claimed.ready();
            let id = parcel(&claimed).entry;
            let number = self.numbers.entry(id).or_default();
            assert_eq!(
                parcel(&claimed).attempt,
                *number + 1,
                "attempts are counted on"
            );
            *number += 1;
            let loaded = self.runtime.block_on(claimed.load());
            assert_eq!(loaded[0].message.octets(), content(id), "its own content");
            self.out.push((claimed, id));
        }
    }

    fn report(&mut self, n: usize, verdict: Verdict) {
        let Some((claimed, id)) = self.take(n) else {
            return;
        };
        if verdict == Verdict::Returned {
            // It was no attempt.
            *self.numbers.entry(id).or_default() -= 1;
        }
        let settled = claimed.settle(Report {
            entry: id,
            verdict,
            connection: Connection::default(),
            took: Duration::ZERO,
        });
        assert!(settled, "its report was taken");
    }

    fn flush(&mut self) {
        self.runtime.block_on(self.spool.flush()).expect("flushed");
        for id in &self.ids {
            let place = folder_of(self.dir.path(), *id);
            let entry = self.queue.entry(*id).expect("kept");
            assert_eq!(place, belongs(&entry, self.clock.now()), "{entry:?}");
            self.places.insert(*id, place);
        }
    }

    /// The program ends as it should: what is out comes back first.
    fn close(&mut self) {
        self.wishes.clear();
        for (claimed, id) in self.out.drain(..) {
            let committed = parcel(&claimed).transcript.progress().committed;
            if !committed {
                *self.numbers.entry(id).or_default() -= 1;
            }
        }
        let mut before = self.stands();
        is_over(&mut before);
        self.runtime.block_on(self.spool.close());
        self.begin_again(&before);
    }

    /// The program is killed: the next one finds a copy of what there was.
    fn kill(&mut self, wreck: &Wreck) {
        let paid = wreck.unsaid.and_then(|n| self.pay(n));
        let mut before = self.stands();
        let now = self.clock.now();
        for (claimed, id) in &self.out {
            let stand = before.get_mut(id).expect("kept");
            if parcel(claimed).transcript.progress().committed {
                for (status, tries, when) in &mut stand.recipients {
                    if is_open(status) {
                        "uncertain".clone_into(status);
                        (*tries, *when) = (*tries + 1, Some(now.wall));
                    }
                }
                stand.tries += 1;
                if self.unsure[id] == OnUncertain::Hold {
                    stand.held = Some(now.wall);
                }
            }
            match self.wishes.remove(id) {
                Some(Wish::Hold(at)) if at < stand.expires => stand.held = Some(at),
                Some(Wish::Drop) => {
                    (stand.end, stand.wait) = (Some((End::Dropped, now.wall)), None);
                }
                _ => {}
            }
        }
        is_over(&mut before);
        let places = self.places.clone();
        self.flush();
        let copy = folder();
        copy_all(&self.dir.path().join("spool"), &copy.path().join("spool"));
        for (number, id) in self.ids.iter().enumerate() {
            let bit = |bits: u64| bits >> (number % 64) & 1 == 1;
            let (was, is) = (places[id], self.places[id]);
            if was != is && bit(wreck.unmoved) {
                let path = |part: &str| path(copy.path(), part, *id);
                if is == "failed" && bit(wreck.linked) {
                    fs::hard_link(path(is), path(was)).expect("linked");
                } else {
                    fs::rename(path(is), path(was)).expect("moved back");
                }
            }
        }
        if paid.is_some() {
            unsay(&copy.path().join("spool/journal"));
        }
        tear(&copy.path().join("spool/journal"), wreck.torn);
        // What the old program still does, it does in its own folder.
        let old = std::mem::replace(&mut self.dir, copy);
        let out = std::mem::take(&mut self.out);
        self.begin_again(&before);
        drop((out, old));
    }

    fn begin_again(&mut self, before: &BTreeMap<EntryId, Stand>) {
        (self.queue, self.spool) = open(self.dir.path(), &self.clock, &self.route);
        let after = self.stands();
        for (id, before) in before {
            assert_eq!(after.get(id), Some(before), "{id}");
        }
        assert_eq!(after.len(), before.len());
        self.flush();
    }

    fn stands(&self) -> BTreeMap<EntryId, Stand> {
        let (snapshot, now) = (self.queue.snapshot(), self.clock.now());
        assert_eq!(snapshot.live.len() + snapshot.done.len(), self.ids.len());
        let mut owed: BTreeMap<EntryId, BTreeMap<About, EntryId>> = BTreeMap::new();
        for one in self.queue.owed(|_| true) {
            let known = owed.entry(one.entry.id).or_default();
            known.insert(one.about, one.report);
        }
        let entries = snapshot.live.values().chain(snapshot.done.values());
        entries
            .map(|entry| {
                let recipients = entry.recipients.iter().map(|one| {
                    let status = match &one.status {
                        Status::Uncertain(_) => "uncertain".to_owned(),
                        other => format!("{other:?}"),
                    };
                    (status, one.tries, one.when)
                });
                let stand = Stand {
                    recipients: recipients.collect(),
                    tries: entry.tries,
                    expires: entry.expires,
                    held: entry.held.map(|held| held.wall),
                    end: entry.end.map(|(end, at)| (end, at.wall)),
                    wait: entry.end.is_none().then(|| entry.wait(now)),
                    owed: owed.remove(&entry.id).unwrap_or_default(),
                };
                (entry.id, stand)
            })
            .collect()
    }
}

fn parcel(claimed: &Claimed) -> &Parcel {
    &claimed.parcels()[0]
}

/// That it takes longer is no news any more of a message that has ended.
fn is_over(stands: &mut BTreeMap<EntryId, Stand>) {
    for stand in stands.values_mut().filter(|stand| stand.end.is_some()) {
        stand.owed.remove(&About::Delayed);
    }
}

fn is_open(status: &str) -> bool {
    ["Pending", "Deferred", "uncertain"]
        .iter()
        .any(|open| status.starts_with(open))
}

fn content(id: EntryId) -> Vec<u8> {
    format!("Message-ID: <{id}@example.com>\r\n\r\n.Content of {id}\r\n").into_bytes()
}

fn outcome(kind: u8) -> Outcome {
    match kind {
        0 => Outcome::Delivered(Reply::new(250, ["ok"])),
        1 => Failure::refused(Stage::Rcpt, Reply::new(450, ["later"])).into(),
        2 => Failure::refused(Stage::Rcpt, Reply::new(550, ["no"])).into(),
        _ => Outcome::Uncertain(Failure::new(Stage::Content, Cause::Closed)),
    }
}

fn path(dir: &Path, part: &str, id: EntryId) -> PathBuf {
    dir.join("spool").join(part).join(id.to_string())
}

/// The one folder where a message's file is.
fn folder_of(dir: &Path, id: EntryId) -> &'static str {
    let parts = ["new", "done", "failed"].into_iter();
    let found: Vec<&str> = parts.filter(|part| path(dir, part, id).exists()).collect();
    match found[..] {
        [one] => one,
        _ => panic!("{id} is in {found:?}"),
    }
}

fn belongs(entry: &Entry, now: turbomail::mail::clock::Now) -> &'static str {
    use turbomail::mail::entry::State;
    match entry.state(now) {
        _ if entry.end.is_none() => "new",
        State::Delivered | State::Dropped => "done",
        _ => "failed",
    }
}

/// Takes away the last line, by which a report was said to be there.
fn unsay(journal: &Path) {
    let names = fs::read_dir(journal).expect("a folder").flatten();
    let newest = names.map(|entry| entry.path()).max().expect("a file");
    let text = fs::read_to_string(&newest).expect("readable");
    let (before, line) = text.trim_end().rsplit_once('\n').expect("lines");
    assert!(line.contains("\"paid\":"), "{line}");
    fs::write(newest, format!("{before}\n")).expect("written");
}

/// A line of which only the beginning came to the disk.
fn tear(journal: &Path, octets: usize) {
    let names = fs::read_dir(journal).expect("a folder").flatten();
    let newest = names.map(|entry| entry.path()).max().expect("a file");
    let mut file = fs::OpenOptions::new()
        .append(true)
        .open(newest)
        .expect("opens");
    let line = br#"{"id":"00000000-0000-0000-0000-000000000001","state":{"tries":99,"number":99"#;
    file.write_all(&line[..octets]).expect("written");
}
