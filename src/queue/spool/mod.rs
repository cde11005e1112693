//! The durable side of the queue: a Maildir of what waits, and a journal of how it stands.

pub mod conversations;
pub mod error;
pub mod found;
pub mod handle;
pub mod head;
mod journal;
pub mod keeper;
pub mod layout;
mod moving;
pub mod place;
pub mod record;
mod transactions;
mod watch;

pub use error::SpoolError;
pub use found::{Contents, Found};
pub use handle::{Opened, Scope, Spool};
pub use head::Head;
pub use keeper::News;
pub use layout::{Keep, Layout};
pub use place::Place;
pub use watch::Stamp;
