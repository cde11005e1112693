//! Writes conversations down on the spool's thread, a few at a time and behind everything else, and keeps the folder bounded.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, ReadDir};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::FOLDER;
use super::file::{UNFINISHED, add};
use super::waiting::{Said, Waiting};
use crate::mail::kept::KeptAttempt;
use crate::queue::spool::layout::Layout;
use crate::queue::spool::place::Place;

/// All conversations of a spool together, in octets as a disk counts them.
const MOST_OCTETS: u64 = 256 * 1024 * 1024;
/// What a file takes up at the least.
const BLOCK: u64 = 4096;
/// Conversations wait so long, so that the good-bye of a connection is among them.
const LULL: Duration = Duration::from_millis(50);
/// Those that only tell of success wait so long; in a storm most of them are forgotten before they are written.
const LONG_LULL: Duration = Duration::from_millis(300);
/// From one slice of those to the next, where more wait. The others are written as fast as the disk takes them.
const PACE: Duration = Duration::from_millis(50);
/// Conversations written at a time; whoever waits for the disk waits for no more of them.
const SLICE: usize = 32;
/// Names looked at in a step of the listing.
const STEP: usize = 500;
/// How long the last ones may take when the spool is let go.
const LAST: Duration = Duration::from_secs(1);

/// The conversations of a spool, as its thread writes them.
#[derive(Debug)]
pub(in crate::queue::spool) struct Book {
    layout: Layout,
    waiting: Arc<Waiting>,
    /// When the next slice is written, of those that tell of trouble and of the others.
    due: [Option<Instant>; 2],
    /// What each file takes up, as far as they are listed.
    sizes: BTreeMap<Uuid, u64>,
    octets: u64,
    most_octets: u64,
    listing: Listing,
    /// Whether the last one could not be written.
    in_trouble: bool,
}

/// How far the folder is known. It is listed step by step, and only by who delivers all of the spool.
#[derive(Debug)]
enum Listing {
    /// Nothing was written yet.
    Idle,
    Going(ReadDir),
    Done,
    /// Others' conversations are their affair.
    Never,
}

impl Book {
    pub(in crate::queue::spool) fn new(layout: Layout, waiting: Arc<Waiting>, all: bool) -> Self {
        Self {
            layout,
            waiting,
            due: [None; 2],
            sizes: BTreeMap::new(),
            octets: 0,
            most_octets: MOST_OCTETS,
            listing: if all { Listing::Idle } else { Listing::Never },
            in_trouble: false,
        }
    }

    /// How long the thread may rest for all that this is about.
    pub(in crate::queue::spool) fn rest(&mut self, now: Instant) -> Option<Duration> {
        if matches!(self.listing, Listing::Going(_)) {
            return Some(Duration::ZERO);
        }
        let (telling, plain) = self.waiting.count();
        let waits = [(telling, LULL), (plain, LONG_LULL)];
        for (due, (count, lull)) in self.due.iter_mut().zip(waits) {
            if count > 0 && due.is_none() {
                *due = Some(now + lull);
            }
        }
        let next = self.due.iter().flatten().min();
        next.map(|due| due.saturating_duration_since(now))
    }

    /// Writes what is due. Returns what is to be said: why the disk does not take it, once until it does again.
    pub(in crate::queue::spool) fn work(
        &mut self,
        places: &HashMap<Uuid, Place>,
        now: Instant,
    ) -> Option<io::Error> {
        self.list(places);
        let mut trouble = None;
        for (at, (telling, pace)) in [(true, Duration::ZERO), (false, PACE)]
            .into_iter()
            .enumerate()
        {
            let Some(due) = self.due.get_mut(at) else {
                continue;
            };
            if due.is_none_or(|due| due > now) {
                continue;
            }
            let slice = self.waiting.take(telling, SLICE);
            *due = (slice.len() == SLICE).then(|| now + pace);
            trouble = trouble.or(self.write(slice, places));
        }
        self.bound(places);
        trouble
    }

    /// Writes what is left, as far as that takes no longer than a moment. Returns what is to be said.
    pub(in crate::queue::spool) fn end(
        &mut self,
        places: &HashMap<Uuid, Place>,
    ) -> Option<io::Error> {
        let limit = Instant::now() + LAST;
        let mut trouble = None;
        for telling in [true, false] {
            while Instant::now() < limit {
                let slice = self.waiting.take(telling, SLICE);
                if slice.is_empty() {
                    break;
                }
                trouble = trouble.or(self.write(slice, places));
            }
        }
        trouble
    }

