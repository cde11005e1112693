//! `turbomail queue`: what waits, is sent or has failed; and `send --queue-only`, which puts something there.

mod act;
mod deliver;
mod list;
mod log;
mod place;
mod put;
mod round;
mod run;
mod show;
mod table;
mod watch;

pub(super) use put::put;
pub(super) use run::run;
