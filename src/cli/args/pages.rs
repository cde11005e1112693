//! The flags of `turbomail completions` and `turbomail man`.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use clap_complete::Shell;

/// How to install the script: a line for each shell.
const INSTALL: &str = "\
Install:
  bash        source <(turbomail completions bash)          in ~/.bashrc
  zsh         source <(turbomail completions zsh)           in ~/.zshrc, behind compinit
  fish        turbomail completions fish | source           in ~/.config/fish/config.fish
  elvish      eval (turbomail completions elvish | slurp)   in ~/.config/elvish/rc.elv
  powershell  turbomail completions powershell | Out-String | Invoke-Expression   in $PROFILE";

#[derive(Clone, Debug, Args)]
#[command(after_help = INSTALL)]
pub(in crate::cli) struct CompletionsArgs {
    /// The shell that is to read it
    #[arg(value_name = "SHELL", value_enum)]
    pub(in crate::cli) shell: Shell,
}

#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct ManArgs {
    /// Write a page for the program and for each command into this folder, over those that are there
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(in crate::cli) dir: Option<PathBuf>,
}
