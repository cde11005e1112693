//! Transactions in any order beside a simple memory of what must be in the queue.

use std::collections::BTreeSet;

use proptest::prelude::*;
use tokio::sync::broadcast::Receiver;
use turbomail::mail::event::{Event, Kind};
use turbomail::mail::message::Message;
use turbomail::mail::parcel::EntryId;
use turbomail::mailer::{Mailer, Terms, Transaction, TransactionError, Veto};

use crate::{draft, live, queue_only};

/// What may happen. Numbers choose among the transactions there are, modulo their count.
#[derive(Clone, Copy, Debug)]
enum Op {
    Begin,
    Stage(usize),
    Object(usize),
    Prepare(usize),
    Commit(usize),
    Abort(usize),
    Drop(usize),
    Send,
}

fn op() -> impl Strategy<Value = Op> {
    let n = || 0..8_usize;
    prop_oneof![
        4 => Just(Op::Begin),
        8 => n().prop_map(Op::Stage),
        1 => n().prop_map(Op::Object),
        3 => n().prop_map(Op::Prepare),
        3 => n().prop_map(Op::Commit),
        1 => n().prop_map(Op::Abort),
        1 => n().prop_map(Op::Drop),
        2 => Just(Op::Send),
    ]
}

/// A transaction, and what a reader of its history knows of it.
struct Open {
    tx: Transaction,
    ids: Vec<EntryId>,
    objects: bool,
    prepared: bool,
    over: bool,
}

struct World {
    mailer: Mailer,
    message: Message,
    events: Receiver<Event>,
    open: Vec<Open>,
    /// What was committed, in the order in which it was.
    queued: Vec<EntryId>,
}

impl World {
    async fn new() -> Self {
        let mailer = queue_only();
        Self {
            message: mailer.compose("work", draft("law")).await.expect("built"),
            events: mailer.subscribe(),
            mailer,
            open: Vec::new(),
            queued: Vec::new(),
        }
    }

    fn pick(&mut self, n: usize) -> Option<&mut Open> {
        let place = n.checked_rem(self.open.len())?;
        self.open.get_mut(place)
    }

    fn take(&mut self, n: usize) -> Option<Open> {
        let place = n.checked_rem(self.open.len())?;
        Some(self.open.swap_remove(place))
    }

    /// Does it, and returns how many changes of the queue there must have been.
    async fn run(&mut self, op: Op) -> u64 {
        let message = self.message.clone();
        match op {
            Op::Begin => self.open.push(Open {
                tx: self.mailer.transaction(),
                ids: Vec::new(),
                objects: false,
                prepared: false,
                over: false,
            }),
            Op::Stage(n) => {
                let Some(one) = self.pick(n) else { return 0 };
                let staged = one.tx.send_message("work", message, Terms::default());
                let refused = matches!(staged, Err(TransactionError::Over(_)));
                assert_eq!(refused, one.prepared || one.over);
                one.ids.extend(staged.ok().map(|staged| staged.id));
            }
            Op::Object(n) => {
                let Some(one) = self.pick(n) else { return 0 };
                one.tx.vote(|_| Err(Veto::new("no")));
                // What is prepared was voted for.
                one.objects |= !one.prepared;
            }
            Op::Prepare(n) => {
                let Some(one) = self.pick(n) else { return 0 };
                let fine = !one.objects && !one.prepared && !one.over;
                assert_eq!(one.tx.prepare().await.is_ok(), fine);
                one.over |= one.objects;
                one.prepared |= fine;
            }
            Op::Commit(n) => {
                let Some(one) = self.take(n) else { return 0 };
                let fine = !one.over && (one.prepared || !one.objects);
                let result = one.tx.commit().await;
                assert_eq!(result.is_ok(), fine);
                if let Ok(receipts) = result {
                    let ids: Vec<_> = receipts.iter().map(|receipt| receipt.id).collect();
                    assert_eq!(ids, one.ids);
                    self.queued.extend(&ids);
                    return u64::from(!ids.is_empty());
                }
            }
            Op::Abort(n) => {
                let Some(one) = self.take(n) else { return 0 };
                one.tx.abort().await;
            }
            Op::Drop(n) => drop(self.take(n)),
            Op::Send => {
                let sent = self
                    .mailer
                    .send_message("work", message, Terms::default())
                    .await;
                self.queued.push(sent.expect("queued").id);
                return 1;
            }
        }
        0
    }

    fn check(&mut self, told: &mut usize) {
        let expected: BTreeSet<_> = self.queued.iter().copied().collect();
        let found: BTreeSet<_> = live(&self.mailer).into_iter().collect();
        assert_eq!(found, expected);
        for id in &self.queued[*told..] {
            let event = self.events.try_recv().expect("told of");
            assert_eq!(event.kind, Kind::Queued(*id));
        }
        assert!(self.events.try_recv().is_err(), "told of what is not there");
        *told = self.queued.len();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_queue_has_what_was_committed_and_nothing_else(ops in prop::collection::vec(op(), 1..80)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let (mut world, mut told) = (World::new().await, 0);
            for op in ops {
                let before = world.mailer.snapshot().number;
                let changes = world.run(op).await;
                assert_eq!(world.mailer.snapshot().number - before, changes, "{op:?}");
                world.check(&mut told);
            }
        });
    }
}
