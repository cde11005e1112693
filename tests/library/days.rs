//! Five days of the usual schedule, gone through on the paused clock.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::Instant;
use turbomail::mail::entry::State;
use turbomail::mailer::{Account, Mailer, RouteRules};

use crate::fake::{Act, Fake, MANAGERS, PausedClock, Shared, manager, unreachable};
use crate::{draft, settled};

const DAY: u64 = 24 * 3600;

/// A mailer by the usual rules: 5 min, 15 min, 30 min, 1 h, 2 h, then every 3 h, ±10 %, for five days.
fn usual(fake: &Arc<Fake>, name: &str) -> Mailer {
    let account = Account {
        manager: manager(name),
        rules: RouteRules::default(),
        ..Account::new("work", Arc::new(Shared(Arc::clone(fake))))
    };
    let builder = Mailer::builder().clock(Arc::new(PausedClock::new()));
    builder.account(account).build().expect("built")
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_deferred_for_five_days_is_tried_by_the_schedule_and_expires() {
    for name in MANAGERS {
        let fake = Fake::new([], Act::Defer);
        let mailer = usual(&fake, name);
        let began = Instant::now();
        let receipt = mailer.send(draft("never")).await.expect("sent");
        // Longer than a day, so `settled` alone would give up.
        let waiting = receipt.settled();
        let limit = Duration::from_secs(6 * DAY);
        let entry = tokio::time::timeout(limit, waiting).await;
        let entry = entry.expect("it ends").expect("kept");
        assert_eq!(entry.state(mailer.now()), State::Expired, "{name}");
        assert_eq!(began.elapsed().as_secs(), 5 * DAY, "{name}");
        // RFC 5321 §4.5.4.1: two tries in the first hour, then one every two or three hours.
        let gaps = fake.gaps();
        let plan = [300, 900, 1800, 3600, 7200].into_iter();
        let plan = plan.chain(std::iter::repeat(10_800));
        for (number, (gap, wait)) in gaps.iter().zip(plan).enumerate() {
            let range = wait * 9 / 10 - 1..=wait * 11 / 10 + 1;
            assert!(range.contains(gap), "{name}: wait {number} is {gap} s");
        }
        assert!(
            (40..=48).contains(&fake.tries()),
            "{name}: {}",
            fake.tries()
        );
        assert_eq!(entry.tries as usize, fake.tries(), "{name}");
        let tried: u64 = gaps.iter().sum();
        assert!(tried > 4 * DAY + DAY / 2, "{name}: tried to the end");
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_that_is_away_for_four_days_costs_no_message_and_no_try() {
    for name in MANAGERS {
        // After five longer waits the host is looked at every quarter of an hour.
        let away = (0..4 * DAY / 900).map(|_| unreachable());
        let fake = Fake::new(away, Act::Deliver);
        let mailer = usual(&fake, name);
        let began = Instant::now();
        let mut receipts = Vec::new();
        for number in 0..20 {
            receipts.push(mailer.send(draft(&number.to_string())).await.expect("sent"));
        }
        tokio::time::sleep(Duration::from_secs(3 * DAY)).await;
        assert_eq!(mailer.snapshot().live.len(), 20, "{name}");
        tokio::time::sleep(Duration::from_secs(DAY)).await;
        for receipt in receipts {
            let entry = settled(&receipt).await;
            assert_eq!(entry.state(mailer.now()), State::Delivered, "{name}");
            assert_eq!(entry.tries, 1, "{name}: host trouble burnt a try");
        }
        assert!(began.elapsed().as_secs() < 5 * DAY, "{name}");
        assert_eq!(fake.delivered.load(Ordering::SeqCst), 20, "{name}");
    }
}
