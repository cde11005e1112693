//! What the folder of conversations takes up: listed step by step, swept, and kept within bounds.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, ReadDir};

use uuid::Uuid;

use super::FOLDER;
use super::file::UNFINISHED;
use crate::queue::spool::layout::Layout;
use crate::queue::spool::place::Place;

/// All conversations of a spool together, in octets as a disk counts them.
const MOST_OCTETS: u64 = 256 * 1024 * 1024;
/// What a file takes up at the least.
pub(super) const BLOCK: u64 = 4096;
/// Names looked at in a step of the listing.
const STEP: usize = 500;

/// What the files take up.
#[derive(Debug)]
pub(super) struct Ledger {
    layout: Layout,
    /// What each file takes up, as far as they are listed.
    sizes: BTreeMap<Uuid, u64>,
    pub(super) octets: u64,
    pub(super) most_octets: u64,
    listing: Listing,
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

impl Ledger {
    pub(super) fn new(layout: Layout, all: bool) -> Self {
        Self {
            layout,
            sizes: BTreeMap::new(),
            octets: 0,
            most_octets: MOST_OCTETS,
            listing: if all { Listing::Idle } else { Listing::Never },
        }
    }

    /// Whether the listing is to go on.
    pub(super) const fn is_listing(&self) -> bool {
        matches!(self.listing, Listing::Going(_))
    }

    /// Forgets the conversations of a message.
    pub(super) fn forget(&mut self, id: Uuid) {
        // Where there are none, or they cannot be removed, whoever lists the folder next does that.
        let _ = fs::remove_file(self.layout.conversations_of(id));
        self.note(id, 0);
    }

    /// A file is so long now; not there, where that is nothing.
    pub(super) fn note(&mut self, id: Uuid, octets: u64) {
        let octets = octets.div_ceil(BLOCK) * BLOCK;
        let before = match octets {
            0 => self.sizes.remove(&id),
            octets => self.sizes.insert(id, octets),
        };
        self.octets = (self.octets + octets).saturating_sub(before.unwrap_or(0));
    }

    /// Begins to list the folder, where that was not done yet.
    pub(super) fn begin(&mut self) {
        if !matches!(self.listing, Listing::Idle) {
            return;
        }
        // Where there is no folder yet there is nothing to be listed.
        self.listing = match fs::read_dir(self.layout.part(FOLDER)) {
            Ok(list) => Listing::Going(list),
            Err(_) => Listing::Done,
        };
    }

    /// Goes on with the listing, and removes what belongs to no message.
    pub(super) fn list(&mut self, places: &HashMap<Uuid, Place>) {
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
    pub(super) fn bound(&mut self, places: &HashMap<Uuid, Place>) {
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