    fn write(&mut self, slice: Vec<Said>, places: &HashMap<Uuid, Place>) -> Option<io::Error> {
        let most = self.waiting.most();
        if slice.is_empty() || most == 0 {
            return None;
        }
        if let Listing::Idle = self.listing {
            self.begin_list();
        }
        for said in slice {
            // What was forgotten meanwhile has no conversations, either.
            if !places.contains_key(&said.id) {
                continue;
            }
            let kept = KeptAttempt::of(&said.attempt, &said.account);
            let path = self.layout.conversations_of(said.id);
            let added = kept
                .line()
                .map_err(io::Error::from)
                .and_then(|line| add(&path, &line, most));
            match added {
                Ok(octets) => {
                    self.in_trouble = false;
                    self.note(said.id, octets);
                }
                // The others would meet with the same.
                Err(_) if self.in_trouble => return None,
                Err(error) => {
                    self.in_trouble = true;
                    return Some(error);
                }
            }
        }
        None
    }

    /// Forgets the conversations of a message.
    pub(in crate::queue::spool) fn forget(&mut self, id: Uuid) {
        // Where there are none, or they cannot be removed, whoever lists the folder next does that.
        let _ = fs::remove_file(self.layout.conversations_of(id));
        self.note(id, 0);
    }

    fn note(&mut self, id: Uuid, octets: u64) {
        let octets = octets.div_ceil(BLOCK) * BLOCK;
        let before = match octets {
            0 => self.sizes.remove(&id),
            octets => self.sizes.insert(id, octets),
        };
        self.octets = (self.octets + octets).saturating_sub(before.unwrap_or(0));
    }

    fn begin_list(&mut self) {
        // Where there is no folder yet there is nothing to be listed.
        self.listing = match fs::read_dir(self.layout.part(FOLDER)) {
            Ok(list) => Listing::Going(list),
            Err(_) => Listing::Done,
        };
    }

    /// Goes on with the listing, and removes what belongs to no message.
    fn list(&mut self, places: &HashMap<Uuid, Place>) {
        let Listing::Going(list) = &mut self.listing else {
            return;
        };
        let step: Vec<_> = list.take(STEP).flatten().collect();
        if step.is_empty() {
            self.listing = Listing::Done;
        }
        for entry in step {
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            let unfinished = || name.strip_suffix(UNFINISHED)?.strip_suffix('.');
            match name.parse::<Uuid>() {
                Ok(id) if places.contains_key(&id) => {
                    if let Ok(facts) = entry.metadata() {
                        self.note(id, facts.len());
                    }
                }
                Ok(id) => self.forget(id),
                Err(_) if unfinished().is_some_and(|id| id.parse::<Uuid>().is_ok()) => {
                    let _ = fs::remove_file(entry.path());
                }
                Err(_) => {}
            }
        }
    }

