//! Two walks side by side: what of the server, of the way to it and of the result is no longer as it was.

mod differences;
mod pair;
mod record;

pub use differences::{Difference, What, compare};
pub use pair::{NoFamilies, Pair, elsewhere};
pub use record::{Record, RecordedCertificate, RecordedStage};
