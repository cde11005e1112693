//! `turbomail queue`: what waits, is sent or has failed; `turbomail transcript`: what was said; and `send --queue-only`, which puts something there.

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
mod transcript;
mod watch;

pub(super) use put::put;
pub(super) use run::run;
pub(super) use transcript::run as transcript;
