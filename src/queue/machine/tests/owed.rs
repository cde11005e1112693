//! When an author is owed a report, and until when.

use std::sync::Arc;

use super::bench::{Bench, delivered, message, refused, rules, seconds};
use crate::mail::dsn::About;
use crate::mail::parcel::{EntryId, Verdict};
use crate::queue::{Owed, RouteRules, Terms};

/// A bench whose messages are late after 100 s and expire after 200 s, and whose authors want to know.
fn bench(report: bool) -> Bench {
    let mut bench = Bench::well();
    let own = RouteRules {
        warn: Some(seconds(100)),
        report,
        ..rules()
    };
    let route = bench.route.clone();
    bench.state.set_rules(&route, own);
    bench
}

/// Queues a message of this author.
fn from(bench: &mut Bench, author: Option<&str>, to: &[&str]) -> EntryId {
    let mut message = message(to);
    let author = author.map(|author| author.parse().expect("address"));
    Arc::make_mut(&mut message).envelope.reverse_path = author;
    let (id, route, now) = (EntryId::new(), bench.route.clone(), bench.now());
    let admitted = bench
        .state
        .admit(id, &route, message, Terms::default(), now);
    admitted.expect("admitted");
    id
}

fn owed(bench: &mut Bench) -> Vec<(EntryId, About)> {
    let list = bench.state.owed(|_| true).into_iter();
    list.map(|Owed { about, entry, .. }| (entry.id, about))
        .collect()
}

const ME: Option<&str> = Some("me@example.com");

#[test]
fn it_begins_with_the_warning_and_with_the_end_and_ends_with_the_report() {
    let mut bench = bench(true);
    let id = from(&mut bench, ME, &["a"]);
    for (about, pass) in [(About::Delayed, 100), (About::Failed, 100)] {
        assert_eq!(owed(&mut bench), []);
        bench.pass(pass);
        let now = bench.now();
        bench.state.expire(now);
        assert_eq!(owed(&mut bench), [(id, about)]);
        let report = bench.state.owed(|_| true).remove(0).report;
        assert_ne!(report.short(), id.short());
        assert!(report > id, "it sorts behind its message");
        assert_eq!(bench.state.owed(|_| true)[0].report, report);
        assert!(bench.state.owed(|route| &**route == "other").is_empty());
        bench.state.paid(id, about);
    }
    assert_eq!(owed(&mut bench), []);
}

#[test]
fn a_report_that_is_in_the_queue_is_owed_no_more() {
    let mut bench = bench(true);
    let id = from(&mut bench, ME, &["a", "b"]);
    let handouts = bench.claim(1);
    let outcomes = vec![delivered(), refused(550)];
    bench.settle(&handouts[0], Verdict::Settled(outcomes));
    assert_eq!(owed(&mut bench), [(id, About::Failed)]);
    let report = bench.state.owed(|_| true).remove(0).report;
    let (route, now) = (bench.route.clone(), bench.now());
    let admitted = bench
        .state
        .admit(report, &route, message(&["me"]), Terms::default(), now);
    admitted.expect("a new one");
    assert_eq!(owed(&mut bench), []);
}

#[test]
fn nobody_is_owed_one_who_is_no_author_wants_none_or_lost_nothing() {
    for (wants, author, outcome) in [
        (true, None, refused(550)),
        (false, ME, refused(550)),
        (true, ME, delivered()),
    ] {
        let mut bench = bench(wants);
        from(&mut bench, author, &["a"]);
        let handouts = bench.claim(1);
        bench.settle(&handouts[0], Verdict::Settled(vec![outcome]));
        assert_eq!(owed(&mut bench), []);
    }
    let mut bench = bench(true);
    let id = from(&mut bench, ME, &["a"]);
    let now = bench.now();
    bench.state.drop(id, now).expect("waits");
    assert_eq!(owed(&mut bench), []);
}
