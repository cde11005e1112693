//! The two occasions for a report.

/// What a report tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum About {
    /// Recipients were given up: refused for good, or not reached in time.
    Failed,
    /// Recipients have not been reached yet, and are still tried.
    Delayed,
}
