//! The knowledge base and its engine: of all that was seen, which rule speaks for it most.

mod blank;
mod chain;
mod explain;
mod generic;
mod knowledge;
mod observed;
mod pattern;
mod phrase;
mod phrases;
mod prose;
mod rank;
mod rule;
mod seen;
mod sentence;
mod several;
mod template;
mod weigh;

pub use explain::{explain, explain_entry, gather};
pub use knowledge::{Fault, Knowledge};
pub use rank::diagnose;
