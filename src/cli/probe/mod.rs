//! `turbomail probe`: walks to the smart host, says where the way ends and why, and sends nothing but a test message that was asked for.

mod addresses;
mod asked;
mod card;
mod domain;
mod history;
mod ladder;
mod lookaround;
mod machine;
mod once;
mod other;
mod place;
mod providers;
mod remedy;
mod run;
mod settings;
mod side_by_side;
mod step;
mod told;
mod watch;

pub(super) use run::run;
