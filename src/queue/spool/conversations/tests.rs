//! What holds for the conversations of a spool, on a disk and with the time moved by hand.

use std::collections::HashMap;
use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::ledger::BLOCK;
use super::{Book, FOLDER, Said, USUAL, Waiting};
use crate::mail::clock::{Clock, SystemClock};
use crate::mail::entry::{Attempt, AttemptEnd};
use crate::mail::outcome::Failure;
use crate::mail::parcel::Connection;
use crate::mail::stage::Stage;
use crate::mail::transcript::{By, Transcript};
use crate::queue::spool::layout::Layout;
use crate::queue::spool::place::Place;

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
    assert_eq!((bench.numbers(id).len(), bench.book.ledger.octets), (0, 0));
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
    bench.book.ledger.most_octets = 10 * BLOCK;
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
    assert!(bench.numbers(ids[0]).is_empty() && bench.book.ledger.octets <= 10 * BLOCK);
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
    assert_eq!(bench.book.ledger.octets, BLOCK);
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
