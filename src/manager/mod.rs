//! When mail is handed over, and by whose hand: one contract, a row of equals, one registry.

pub mod contract;
pub mod immediate;
pub mod ondemand;
pub mod options;
pub mod queue_only;
pub mod registry;
pub mod scheduled;
pub mod worker;

pub use contract::{Desk, Manager, Stop};
pub use immediate::Immediate;
pub use ondemand::OnDemand;
pub use options::ManagerOptions;
pub use queue_only::QueueOnly;
pub use registry::{Registry, UnknownManager};
pub use scheduled::Scheduled;
