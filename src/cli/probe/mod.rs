//! `turbomail probe`: walks to the smart host, says where the way ends and why, and sends nothing.

mod addresses;
mod card;
mod ladder;
mod lookaround;
mod markdown;
mod run;
mod settings;
mod watch;

pub(super) use run::run;
