//! What is written: from a draft to a message ready for the wire, and drafts that are kept on disk.

mod attachment;
mod body;
mod build;
mod checks;
pub mod drafts;
mod error;
mod fields;
mod finding;
mod header;
mod promise;
pub mod report;

pub use attachment::{Known, attachable, name_of};
pub use build::{Options, build, build_as};
pub use checks::{checks, look_over};
pub use error::{ComposeError, Field, Problem};
pub use finding::{Check, Level};
