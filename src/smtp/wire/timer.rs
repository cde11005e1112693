//! A limit on every wait, with one timer for all of them.

use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep};

/// The time was over.
#[derive(Debug)]
pub(super) struct TooLate;

/// The timer of a wire.
///
/// To set a timer is dear: the runtime has to be woken for it. So it is left as it is when the next wait has a later deadline,
/// which is nearly always, and set anew only when it goes off too early.
pub(super) struct Timer(Pin<Box<Sleep>>);

impl Timer {
    pub(super) fn new() -> Self {
        Self(Box::pin(sleep(Duration::ZERO)))
    }

    /// Waits for the future, but no longer than this.
    pub(super) async fn within<T>(
        &mut self,
        limit: Duration,
        future: impl Future<Output = T>,
    ) -> Result<T, TooLate> {
        let mut future = pin!(future);
        let mut deadline = None;
        std::future::poll_fn(|context| {
            if let Poll::Ready(value) = future.as_mut().poll(context) {
                return Poll::Ready(Ok(value));
            }
            let deadline = *deadline.get_or_insert_with(|| far(limit));
            if self.0.deadline() > deadline {
                self.0.as_mut().reset(deadline);
            }
            loop {
                // Looked at by itself, so that a future that always finds something to do cannot outrun its limit.
                if Instant::now() >= deadline {
                    return Poll::Ready(Err(TooLate));
                }
                if self.0.as_mut().poll(context).is_pending() {
                    break;
                }
                self.0.as_mut().reset(deadline);
            }
            Poll::Pending
        })
        .await
    }
}

/// The end of a wait that begins now; a year hence where no clock reaches that far.
fn far(limit: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(limit)
        .unwrap_or_else(|| now + Duration::from_hours(365 * 24))
}

impl fmt::Debug for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Timer").field(&self.0.deadline()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn every_wait_has_its_own_limit_whatever_was_set_before() {
        let mut timer = Timer::new();
        for seconds in [60, 5, 5, 600, 1] {
            let (limit, begun) = (Duration::from_secs(seconds), Instant::now());
            assert!(timer.within(limit, pending::<()>()).await.is_err());
            let took = begun.elapsed();
            assert!(
                took >= limit && took < limit + Duration::from_millis(10),
                "{took:?}"
            );
            assert_eq!(
                timer.within(limit, ready(seconds)).await.ok(),
                Some(seconds)
            );
            // A wait that ends in time leaves its timer behind, which must not cut the next one short.
            let short = sleep(limit / 2);
            assert!(timer.within(limit, short).await.is_ok());
        }
        assert!(timer.within(Duration::MAX, ready(())).await.is_ok());
    }
}
