//! When the journal is synced although nobody waits for it.

use std::time::{Duration, Instant};

use super::*;

#[test]
fn the_mark_before_the_dot_is_soon_durable_while_the_reply_is_waited_for() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let opened = Spool::open(&dir.path().join("spool"), Scope::All).expect("opens");
    let (distant, journal) = (opened.spool.distant(), &opened.spool.0.journal);
    for number in 1..4 {
        distant.note_dot(Uuid::from_u128(number));
        let patience = Instant::now() + Duration::from_secs(10);
        while !journal.is_synced() {
            assert!(Instant::now() < patience, "mark {number} is never durable");
            std::thread::yield_now();
        }
    }
}