    /// Where all of it takes up too much, forgets the conversations of messages that are done, oldest first; then of others.
    fn bound(&mut self, places: &HashMap<Uuid, Place>) {
        if self.octets <= self.most_octets || !matches!(self.listing, Listing::Done) {
            return;
        }
        let waits = |id: &Uuid| places.get(id) == Some(&Place::New);
        let (live, done): (Vec<Uuid>, Vec<Uuid>) = self.sizes.keys().copied().partition(waits);
        // Some more than needed, so that this is not done for every message.
        let enough = self.most_octets / 10 * 9;
        for id in done.into_iter().chain(live) {
            if self.octets <= enough {
                break;
            }
            self.forget(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::USUAL;
    use super::*;
    use crate::mail::clock::{Clock, SystemClock};
    use crate::mail::entry::{Attempt, AttemptEnd};
    use crate::mail::outcome::Failure;
    use crate::mail::parcel::Connection;
    use crate::mail::stage::Stage;
    use crate::mail::transcript::{By, Transcript};

    struct Bench {
        _dir: tempfile::TempDir,
        layout: Layout,
        waiting: Arc<Waiting>,
        book: Book,
        places: HashMap<Uuid, Place>,
    }

    impl Bench {
        fn new() -> Self {
            let dir = tempfile::tempdir().expect("a temporary folder");
            let layout = Layout::open(&dir.path().join("spool")).expect("fit");
            let waiting = Arc::new(Waiting::default());
            Self {
                book: Book::new(layout.clone(), Arc::clone(&waiting), true),
                _dir: dir,
                layout,
                waiting,
                places: HashMap::new(),
            }
        }

        fn say(&mut self, id: Uuid, number: u32, place: Place) {
            self.places.insert(id, place);
            self.waiting.add(said(id, number));
        }

        /// Lets time pass until nothing is left to be done.
        fn run(&mut self) -> Vec<String> {
            let (mut now, mut said) = (Instant::now(), Vec::new());
            while let Some(rest) = self.book.rest(now) {
                now += rest;
                said.extend(self.book.work(&self.places, now));
            }
            said.iter().map(ToString::to_string).collect()
        }

        fn numbers(&self, id: Uuid) -> Vec<u32> {
            let kept = self.layout.conversations(id).expect("readable");
            kept.iter().map(|one| one.told.number).collect()
        }
    }

    fn said(id: Uuid, number: u32) -> Said {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let started = clock.now();
        let transcript = Transcript::new(clock);
        transcript.push(Stage::Connect, By::Note, "connected");
        let end = AttemptEnd {
            took: Duration::ZERO,
            connection: Connection::default(),
            recipients: Vec::new(),
            trouble: (number > 1).then(|| Failure::local(Stage::Connect, "no")),
        };
        let attempt = Arc::new(Attempt {
            number,
            started,
            end: Some(end),
            transcript,
        });
        Said {
            id,
            account: "work".into(),
            attempt,
        }
    }

    #[test]
    fn many_of_a_message_are_bounded_and_all_go_with_it() {
        let (mut bench, id) = (Bench::new(), Uuid::now_v7());
        for number in 1..=12 {
            bench.say(id, number, Place::New);
            assert_eq!(bench.run(), [""; 0]);
        }
        assert_eq!(bench.numbers(id), [1, 6, 7, 8, 9, 10, 11, 12]);
        assert_eq!(bench.numbers(id).len(), USUAL);
        bench.book.forget(id);
        assert_eq!((bench.numbers(id).len(), bench.book.octets), (0, 0));
        // What is forgotten before it was written is not written.
        bench.say(id, 13, Place::New);
        bench.places.clear();
        bench.run();
        assert_eq!(bench.numbers(id).len(), 0);
        bench.waiting.keep(0);
        bench.say(id, 14, Place::New);
        bench.run();
        assert_eq!(bench.numbers(id).len(), 0);
    }

    #[test]
    fn the_folder_is_bounded_and_what_is_done_goes_first() {
        let mut bench = Bench::new();
        bench.book.most_octets = 10 * BLOCK;
        let ids: Vec<Uuid> = (0..12).map(|_| Uuid::now_v7()).collect();
        for (n, id) in ids.iter().enumerate() {
            let place = [Place::New, Place::Done, Place::Failed][n % 3];
            bench.say(*id, 2, place);
            bench.run();
        }
        let left = |id: &&Uuid| !bench.numbers(**id).is_empty();
        let left: Vec<usize> = (0..12).filter(|n| left(&&ids[*n])).collect();
        assert!(left.len() <= 10, "{left:?}");
        for live in [0, 3, 6, 9] {
            assert!(left.contains(&live), "{left:?}");
        }
        assert!(!left.contains(&1), "the oldest that is done: {left:?}");
        // Where nothing is done, the oldest that waits goes.
        for place in bench.places.values_mut() {
            *place = Place::New;
        }
        for _ in 0..10 {
            bench.say(Uuid::now_v7(), 2, Place::New);
            bench.run();
        }
        assert!(bench.numbers(ids[0]).is_empty() && bench.book.octets <= 10 * BLOCK);
    }

    #[test]
    fn what_belongs_to_no_message_is_swept_away() {
        let (mut bench, known) = (Bench::new(), Uuid::now_v7());
        let folder = bench.layout.part(FOLDER);
        fs::create_dir(&folder).expect("made");
        let (orphan, half) = (Uuid::now_v7(), format!("{}.tmp", Uuid::now_v7()));
        for name in [&orphan.to_string(), &half, "somebody's"] {
            fs::write(folder.join(name), "x\n").expect("written");
        }
        bench.say(known, 2, Place::New);
        bench.run();
        let mut names: Vec<String> = fs::read_dir(&folder)
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
        assert_eq!(names, [known.to_string(), "somebody's".to_owned()]);
        assert_eq!(bench.book.octets, BLOCK);
    }

    #[test]
    fn trouble_is_said_once_until_it_is_over() {
        let (mut bench, id) = (Bench::new(), Uuid::now_v7());
        let folder = bench.layout.part(FOLDER);
        fs::write(&folder, "in the way").expect("written");
        for number in 2..5 {
            bench.say(id, number, Place::New);
            assert_eq!(bench.run().len(), usize::from(number == 2));
        }
        fs::remove_file(&folder).expect("removed");
        bench.say(id, 5, Place::New);
        assert_eq!(bench.run(), [""; 0]);
        assert_eq!(bench.numbers(id), [5]);
        fs::remove_dir_all(&folder).expect("removed");
        fs::write(&folder, "again").expect("written");
        bench.say(id, 6, Place::New);
        assert_eq!(bench.run().len(), 1);
    }
}
