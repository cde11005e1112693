//! Probe: a form, a ladder that grows while the walk goes on, what it means, and fixes on a key.

mod act;
mod against;
mod asking;
mod card;
mod choice;
mod choosing;
mod comparing;
mod deeds;
mod draw;
mod drawn_form;
mod fields;
mod form;
mod ladder;
mod page;
mod past;
mod plan;
mod ports;
mod reading;
mod report;
mod runs;
mod sought;
mod state;
mod verdict;

pub use form::Known;
pub use state::ProbeScreen;
