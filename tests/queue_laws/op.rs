//! What may happen to a queue, at random.

use proptest::prelude::*;

/// The accounts.
pub(crate) const ROUTES: [&str; 2] = ["work", "home"];

/// What may happen. Numbers choose among what there is, modulo its size.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Admit {
        route: usize,
        recipients: usize,
        held: bool,
        delay: u64,
        expire: u64,
    },
    Claim {
        route: usize,
        max: usize,
    },
    ClaimOne(usize),
    Ready(usize),
    Settle {
        which: usize,
        outcomes: Vec<u8>,
    },
    Trouble {
        which: usize,
        login: bool,
    },
    Return(usize),
    Lose(usize),
    SettleAgain {
        outcome: u8,
    },
    Hold(usize),
    Release(usize),
    Retry(usize),
    Drop(usize),
    Restore(usize),
    /// A report that is owed comes into the queue, or is written off.
    Pay(usize),
    PauseAll,
    ResumeAll,
    ResumeRoute(usize),
    Pass(u64),
    SetWall(i64),
    Expire,
}

pub(crate) fn op() -> impl Strategy<Value = Op> {
    let n = || 0..64_usize;
    let route = || 0..ROUTES.len();
    prop_oneof![
        6 => (route(), 1..4_usize, prop::bool::weighted(0.1), prop_oneof![3 => Just(0), 1 => 0..100_u64], 0..400_u64)
            .prop_map(|(route, recipients, held, delay, expire)| Op::Admit { route, recipients, held, delay, expire }),
        10 => (route(), 1..5_usize).prop_map(|(route, max)| Op::Claim { route, max }),
        2 => n().prop_map(Op::ClaimOne),
        2 => n().prop_map(Op::Ready),
        8 => (n(), prop::collection::vec(0..4_u8, 0..4)).prop_map(|(which, outcomes)| Op::Settle { which, outcomes }),
        3 => (n(), any::<bool>()).prop_map(|(which, login)| Op::Trouble { which, login }),
        2 => n().prop_map(Op::Return),
        2 => n().prop_map(Op::Lose),
        1 => (0..4_u8).prop_map(|outcome| Op::SettleAgain { outcome }),
        2 => n().prop_map(Op::Hold),
        2 => n().prop_map(Op::Release),
        2 => n().prop_map(Op::Retry),
        2 => n().prop_map(Op::Drop),
        2 => n().prop_map(Op::Restore),
        3 => n().prop_map(Op::Pay),
        1 => Just(Op::PauseAll),
        2 => Just(Op::ResumeAll),
        1 => route().prop_map(Op::ResumeRoute),
        8 => prop_oneof![0..5_u64, 0..60_u64].prop_map(Op::Pass),
        1 => (-100..100_i64).prop_map(Op::SetWall),
        2 => Just(Op::Expire),
    ]
}
