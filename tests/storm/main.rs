//! The kill storm: real processes that queue and deliver are killed at any instant, and the server does its worst. Whatever
//! was told queued is delivered or failed as the server's rule says, and nothing comes twice that had no reason to. The author of
//! what failed is told once, and what was dropped or held during an attempt stays so.
//!
//! `STORM_KILLS`, `STORM_MESSAGES` and `STORM_SEED` make it longer or repeat one.

#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod chance;
mod child;
mod letter;
mod server;
mod troop;
mod verdict;

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chance::Chance;
use child::Orders;
use server::Server;
use troop::{Process, Told};

/// Processes that queue are killed about as often as those that deliver.
const KILLS: u64 = 160;
const MESSAGES: u64 = 2000;
/// Of the kills of a process that delivers, one in so many comes while it starts.
const EARLY: u64 = 5;

/// What the parts of a storm share.
struct Storm<'a> {
    spool: &'a Path,
    port: u16,
    seed: u64,
    next: AtomicU64,
    told: Mutex<Told>,
    /// One part has failed, and the others need not go on.
    is_over: AtomicBool,
}

/// Ends the storm where the part that has it ends in a panic.
struct EndsWith<'a>(&'a AtomicBool);

impl Drop for EndsWith<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}

impl Storm<'_> {
    fn orders(&self, role: &str, messages: u64, chance: &mut Chance) -> Orders {
        Orders {
            role: role.to_owned(),
            spool: self.spool.to_owned(),
            port: self.port,
            number: self.next.fetch_add(1, Ordering::Relaxed),
            seed: chance.next(),
            messages,
        }
    }

    fn told<R>(&self, look: impl FnOnce(&mut Told) -> R) -> R {
        look(&mut self.told.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn kills(&self, role: &str) -> u64 {
        self.told(|told| told.kills.get(role).copied().unwrap_or(0)) as u64
    }

    fn goes_on(&self, role: &str, kills: u64) -> bool {
        !self.is_over.load(Ordering::Relaxed) && self.kills(role) < kills
    }

    /// Kills processes that deliver, one after another.
    fn kill_deliverers(&self, kills: u64) {
        let (mut chance, _end) = (Chance::of(self.seed, "deliverers"), EndsWith(&self.is_over));
        while self.goes_on("deliver", kills) {
            let mut process = Process::start(&self.orders("deliver", 3, &mut chance));
            if chance.below(EARLY) == 0 {
                pause(chance.below(80));
            } else {
                process.hear("ready");
                pause(chance.below(300));
            }
            let end = process.kill();
            self.told(|told| told.take_in("deliver", &end));
        }
    }

    /// Kills processes that queue, in step with the others, until there are messages enough.
    fn kill_enqueuers(&self, kills: u64, deliverers: u64, messages: u64) {
        let (mut chance, _end) = (Chance::of(self.seed, "enqueuers"), EndsWith(&self.is_over));
        let share = messages / kills.max(1) + 8;
        while self.goes_on("enqueue", kills) {
            let done = self.kills("enqueue");
            if done * deliverers > self.kills("deliver") * kills + kills {
                pause(5);
                continue;
            }
            let mut process = Process::start(&self.orders("enqueue", share, &mut chance));
            if chance.below(EARLY) > 0 {
                process.hear("trying");
            }
            pause(chance.below(25));
            let end = process.kill();
            self.told(|told| told.take_in("enqueue", &end));
        }
    }

    /// Lets a process come to its own end.
    fn let_end(&self, role: &str, messages: u64) {
        let mut chance = Chance::of(self.seed, role);
        let end = Process::start(&self.orders(role, messages, &mut chance)).end();
        self.told(|told| told.take_in(role, &end));
    }
}

/// The instants of the kills: nothing is waited for here.
fn pause(millis: u64) {
    std::thread::sleep(Duration::from_millis(millis));
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is no number: {text}")),
    )
}

#[test]
fn nothing_is_lost_in_a_kill_storm() {
    let begun = Instant::now();
    let kills = number("STORM_KILLS").unwrap_or(KILLS);
    let messages = number("STORM_MESSAGES").unwrap_or(MESSAGES);
    let seed = number("STORM_SEED").unwrap_or_else(|| {
        let age = std::time::UNIX_EPOCH.elapsed().expect("after 1970");
        age.as_secs() ^ u64::from(age.subsec_nanos())
    });
    println!("STORM_SEED={seed}");
    let dir = tempfile::tempdir().expect("a temporary folder");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let (server, port) = runtime.block_on(Server::start(seed));
    let storm = Storm {
        spool: &dir.path().join("spool"),
        port,
        seed,
        next: AtomicU64::new(1),
        told: Mutex::default(),
        is_over: AtomicBool::new(false),
    };
    let deliverers = kills * 5 / 8;
    std::thread::scope(|scope| {
        scope.spawn(|| storm.kill_deliverers(deliverers));
        scope.spawn(|| storm.kill_enqueuers(kills - deliverers, deliverers, messages));
    });
    let stormed = begun.elapsed();
    let there = storm.told(|told| told.queued.len()) as u64;
    storm.let_end("enqueue", messages.saturating_sub(there));
    storm.let_end("drain", 0);
    let told = storm.told.into_inner().expect("no panic");
    let book = server.book();
    let (sum, faults) = verdict::judge(&told, &book, &dir.path().join("spool"));
    println!(
        "{} queued, {} of which nobody was told; {} copies, {} too many, {} replies kept back",
        sum.queued, sum.untold, sum.copies, sum.twice, sum.unsaid
    );
    let (dropped, held) = (told.dropped.len(), told.held.len());
    println!("{} reports; {dropped} dropped, {held} held", sum.reports);
    println!("{stormed:.1?} of storm, {:.1?} in all", begun.elapsed());
    println!("kills {:?}, faults {:?}", told.kills, book.faults);
    assert!(
        faults.is_empty(),
        "STORM_SEED={seed}\n{}",
        faults.join("\n")
    );
    assert!(dropped > 0 && held > 0 && sum.reports > 0);
    assert!(told.all_kills() as u64 >= kills && sum.queued as u64 >= messages);
}
