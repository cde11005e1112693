//! `turbomail probe`: walks to the smart host, says where the way ends and why, and sends nothing.

mod addresses;
mod card;
mod domain;
mod ladder;
mod lookaround;
mod markdown;
mod place;
mod providers;
mod run;
mod settings;
mod target;
mod watch;

pub(super) use run::run;
