//! The judgement: nothing that was told queued is lost, and nothing came twice without an excuse.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use turbomail::mail::entry::End;
use turbomail::mail::outcome::Status;
use turbomail::queue::spool::{Found, Layout, Place};

use crate::child::WORKERS;
use crate::letter::{self, Fate};
use crate::server::{Book, Copy};
use crate::troop::Told;

/// What came of it, for people.
#[derive(Debug, Default)]
pub(crate) struct Sum {
    pub(crate) queued: usize,
    pub(crate) untold: usize,
    pub(crate) copies: usize,
    pub(crate) reports: usize,
    pub(crate) twice: usize,
    pub(crate) unsaid: usize,
}

/// Copies by their names.
type Copies<'a> = BTreeMap<&'a str, Vec<&'a Copy>>;

/// Judges a storm that is over; every fault is one line.
pub(crate) fn judge(told: &Told, book: &Book, spool: &Path) -> (Sum, Vec<String>) {
    let mut faults = book.complaints.clone();
    let contents = Layout::open(spool).expect("fit").look().expect("readable");
    for words in &contents.aside {
        faults.push(format!("set aside: {words}"));
    }
    let mut kept: BTreeMap<&str, Vec<&Found>> = BTreeMap::new();
    let is_message = |found: &&Found| found.head.envelope.reverse_path.is_some();
    for found in contents.found.iter().filter(is_message) {
        kept.entry(&found.head.subject).or_default().push(found);
    }
    let (mut copies, mut reports) = (Copies::new(), Copies::new());
    for copy in &book.copies {
        let list = match copy.about {
            Some(_) => &mut reports,
            None => &mut copies,
        };
        list.entry(&copy.name).or_default().push(copy);
    }
    let mut sum = Sum {
        queued: told.queued.len(),
        copies: book.copies.len(),
        reports: reports.len(),
        unsaid: book.copies.iter().filter(|copy| copy.unsaid).count(),
        ..Sum::default()
    };
    let seen: BTreeSet<&str> = copies.keys().chain(kept.keys()).copied().collect();
    for name in &seen {
        let known = told.queued.contains(*name);
        sum.untold += usize::from(!known);
        if !known && !told.unsure.contains(*name) {
            faults.push(format!("{name} was delivered and never queued"));
        }
    }
    for whole in &told.wholes {
        let there = whole
            .iter()
            .filter(|name| seen.contains(name.as_str()))
            .count();
        if there != 0 && there != whole.len() {
            faults.push(format!("{there} of {whole:?} were queued"));
        }
    }
    let none = Vec::new();
    for name in told.queued.iter().map(String::as_str).chain(seen) {
        let kept = kept.get(name).map_or(&[][..], |kept| &kept[..]);
        let copies = copies.get(name).unwrap_or(&none);
        if told.dropping.contains(name) {
            faults.extend(dropped(name, copies, kept));
        } else {
            faults.extend(lost(name, copies, kept));
        }
        faults.extend(unheeded(name, copies, told));
        faults.extend(untold(name, &reports, told));
    }
    for copies in copies.values().chain(reports.values()) {
        let (twice, without) = doubles(copies, told);
        sum.twice += twice;
        faults.extend(without);
    }
    let excuses = told.all_kills() * WORKERS + sum.unsaid;
    if sum.twice > excuses {
        faults.push(format!("{} copies too many, {excuses} excuses", sum.twice));
    }
    faults.dedup();
    (sum, faults)
}

/// What is wrong with the end of a message: each recipient has it, or was refused and the spool says so.
fn lost(name: &str, copies: &[&Copy], kept: &[&Found]) -> Vec<String> {
    let mut faults = Vec::new();
    let recipients = letter::recipients(name);
    for address in &recipients {
        let came = copies.iter().any(|copy| copy.recipients.contains(address));
        match Fate::of(address) {
            Fate::Refused if came => faults.push(format!("{address} was delivered after all")),
            Fate::Taken | Fate::Grey if !came => faults.push(format!("{address} was lost")),
            _ => {}
        }
    }
    let refused = recipients.iter().any(|one| Fate::of(one) == Fate::Refused);
    match kept {
        [] if refused => faults.push(format!("{name} failed and is not kept")),
        // The latest thousand that were delivered are kept, the others are gone.
        [] => {}
        [found] => faults.extend(ended_otherwise(name, found, refused)),
        more => faults.push(format!("{name} is in the spool {} times", more.len())),
    }
    faults
}

