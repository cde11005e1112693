//! Random verbs with a restart at any point: the queue stands behind it as it stood before.

mod op;
mod world;

use proptest::prelude::*;

use op::op;
use world::World;

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_restart_changes_nothing(ops in prop::collection::vec(op(), 40..160)) {
        let mut world = World::new();
        for op in ops {
            world.run(op);
        }
        world.run(op::Op::Close);
    }
}

/// Some twenty thousand steps, unless `PROPTEST_CASES` asks for more.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").map_or(200, |text| text.parse().expect("a number"))
}
