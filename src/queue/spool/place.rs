//! Where a message's file belongs.

/// A folder of the spool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// With those that wait.
    New,
    /// With those that were delivered or dropped, of which the latest are kept.
    Done,
    /// With those that failed, which stay until somebody drops them.
    Failed,
    /// Nowhere.
    Gone,
}