/// What is wrong with the end of a message that may have been dropped: nobody refused has it, and it has an end.
fn dropped(name: &str, copies: &[&Copy], kept: &[&Found]) -> Vec<String> {
    let mut faults = Vec::new();
    let refused = |one: &&String| Fate::of(one) == Fate::Refused;
    let came = copies.iter().flat_map(|copy| &copy.recipients);
    faults.extend(
        came.filter(refused)
            .map(|one| format!("{one} was delivered after all")),
    );
    let is_over = |found: &Found| {
        found
            .record
            .as_ref()
            .is_some_and(|record| record.end.is_some())
    };
    if let [found] = kept
        && !is_over(found)
    {
        faults.push(format!("{name} was dropped and waits"));
    }
    if kept.len() > 1 {
        faults.push(format!("{name} is in the spool {} times", kept.len()));
    }
    faults
}

/// Copies that came after somebody was told that there would be none, or not yet: the process that said so may have had it under
/// way, the later ones may not.
fn unheeded(name: &str, copies: &[&Copy], told: &Told) -> Vec<String> {
    let later = |by: Option<&u64>, except: u64| -> Vec<String> {
        let by = by.copied().unwrap_or(u64::MAX);
        let later = copies
            .iter()
            .filter(|copy| copy.process > by && copy.process != except);
        later
            .map(|copy| format!("process {by} was told to stop this: {copy:?}"))
            .collect()
    };
    let mut faults = later(told.dropped.get(name), 0);
    faults.extend(later(told.held.get(name), told.last));
    faults
}

/// What is wrong with what the author was told: one report where a recipient was refused, and none elsewhere.
fn untold(name: &str, reports: &Copies<'_>, told: &Told) -> Option<String> {
    let about = |copies: &&Vec<&Copy>| {
        copies
            .iter()
            .all(|copy| copy.about.as_deref() == Some(name))
    };
    let count = reports.values().filter(about).count();
    let refused = letter::recipients(name)
        .iter()
        .any(|one| Fate::of(one) == Fate::Refused);
    let right = match (refused, told.dropping.contains(name)) {
        (true, false) => count == 1,
        (true, true) => count <= 1,
        (false, _) => count == 0,
    };
    (!right).then(|| format!("the author of {name} was told {count} times"))
}

/// Where the journal says otherwise than the server.
fn ended_otherwise(name: &str, found: &Found, refused: bool) -> Option<String> {
    let place = if refused { Place::Failed } else { Place::Done };
    let record = found.record.as_ref();
    let ended = record.is_some_and(|record| {
        let standings = record.recipients.as_deref().unwrap_or_default();
        let right = standings.iter().all(|one| {
            let address = found.head.envelope.recipients.get(one.place);
            match address.map(|address| Fate::of(&address.to_string())) {
                Some(Fate::Refused) => {
                    matches!(&one.status, Status::Failed(failure) if failure.code() == Some(550))
                }
                _ => matches!(one.status, Status::Delivered(_)),
            }
        });
        right && standings.len() == 2 && matches!(record.end, Some((End::Settled, _)))
    });
    (!ended || found.place != place)
        .then(|| format!("{name} is in {:?} and stands so: {record:?}", found.place))
}

/// How many copies too many there are of a message, and those of them that have no excuse: the reply to the copy before was
/// given, and the client lived to write it down.
fn doubles(copies: &[&Copy], told: &Told) -> (usize, Vec<String>) {
    let (mut twice, mut faults) = (0, Vec::new());
    for (at, copy) in copies.iter().enumerate() {
        let again = |later: &&Copy| {
            later
                .recipients
                .iter()
                .any(|one| copy.recipients.contains(one))
        };
        if !copies[at + 1..].iter().any(again) {
            continue;
        }
        twice += 1;
        let killed = told.killed.contains(&copy.process) && !copy.heard;
        if !copy.unsaid && !killed {
            faults.push(format!("sent again without an excuse: {copy:?}"));
        }
    }
    (twice, faults)
}
