//! What may happen to a queue with a spool, at random.

use proptest::prelude::*;

/// What may happen. Numbers choose among what there is, modulo its size.
#[derive(Clone, Debug)]
pub(super) enum Op {
    Queue {
        recipients: usize,
        held: bool,
        delay: u64,
        expire: u64,
        hold_unsure: bool,
    },
    Claim(usize),
    /// The end of the content goes out.
    Dot(usize),
    Settle(usize, Vec<u8>),
    Trouble(usize),
    Return(usize),
    Lose(usize),
    Hold(usize),
    Release(usize),
    Retry(usize),
    Drop(usize),
    Restore(usize),
    /// The author gets a report that is owed.
    Pay(usize),
    Pass(u64),
    Expire,
    /// The disk has caught up with the queue.
    Flush,
    /// The program ends as it should.
    Close,
    /// The program is killed.
    Kill(Wreck),
}

/// What a kill leaves behind.
#[derive(Clone, Debug)]
pub(super) struct Wreck {
    /// Whether files that were to be moved since the disk last caught up are still where they were: by the message's number.
    pub(super) unmoved: u64,
    /// Whether those that failed were linked and not yet removed.
    pub(super) linked: u64,
    /// How much of a line was being written.
    pub(super) torn: usize,
    /// Which report that is owed was queued and not yet said to be.
    pub(super) unsaid: Option<usize>,
}

pub(super) fn op() -> impl Strategy<Value = Op> {
    let n = || 0..64_usize;
    let queue = (
        1..4_usize,
        prop::bool::weighted(0.1),
        prop_oneof![4 => Just(0), 1 => 0..100_u64],
        prop_oneof![2 => Just(0), 3 => 1..400_u64],
        any::<bool>(),
    );
    let unsaid = prop::option::of(n());
    let wreck = (any::<u64>(), any::<u64>(), 0..60_usize, unsaid);
    prop_oneof![
        8 => queue.prop_map(|(recipients, held, delay, expire, hold_unsure)| Op::Queue { recipients, held, delay, expire, hold_unsure }),
        12 => (1..4_usize).prop_map(Op::Claim),
        4 => n().prop_map(Op::Dot),
        9 => (n(), prop::collection::vec(0..4_u8, 0..4)).prop_map(|(n, outcomes)| Op::Settle(n, outcomes)),
        2 => n().prop_map(Op::Trouble),
        2 => n().prop_map(Op::Return),
        1 => n().prop_map(Op::Lose),
        3 => n().prop_map(Op::Hold),
        2 => n().prop_map(Op::Release),
        3 => n().prop_map(Op::Retry),
        3 => n().prop_map(Op::Drop),
        3 => n().prop_map(Op::Restore),
        3 => n().prop_map(Op::Pay),
        6 => prop_oneof![0..5_u64, 0..60_u64].prop_map(Op::Pass),
        2 => Just(Op::Expire),
        2 => Just(Op::Flush),
        1 => Just(Op::Close),
        4 => wreck.prop_map(|(unmoved, linked, torn, unsaid)| Op::Kill(Wreck { unmoved, linked, torn, unsaid })),
    ]
}
