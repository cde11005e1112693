//! `turbomail probe`: walks to the smart host, says where the way ends and why, and sends nothing but a test message that was asked for.

mod addresses;
mod card;
mod ladder;
mod lookaround;
mod markdown;
mod other;
mod run;
mod settings;
mod step;
mod target;
mod watch;

pub(super) use run::run;
