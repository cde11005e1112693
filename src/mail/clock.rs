//! Time's one door. Waits use the monotonic tick, expiry the wall clock; whatever schedules takes a `Now`.

use std::fmt;
use std::ops::Add;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

/// A moment on the monotonic clock, counted from the clock's start. It never jumps with the wall clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tick(pub Duration);

impl Tick {
    /// The time from `earlier` to this tick, zero where `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Duration> for Tick {
    type Output = Self;

    fn add(self, wait: Duration) -> Self {
        Self(self.0.saturating_add(wait))
    }
}

/// One reading of both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Monotonic, for waits.
    pub tick: Tick,
    /// The calendar's time, for expiry and for people.
    pub wall: Timestamp,
}

impl Now {
    /// Both clocks moved on by `wait`.
    #[must_use]
    pub fn after(self, wait: Duration) -> Self {
        Self {
            tick: self.tick + wait,
            wall: later(self.wall, wait),
        }
    }
}

/// The calendar's time after `wait`; the end of representable time where that is further.
#[must_use]
pub fn later(wall: Timestamp, wait: Duration) -> Timestamp {
    wall.checked_add(wait).unwrap_or(Timestamp::MAX)
}

/// The time from `wall` until `end`, zero where `end` has passed.
#[must_use]
pub fn until(end: Timestamp, wall: Timestamp) -> Duration {
    Duration::try_from(end.duration_since(wall)).unwrap_or(Duration::ZERO)
}

/// Where the time comes from.
pub trait Clock: Send + Sync + fmt::Debug {
    /// Reads both clocks.
    fn now(&self) -> Now;

    /// Reads the monotonic clock alone.
    fn tick(&self) -> Tick {
        self.now().tick
    }
}

/// The machine's clocks. Its tick is tokio's, so that a paused runtime moves it in tests.
#[derive(Debug)]
pub struct SystemClock {
    start: tokio::time::Instant,
}

impl SystemClock {
    /// A clock that starts now.
    #[must_use]
    pub fn new() -> Self {
        Self {
            start: tokio::time::Instant::now(),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Now {
        Now {
            tick: Tick(self.start.elapsed()),
            wall: Timestamp::now(),
        }
    }

    fn tick(&self) -> Tick {
        Tick(self.start.elapsed())
    }
}

/// A clock that moves only when told: for tests and for pictures of the screen.
#[derive(Debug)]
pub struct ManualClock(Mutex<Now>);

impl ManualClock {
    /// A clock that stands at `wall` with its tick at zero.
    #[must_use]
    pub fn at(wall: Timestamp) -> Self {
        Self(Mutex::new(Now {
            tick: Tick::default(),
            wall,
        }))
    }

    /// Moves both clocks on.
    pub fn advance(&self, wait: Duration) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = now.after(wait);
    }

    /// Sets the wall clock alone, as an operator or NTP would.
    pub fn set_wall(&self, wall: Timestamp) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).wall = wall;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Now {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
