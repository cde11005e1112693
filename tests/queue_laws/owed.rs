//! What authors are owed, beside the queue.

use std::collections::BTreeMap;

use turbomail::mail::clock::Clock;
use turbomail::mail::dsn::About;
use turbomail::mail::entry::{End, Recipient};
use turbomail::mail::envelope::Envelope;
use turbomail::mail::message::Message;
use turbomail::mail::outcome::Status;
use turbomail::queue::Terms;

use crate::world::{World, rules};

impl World {
    /// Every other report comes into the queue, which pays it, and the others are written off.
    pub(crate) fn pay(&mut self, n: usize) {
        let owed = self.state.owed(|_| true);
        let Some(one) = n.checked_rem(owed.len()).and_then(|at| owed.get(at)) else {
            return;
        };
        if n.is_multiple_of(2) {
            let message = Message {
                envelope: Envelope::new(None, ["me@example.com".parse().expect("address")]),
                ..Message::clone(&one.entry.message)
            };
            let (route, now) = (one.entry.route.clone(), self.clock.now());
            let terms = Terms::default();
            let admitted = self
                .state
                .admit(one.report, &route, message.into(), terms, now);
            assert!(admitted.is_ok(), "the identity of a report was taken");
            self.admitted.push((one.report, 1));
        } else {
            self.state.paid(one.entry.id, one.about);
        }
        let what = (one.entry.id, one.about);
        let known = self.owed.insert(what, (one.report, true));
        assert!(known.is_none_or(|(report, paid)| report == one.report && !paid));
    }

    /// What an author is owed: one report for each message that was late and one for each that failed, until it is paid.
    pub(crate) fn check_owed(&mut self) {
        let owed = self.state.owed(|_| true).into_iter();
        let owed: BTreeMap<_, _> = owed
            .map(|one| ((one.entry.id, one.about), one.report))
            .collect();
        for (what, report) in &owed {
            let (known, paid) = self.owed.entry(*what).or_insert((*report, false));
            assert_eq!(known, report, "the identity of a report changed");
            assert!(!*paid, "owed again");
        }
        let snapshot = self.state.snapshot();
        for (id, _) in &self.admitted {
            let entry = snapshot.entry(*id).expect("kept");
            let given_up =
                |one: &Recipient| matches!(one.status, Status::Failed(_) | Status::Expired(_));
            let has_failed = matches!(entry.end, Some((End::Settled, _)))
                && entry.recipients.iter().any(given_up);
            let wanted =
                entry.message.envelope.reverse_path.is_some() && rules(&entry.route).report;
            for (about, is_so) in [
                (About::Failed, has_failed),
                (About::Delayed, self.late.contains(id)),
            ] {
                let paid = self.owed.get(&(*id, about)).is_some_and(|(_, paid)| *paid);
                let expected = wanted && is_so && !paid;
                assert_eq!(
                    owed.contains_key(&(*id, about)),
                    expected,
                    "{about:?} {entry:?}"
                );
            }
        }
    }
}
