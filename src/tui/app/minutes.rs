//! How many deliveries succeeded in each of the last minutes.

use std::time::Duration;

use crate::mail::clock::Tick;

/// Minutes that are remembered.
const MINUTES: usize = 60;

/// How many deliveries succeeded in each of the last minutes.
#[derive(Debug, Default)]
pub(super) struct Minutes {
    counts: Vec<u32>,
    minute: u64,
    delivered: Option<u64>,
}

impl Minutes {
    /// Counts what was delivered since the last look; the last figure is the running minute's.
    pub(super) fn count(&mut self, delivered: u64, now: Tick) -> Vec<u32> {
        let minute = now.0.as_secs() / 60;
        let passed = if self.counts.is_empty() {
            1
        } else {
            minute.saturating_sub(self.minute)
        };
        self.minute = minute;
        let passed = usize::try_from(passed).unwrap_or(MINUTES).min(MINUTES);
        self.counts.resize(self.counts.len() + passed, 0);
        self.counts
            .drain(..self.counts.len().saturating_sub(MINUTES));
        // What a spool had delivered before this console looked is not of this minute.
        let fresh = delivered.saturating_sub(self.delivered.unwrap_or(delivered));
        self.delivered = Some(delivered);
        if let Some(last) = self.counts.last_mut() {
            *last = last.saturating_add(u32::try_from(fresh).unwrap_or(u32::MAX));
        }
        self.counts.clone()
    }

    /// The time until the figures move on, while any is left to be seen.
    pub(super) fn next(&self, now: Tick) -> Option<Duration> {
        let any = self.counts.iter().any(|count| *count > 0);
        any.then(|| Duration::from_secs((now.0.as_secs() / 60 + 1) * 60).saturating_sub(now.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_move_on_and_are_bounded() {
        let mut minutes = Minutes::default();
        let at = |seconds| Tick(Duration::from_secs(seconds));
        assert_eq!(minutes.count(50, at(0)), [0]);
        assert_eq!(minutes.count(53, at(59)), [3]);
        assert_eq!(minutes.next(at(59)), Some(Duration::from_secs(1)));
        assert_eq!(minutes.count(54, at(60)), [3, 1]);
        assert_eq!(minutes.count(54, at(240)), [3, 1, 0, 0, 0]);
        assert_eq!(minutes.count(54, at(1_000_000)), vec![0; MINUTES]);
        assert_eq!(minutes.next(at(1_000_000)), None);
    }
}
