//! What the operator has set: defaults, file, environment and flags in one, and where each value came from.

mod accounts;
mod append;
mod explain;
mod file;
mod history;
mod layers;
mod load;
#[cfg(feature = "console")]
pub mod paths;
mod probed;
mod problem;
mod provider;
mod rules;
mod saved;
pub mod settings;
mod show;
mod smarthost;
mod values;

pub use append::{Appended, NewAccount, append_account};
pub use explain::{Variable, variables};
pub use layers::{Origin, Override, Scope};
pub use load::{Loaded, Request, load};
pub use probed::shorten;
pub use problem::ConfigError;
pub use saved::saved_account;
pub use settings::DEBUG;
pub use show::Shown;
pub use values::NameServer;

/// Every setting with its default, as a file to read.
pub const DEFAULTS: &str = include_str!("../../config/default.toml");
/// A configuration to begin with; `turbomail config init` writes it.
pub const EXAMPLE: &str = include_str!("../../config/example.toml");
