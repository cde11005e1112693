//! Presets: what is known of mail providers, found by a host, a mail domain, a server for incoming mail or a short name.

mod collection;
mod near;
mod preset;
mod proposal;
mod words;

pub use collection::{Presets, Unnamed};
pub use preset::{Limits, Preset, Site, User, Way};
pub use proposal::Proposal;
