//! The README's pictures are what the program draws: this compares them, and makes them anew when told to.
//!
//! `PICTURES=write cargo test --test pictures` writes them.
#![expect(clippy::expect_used, reason = "a test may stop at the first surprise")]

mod support_desk;
#[expect(dead_code, reason = "the screens' own tests use more of it")]
mod support_probe;
#[expect(
    unused_imports,
    reason = "the screens' own tests draw without the frame"
)]
mod support_world;
#[path = "support/svg.rs"]
mod svg;

use std::path::Path;

use support_desk::Desk;
use support_probe::{known, refused, walks};
use support_world::{address, at, deferred, live};
use turbomail::mail::event::{Event, Kind};
use turbomail::mail::parcel::EntryId;

/// Deliveries in the minutes before the picture, oldest first.
const SENT: [u64; 16] = [1, 0, 1, 4, 2, 1, 0, 0, 1, 12, 4, 1, 0, 2, 0, 3];

fn compare(name: &str, title: &str, desk: &mut Desk) {
    desk.picture(100, 30);
    let (buffer, _) = desk.frame();
    let drawn = svg::picture(&buffer, title);
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("assets/screens")
        .join(name);
    if std::env::var_os("PICTURES").is_some_and(|wish| wish == "write") {
        std::fs::write(&file, &drawn).expect("the picture is written");
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        kept == drawn,
        "{name} is not what the program draws; see the first lines of this test"
    );
}

#[test]
fn the_queue_while_it_retries() {
    let mut desk = Desk::new();
    desk.waiting(live());
    desk.keys("esc 2 j j j");
    let mut snapshot = desk.app.world().snapshot.clone();
    for (minute, sent) in (15..).zip(SENT) {
        desk.app.advance(at(&format!("12:{minute:02}:05")));
        snapshot.totals.delivered += sent;
        desk.app.refresh(snapshot.clone());
    }
    let now = at("12:29:40");
    desk.app.advance(now);
    desk.app.happened(&Event {
        number: 1,
        at: now.wall,
        kind: Kind::Recipient(
            EntryId::new(),
            address("dana@example.net"),
            deferred(451, "4.7.1 Greylisted"),
        ),
    });
    // The remark is no news any more a while later, and the figures are those of this moment.
    desk.app.advance(at("12:30:18"));
    compare(
        "queue.svg",
        "turbomail: the queue while it retries",
        &mut desk,
    );
}

#[test]
fn a_probe_with_its_fixes() {
    let mut desk = support_probe::desk(known(), support_desk::colours());
    walks(&mut desk, refused);
    desk.later(11_000);
    compare(
        "probe.svg",
        "turbomail: a login is refused, and the fixes are on keys",
        &mut desk,
    );
}
