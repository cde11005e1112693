//! The console's state: which screen is in front, what keys do, and what comes back. It does nothing to the world itself.

mod answers;
mod draw;
mod earlier;
mod keeping;
mod keys;
mod minutes;
mod news;
mod state;
mod undo;
mod wake;
mod ways;

pub use state::{App, Start};
