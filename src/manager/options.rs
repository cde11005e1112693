//! What can be set for a manager.

use std::time::Duration;

/// The settings that managers share; each uses those that mean something to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagerOptions {
    /// The most workers at a time. 4.
    pub workers: usize,
    /// Messages in the backlog for each worker. 10.
    pub divisor: usize,
    /// How long a worker waits for work before it ends. 60 s.
    pub idle: Duration,
    /// Messages after which a worker is replaced. 10.
    pub count: usize,
    /// The time from one batch to the next, for managers that work by a timer. 5 min.
    pub interval: Duration,
}

impl Default for ManagerOptions {
    fn default() -> Self {
        Self {
            workers: 4,
            divisor: 10,
            idle: Duration::from_mins(1),
            count: 10,
            interval: Duration::from_mins(5),
        }
    }
}
