//! `turbomail probe`: walks to the smart host, says where the way ends and why, and sends nothing.

mod addresses;
mod card;
mod history;
mod ladder;
mod lookaround;
mod markdown;
mod remedy;
mod run;
mod settings;
mod side_by_side;
mod watch;

pub(super) use run::run;
