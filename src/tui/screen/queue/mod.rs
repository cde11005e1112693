//! The queue's table, and the parts that the table of what has left it shares.

pub mod acts;
pub mod board;
pub mod filter;
pub mod header;
pub mod layout;
pub mod list;
pub mod order;
pub mod pane;
pub mod row;
pub mod table;
pub mod tally;

mod live;

pub use live::QueueScreen;
